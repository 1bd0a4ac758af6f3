package bind

import (
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// reach says whether what is being bound is evaluated for every row that comes there.
type reach uint8

const (
	certainly reach = iota
	perhaps         // the row decides: an arm of CASE, an operand of AND
	never           // constants have decided that it is not
)

// after returns the reach of what is left aside where what stands before it, the value of
// which may be known, decides.
func after(known, decided bool) reach {
	switch {
	case decided:
		return never
	case known:
		return certainly
	default:
		return perhaps
	}
}

// within binds what is reached so, as far as what it stands in is reached.
func (b *binder) within(r reach, bind func() (plan.Expr, *ast.Error)) (plan.Expr, *ast.Error) {
	before := b.reach
	b.reach = max(before, r)
	defer func() { b.reach = before }()
	return bind()
}
