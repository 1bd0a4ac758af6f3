package bind

import "github.com/millrace/millrace/libs/sql/ast"

// What the parser reads and this package cannot bind yet is refused here, before
// anything is bound, so that nothing of it can be passed over in silence. What is bound
// one day leaves this file.

// unsupported returns the error of the first part of the statement that cannot be bound
// yet, in the order in which it is written; nil: there is none.
func (b *binder) unsupported() *ast.Error {
	f := &b.stmt.From
	switch {
	case f.Values != nil:
		return b.refuse(f.At, "a query over VALUES alone is no standing query: its result never changes").
			WithHint("sets of constants stand after IN: lang IN (SELECT l FROM (VALUES ('en'), ('de')) AS t(l))")
	default:
		return nil
	}
}
