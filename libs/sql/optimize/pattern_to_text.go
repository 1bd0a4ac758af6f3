package optimize

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// patternToText replaces patterns that ask for no more than equality or a
// substring, and spells the others in one way.
//
//	like(x, 'go')      →  eq(x, 'go')
//	like(x, '%go%')    →  contains(x, 'go')
//	ilike(x, '%go%')   →  icontains(x, 'go')
//	like(x, 'a%_%\b')  →  like(x, 'a_%b')
type patternToText struct{}

func (patternToText) Name() string { return "pattern_to_text" }

func (patternToText) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncLike, plan.FuncILike)
	if !ok {
		return e, false
	}
	c, x, v, ok := withLiteral(c)
	if !ok {
		return e, false
	}
	p, err := function.ParsePattern(v.Str(), '\\')
	if err != nil {
		return e, false
	}
	if text, ok := p.Text(); ok && c.Func == plan.FuncLike {
		return call(plan.FuncEq, x, lit(record.Text(text))), true
	}
	if needle, ok := p.Needle(); ok {
		if c.Func == plan.FuncLike {
			return call(plan.FuncContains, x, lit(record.Text(needle))), true
		}
		return call(plan.FuncIContains, x, lit(record.Text(needle))), true
	}
	if s := p.String(); s != v.Str() {
		return call(c.Func, x, lit(record.Text(s))), true
	}
	return e, false
}
