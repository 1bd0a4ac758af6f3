package bind

import "github.com/millrace/millrace/libs/sql/plan"

// partsOf reports whether bounds of the window, and whether columns, are in a key.
func (b *binder) partsOf(x plan.Expr) (bounds, columns bool) {
	if b.window == nil {
		return false, true
	}
	switch x := x.(type) {
	case *plan.Ref:
		return true, false
	case *plan.Column:
		return false, true
	case *plan.Call:
		for _, a := range x.Args {
			bound, column := b.partsOf(a)
			bounds, columns = bounds || bound, columns || column
		}
	}
	return bounds, columns
}
