package bind

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// aggregateCall binds a call of an aggregate.
func (b *binder) aggregateCall(f *function.Aggregate, c *ast.Call) (plan.Expr, *ast.Error) {
	a := plan.Agg{Func: f.Name, Distinct: c.Distinct && !f.Idempotent}
	var err *ast.Error
	if c.Star {
		if !f.Star {
			return nil, b.fail(c.At, "%s(*) does not exist", c.Func).WithCode(ast.CodeFunction).
				WithHint("write %s(column) or count(*)", c.Func)
		}
		a.Type, _ = f.Result()
	} else {
		next := certainly
		if c.Filter != nil {
			next = perhaps
		}
		if _, err = b.within(next, func() (plan.Expr, *ast.Error) { return nil, b.arguments(&a, f, c) }); err != nil {
			return nil, err
		}
	}
	if f.ByTime != "" {
		time, err := b.eventTime(f, c)
		if err != nil {
			return nil, err
		}
		a.Func, a.Args = f.ByTime, append(a.Args, time)
	}
	switch {
	case f.Sampled:
		a.Order = b.identity(&a)
	case len(c.OrderBy) > 0:
		if a.Order, err = b.orderWithin(&a, f, c); err != nil {
			return nil, err
		}
	}
	if c.Filter != nil {
		if a.Filter, err = b.predicate(argScope, c.Filter); err != nil {
			return nil, err
		}
	}
	i, err := b.aggregated(c.At, a)
	return &plan.Ref{Kind: plan.AggRef, Index: i, Typ: a.Type}, err
}

// aggregated returns the index of an aggregate of the query, which counts once. What is
// too large is refused before it is compared with the others.
func (b *binder) aggregated(at ast.Pos, a plan.Agg) (int, *ast.Error) {
	before := b.nodes
	var err *ast.Error
	take := func(x plan.Expr) {
		if err == nil {
			err = b.take(at, x)
		}
	}
	a.Read(take)
	if a.Filter != nil {
		take(a.Filter)
	}
	if err != nil {
		return 0, err
	}
	i, added := b.group.agg(a)
	if !added {
		b.nodes = before
	}
	return i, nil
}

// arguments binds those of rows, then the constants.
func (b *binder) arguments(a *plan.Agg, f *function.Aggregate, c *ast.Call) *ast.Error {
	if n := len(c.Args); n < f.Required() || n > len(f.Params) {
		return b.argumentCount(f, c)
	}
	rows := f.Rows()
	types := make([]record.Type, rows)
	for i, e := range c.Args[:rows] {
		x, err := b.value(argScope, e)
		if err != nil {
			return err
		}
		if x.Type().Kind == record.Unknown && f.Params[i].Has(x.Type()) && f.Name != "count" {
			x = &plan.Literal{Value: record.NullOf(record.VarcharType)} // as PostgreSQL has it
		}
		a.Args, types[i] = append(a.Args, x), x.Type()
	}
	var wrong error
	if a.Type, wrong = f.Result(types...); wrong != nil {
		return b.wrongArgument(f, c, types, wrong)
	}
	var constants []record.Value
	for i, p := range f.Params[rows:] {
		v := p.Default
		if at := rows + i; at < len(c.Args) {
			x, err := b.constant(f, p, c.Args[at])
			if err != nil {
				return err
			}
			v = x
		}
		constants = append(constants, *v)
		a.Args = append(a.Args, &plan.Literal{Value: *v})
	}
	if err := f.Check(constants); err != nil {
		return b.unresolved(c.At, c.Args, err)
	}
	return nil
}

func (b *binder) argumentCount(f *function.Aggregate, c *ast.Call) *ast.Error {
	takes := "one argument"
	if f.Required() != 1 || len(f.Params) != 1 {
		takes = fmt.Sprintf("%d arguments", f.Required())
		if len(f.Params) > f.Required() {
			takes = fmt.Sprintf("%d or %d arguments", f.Required(), len(f.Params))
		}
	}
	err := b.fail(c.At, "%s takes %s, found %d", f.Name, takes, len(c.Args)).WithCode(ast.CodeFunction)
	switch {
	case f.Star:
		return err.WithHint("write count(*) or count(column)")
	case len(f.Params) > 1:
		return err.WithHint("it is %s", f.Signature())
	default:
		return err.WithHint("write %s(column)", f.Name)
	}
}

// constant binds an argument that is the same for all rows.
func (b *binder) constant(f *function.Aggregate, p function.AggregateParam, e ast.Expr) (*record.Value, *ast.Error) {
	x, err := b.value(argScope, e)
	if err != nil {
		return nil, err
	}
	if !function.Implicit(x.Type(), p.Type) && !isText(x) {
		return nil, b.fail(e.Pos(), "%s of %s is %s, not %s", p.Name, f.Name, p.Type, x.Type()).WithHint("it is %s", f.Signature())
	}
	if x, err = b.convert(x, e, p.Type); err != nil {
		return nil, err
	}
	v, wrong := evaluate(x)
	if wrong != nil {
		return nil, b.fail(e.Pos(), "%s of %s is a constant, found %s", p.Name, f.Name, short(e)).WithHint("it is %s", f.Signature())
	}
	return &v, nil
}

// eventTime returns the column that first and last go by.
func (b *binder) eventTime(f *function.Aggregate, c *ast.Call) (plan.Expr, *ast.Error) {
	switch {
	case b.rel.time == nil:
		return nil, b.fail(c.At, "%s needs an event time, which %s has not", f.Name, b.rel.title()).WithCode(ast.CodeFunction).
			WithHint("%s(x, by) takes any column to go by", f.ByTime)
	case len(c.OrderBy) > 0:
		return nil, b.fail(c.OrderBy[0].Pos(), "%s goes by event time, not by ORDER BY", f.Name).WithCode(ast.CodeFunction).
			WithHint("write %s(%s, %s)", f.ByTime, short(c.Args[0]), short(c.OrderBy[0].Expr))
	}
	return b.rel.time, nil
}

// identity returns what tells rows apart that a sample is drawn from: the document, or in
// a stream that calls something else so the event time and the first column. Of different
// values there is nothing to be told apart.
func (b *binder) identity(a *plan.Agg) []plan.SortKey {
	if a.Distinct {
		return nil
	}
	var keys []plan.SortKey
	for _, x := range b.rel.identity {
		keys = append(keys, plan.SortKey{Expr: x})
	}
	return keys
}

// orderWithin binds ORDER BY between the parentheses. Of equal orders it returns the
// same: keys that decide nothing are left out, and all if it is the order of values.
func (b *binder) orderWithin(a *plan.Agg, f *function.Aggregate, c *ast.Call) ([]plan.SortKey, *ast.Error) {
	if !f.Ordered {
		return nil, b.fail(c.OrderBy[0].Pos(), "%s does not depend on the order of rows", f.Name).WithCode(ast.CodeFunction).WithHint("leave out ORDER BY")
	}
	var keys []plan.SortKey
	whole := false // the keys so far decide everything
	var before keySet
	for _, o := range c.OrderBy {
		if lit, ok := ast.Unparen(o.Expr).(*ast.NumberLit); ok {
			return nil, b.fail(lit.At, "ORDER BY within %s takes expressions, not positions", f.Name)
		}
		x, err := b.value(argScope, o.Expr)
		if err != nil {
			return nil, err
		}
		same := func(e plan.Expr) bool { return plan.EqualExpr(e, x) }
		switch t := x.Type(); {
		case !function.Comparable.Has(t):
			return nil, b.refuse(o.Pos(), "ordering by %s, which is %s, is not supported yet", short(o.Expr), t)
		case a.Distinct && !slices.ContainsFunc(a.Args, same):
			return nil, b.fail(o.Pos(), "%s(DISTINCT …) can only be ordered by its argument", f.Name).
				WithHint("write ORDER BY %s", short(c.Args[0]))
		}
		if _, wrong := evaluate(x); wrong == nil || whole || !before.add(x) {
			continue
		}
		keys = append(keys, plan.SortKey{Expr: x, Desc: o.Desc, NullsFirst: nullsFirst(o)})
		whole = same(a.Args[0])
	}
	if len(keys) > 0 && !keys[0].Desc && !keys[0].NullsFirst && plan.EqualExpr(keys[0].Expr, a.Args[0]) {
		return nil, nil
	}
	return keys, nil
}

// wrongArgument tells what may be done with an argument that f does not take, and what
// f takes.
func (b *binder) wrongArgument(f *function.Aggregate, c *ast.Call, types []record.Type, wrong error) *ast.Error {
	var why *function.Error
	if !errors.As(wrong, &why) || len(types) != 1 {
		return b.unresolved(c.At, c.Args, wrong)
	}
	if types[0].Kind == record.Unknown {
		return b.fail(c.Args[0].Pos(), "%s takes %s, and of which type %s is, is not known", f.Name, f.Takes, short(c.Args[0])).WithCode(ast.CodeFunction).
			WithHint("say what it is a value of: CAST(%s AS BIGINT)", short(c.Args[0]))
	}
	var takers []string
	for _, name := range []string{"count", "sum", "avg", "min", "max"} {
		if a, ok := function.LookupAggregate(name); ok {
			if _, err := a.Result(types[0]); err == nil {
				takers = append(takers, name)
			}
		}
	}
	return b.fail(c.Args[0].Pos(), "%s", why.Message).WithCode(ast.CodeFunction).WithHint("%s, which is %s, goes into %s; %s takes columns that are %s",
		short(c.Args[0]), types[0], strings.Join(takers, ", "), f.Name, f.Takes)
}
