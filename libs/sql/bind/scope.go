package bind

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// scope says what names mean at a place of the query.
type scope uint8

const (
	whereScope  scope = iota // columns of the stream
	rowScope                 // columns, in a row-returning query
	argScope                 // columns, as arguments of an aggregate
	keyScope                 // columns, in GROUP BY
	groupScope               // keys, aggregates and window bounds: SELECT
	havingScope              // the same, and output columns
	unnestScope              // columns, in UNNEST
)

// The names that a window adds.
const (
	windowStart = "window_start"
	windowEnd   = "window_end"
)

// name resolves a name to a column, a key, a window bound or, where the scope
// has them, an output column.
func (b *binder) name(s scope, n *ast.Name) (plan.Expr, *ast.Error) {
	if bound, ok := windowBound(b.unqualified(n)); ok {
		return b.windowRef(s, n, bound)
	}
	col, err := b.column(n)
	if s == groupScope || s == havingScope {
		if err == nil { // a column of the stream is meant, as in PostgreSQL, even where an output column is called so
			if i := b.group.index(col.expr); i >= 0 {
				return &plan.Ref{Kind: plan.KeyRef, Index: i, Typ: col.typ()}, nil
			}
			return nil, b.notGrouped(s, n, col)
		}
		if e := b.outputColumn(n); s == havingScope && e != nil {
			return e, nil
		}
	}
	if err != nil && s == havingScope {
		return nil, b.outputMeant(n, err)
	}
	if err != nil {
		return nil, b.aliasElsewhere(s, n, err)
	}
	return col.expr, nil
}

// column resolves a name to a column of the relation: alias.column, stream.column
// or column.
func (b *binder) column(n *ast.Name) (*column, *ast.Error) {
	whole, isWhole := b.rel.lookup(n.Parts)
	var rest *column
	isRest := false
	if r := b.qualified(n); r != nil {
		rest, isRest = r.lookup(n.Parts[1:])
	}
	switch {
	case isWhole && !isRest && b.rel.several(n.Parts):
		return nil, b.severalMeant(n)
	case isWhole && isRest && whole != rest:
		return nil, b.fail(n.Pos(), "%s is ambiguous: the column %s, or %s of %s", n, whole.name, rest.name, n.Parts[0].Name).WithCode(ast.CodeAmbiguous).
			WithHint("give the stream another alias")
	case isWhole:
		return whole, nil
	case isRest:
		return rest, nil
	default:
		return nil, b.unknownColumn(n)
	}
}

// lookup returns the column of a name of several parts.
func (r *relation) lookup(parts []ast.Ident) (*column, bool) { return r.column(join(parts)) }

func join(parts []ast.Ident) string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.Name
	}
	return strings.Join(names, ".")
}

// qualified returns the columns that the rest of n may be, where its first part may be the
// stream, its alias or that of an UNNEST; nil: it cannot.
func (b *binder) qualified(n *ast.Name) *relation {
	if len(n.Parts) < 2 {
		return nil
	}
	return b.called(n.Parts[0])
}

// called returns the columns of what FROM calls so; nil: nothing is.
func (b *binder) called(name ast.Ident) *relation {
	if of := b.rel.unnestCalled(name); of != nil {
		return of
	}
	a := b.stmt.From.Alias
	if a != nil && same(name, *a) || b.rel.name != "" && same(name, ast.Ident{Name: b.rel.name}) {
		return b.rel.without()
	}
	return nil
}

// same compares identifiers letter for letter: those that are not quoted are in lower
// case since they were read.
func same(a, b ast.Ident) bool { return a.Name == b.Name }

// unqualified returns the name without what FROM calls so before it.
func (b *binder) unqualified(n *ast.Name) []ast.Ident {
	if b.qualified(n) != nil {
		return n.Parts[1:]
	}
	return n.Parts
}

func windowBound(parts []ast.Ident) (plan.RefKind, bool) {
	if len(parts) != 1 {
		return 0, false
	}
	switch {
	case same(parts[0], ast.Ident{Name: windowStart}):
		return plan.WindowStartRef, true
	case same(parts[0], ast.Ident{Name: windowEnd}):
		return plan.WindowEndRef, true
	default:
		return 0, false
	}
}
