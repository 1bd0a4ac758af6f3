package bind

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// quantified binds L op ANY(Array) and L op ALL(Array). The latter is the opposite of
// the opposite of any: L < ALL(a) is NOT L >= ANY(a), also where there are NULLs.
func (b *binder) quantified(s scope, e *ast.AnyCompare) (plan.Expr, *ast.Error) {
	array, err := b.value(s, e.Array)
	if err != nil {
		return nil, err
	}
	if each, err := b.eachDecimal(s, e, array); each != nil || err != nil {
		return each, err
	}
	t := array.Type()
	if t.Kind != record.Array {
		err := b.fail(e.Array.Pos(), "%s takes an array, but %s is %s", e.Quantifier(), short(e.Array), t)
		err.Expected, err.Found = "ARRAY", t.String()
		if isText(array) {
			return nil, err.WithHint("an array is written ARRAY['a', 'b']")
		}
		return nil, err.WithHint("write %s %s %s", short(e.L), e.Operator(), short(e.Array))
	}
	needle, err := b.value(s, e.L)
	if err != nil {
		return nil, b.textMeant(s, err, true, e.L)
	}
	if lit, ok := literal(needle); ok {
		if needle, err = b.member(lit, e, *t.Elem); err != nil {
			return nil, err
		}
	}
	op := e.Operator()
	if t.Elem.Kind == record.BigInt {
		left, _ := roundings(op)
		needle = b.exact(needle, left)
	}
	if e.All {
		op = opposite(op)
	}
	r, wrong := function.Resolve(anyFunc(op), []record.Type{t, needle.Type()})
	if wrong != nil {
		return nil, b.notElement(e, needle.Type(), *t.Elem)
	}
	if needle, err = b.convert(needle, e.L, r.Args[1]); err != nil {
		return nil, err
	}
	return negated(e.All, boolean(r.Func.Name, array, needle)), nil
}

// eachDecimal binds a comparison of what is BIGINT with the numbers of ARRAY[…], some of
// them with a fraction, as one with each: the array has the DOUBLEs for them. It is nil for
// any other.
func (b *binder) eachDecimal(s scope, e *ast.AnyCompare, array plan.Expr) (plan.Expr, *ast.Error) {
	list, ok := ast.Unparen(e.Array).(*ast.ArrayLit)
	if !ok || array.Type().Kind != record.Array || array.Type().Elem.Kind != record.Double {
		return nil, nil
	}
	needle, err := b.value(s, e.L)
	if err != nil || needle.Type().Kind != record.BigInt {
		return nil, err
	}
	var each []plan.Expr
	for _, elem := range list.Elems {
		switch ast.Unparen(elem).(type) {
		case *ast.NumberLit, *ast.NullLit:
		default:
			return nil, nil
		}
		x, err := b.compare(s, &ast.Compare{Op: e.Operator(), L: e.L, R: elem, OpAt: e.L.Pos()})
		if err != nil {
			return nil, err
		}
		each = append(each, x)
	}
	switch {
	case len(each) == 1:
		return each[0], nil
	case e.All:
		return boolean(plan.FuncAnd, each...), nil
	default:
		return boolean(plan.FuncOr, each...), nil
	}
}

// member gives a literal the type of the elements that it is compared with.
func (b *binder) member(lit *plan.Literal, e *ast.AnyCompare, elem record.Type) (plan.Expr, *ast.Error) {
	if lit.Value.Type().Kind == record.Unknown {
		return nil, b.fail(e.L.Pos(), "NULL %s %s(%s) is never TRUE", e.Operator(), e.Quantifier(), short(e.Array)).
			WithHint("%s IS NULL tests whether there is an array", short(e.Array))
	}
	adapted, err := b.adapt(lit, e.L, &plan.Column{Typ: elem}, e.Array)
	if err != nil {
		return nil, b.notElement(e, lit.Value.Type(), elem)
	}
	return adapted, nil
}

func (b *binder) notElement(e *ast.AnyCompare, t, elem record.Type) *ast.Error {
	err := b.fail(e.L.Pos(), "%s is %s, but the elements of %s are %s", short(e.L), t, short(e.Array), elem)
	err.Expected, err.Found = elem.String(), e.L.String()
	switch _, wrong := function.Cast(t, elem, false); {
	case elem.Kind == record.Varchar && plain(e.L):
		return err.WithHint("text stands between single quotes: '%s'", e.L)
	case wrong == nil:
		return err.WithHint("write CAST(%s AS %s)", short(e.L), elem)
	default:
		return err.WithHint("an element is compared with what is %s, too", elem)
	}
}

// anyFunc names the function of L op ANY(array).
func anyFunc(op ast.CompareOp) string {
	switch op {
	case ast.Ne:
		return function.AnyNe
	case ast.Lt:
		return function.AnyLt
	case ast.Le:
		return function.AnyLe
	case ast.Gt:
		return function.AnyGt
	case ast.Ge:
		return function.AnyGe
	default:
		return plan.FuncMember
	}
}

// opposite returns the operator that holds where op does not.
func opposite(op ast.CompareOp) ast.CompareOp {
	switch op {
	case ast.Ne:
		return ast.Eq
	case ast.Lt:
		return ast.Ge
	case ast.Le:
		return ast.Gt
	case ast.Gt:
		return ast.Le
	case ast.Ge:
		return ast.Lt
	default:
		return ast.Ne
	}
}
