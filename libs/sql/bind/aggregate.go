package bind

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// grouping collects what an Aggregate node holds while the clauses that name
// its parts are bound.
type grouping struct {
	keys   []plan.Expr // every one a *plan.Column
	aggs   []plan.Agg
	bounds bool // GROUP BY names window_start or window_end
}

// key returns the index of the key column, or -1.
func (g *grouping) key(column string) int {
	return slices.IndexFunc(g.keys, func(k plan.Expr) bool {
		c, ok := k.(*plan.Column)
		return ok && c.Name == column
	})
}

// agg returns the index of the aggregate, which is added where it is new.
func (g *grouping) agg(a plan.Agg) int {
	for i, have := range g.aggs {
		if have.Func == a.Func && sameColumn(have.Arg, a.Arg) {
			return i
		}
	}
	g.aggs = append(g.aggs, a)
	return len(g.aggs) - 1
}

func sameColumn(a, b plan.Expr) bool {
	x, _ := a.(*plan.Column)
	y, _ := b.(*plan.Column)
	return x == y || x != nil && y != nil && x.Name == y.Name
}

// aggregating reports whether the query has groups.
func (b *binder) aggregating() bool {
	s := b.stmt
	if len(s.GroupBy) > 0 || s.Having != nil && hasCall(s.Having) {
		return true
	}
	return slices.ContainsFunc(s.Select, func(i ast.SelectItem) bool { return hasCall(i.Expr) }) ||
		slices.ContainsFunc(s.OrderBy, func(o ast.OrderItem) bool { return hasCall(o.Expr) })
}

// aggregate binds GROUP BY, SELECT and HAVING of an aggregating query.
func (b *binder) aggregate(in plan.Node) (plan.Node, *ast.Error) {
	b.group = &grouping{}
	if err := b.groupBy(); err != nil {
		return nil, err
	}
	if err := b.selectList(groupScope); err != nil {
		return nil, err
	}
	var having plan.Expr
	if b.stmt.Having != nil {
		var err *ast.Error
		if having, err = b.predicate(havingScope, b.stmt.Having); err != nil {
			return nil, err
		}
	}
	if err := b.bindOrder(); err != nil {
		return nil, err
	}
	if b.window != nil {
		w := *b.window
		w.In = in
		in = &w
	}
	in = &plan.Aggregate{In: in, Keys: b.group.keys, Aggs: b.group.aggs}
	if having != nil {
		in = &plan.Filter{In: in, Pred: having}
	}
	return &plan.Project{In: in, Cols: b.cols}, nil
}

func (b *binder) groupBy() *ast.Error {
	for _, e := range b.stmt.GroupBy {
		n, ok := unwrap(e).(*ast.Name)
		if !ok {
			return b.notColumn(e, "GROUP BY")
		}
		if _, ok := windowBound(b.unqualified(n)); ok {
			if b.window == nil {
				return b.noWindow(n)
			}
			b.group.bounds = true
			continue
		}
		x, err := b.name(keyScope, n)
		if err != nil {
			return b.firstUse(n, err)
		}
		if x.Type().Kind == record.JSON {
			return b.fail(n.Pos(), "grouping by %s, which is JSON, is not supported yet", n)
		}
		if c, ok := x.(*plan.Column); ok && b.group.key(c.Name) < 0 {
			b.group.keys = append(b.group.keys, c)
		}
	}
	if b.window == nil || b.group.bounds {
		return nil
	}
	names := "window_start, window_end"
	for _, k := range b.group.keys {
		names += ", " + plan.FormatExpr(k)
	}
	return b.fail(b.stmt.From.Window.At, "a query over windows must group by them").
		WithHint("write GROUP BY %s", names)
}

// notColumn refuses what GROUP BY and ORDER BY cannot take.
func (b *binder) notColumn(e ast.Expr, where string) *ast.Error {
	what := "a column"
	if where != "GROUP BY" {
		what = "a column, an output column or an aggregate"
	}
	err := b.fail(e.Pos(), "expected %s, found %s", what, short(e))
	err.Expected, err.Found = what, e.String()
	switch x := unwrap(e).(type) {
	case *ast.NumberLit:
		return err.WithHint("%s takes names, not positions", where)
	case *ast.Call:
		if _, ok := function.LookupAggregate(x.Func); ok {
			return err.WithHint("%s is computed per group; GROUP BY takes the columns that make the groups", short(x))
		}
		return b.unknownFunction(x)
	case *ast.StringLit:
		return err.WithHint("names stand without quotes: %s", x.Value)
	}
	return err
}

func (b *binder) notGrouped(n *ast.Name, col *catalog.Column) *ast.Error {
	groups := "GROUP BY "
	for _, g := range b.stmt.GroupBy {
		groups += short(g) + ", "
	}
	aggregates := fmt.Sprintf("count(%s)", n)
	if function.Comparable.Has(col.Type) {
		aggregates = fmt.Sprintf("min(%s) or count(%s)", n, n)
	}
	return b.fail(n.Pos(), "%s must be in GROUP BY or inside an aggregate", n).
		WithHint("write %s%s, or %s", groups, n, aggregates)
}

// windowRef resolves window_start and window_end.
func (b *binder) windowRef(s scope, n *ast.Name, bound plan.RefKind) (plan.Expr, *ast.Error) {
	if b.window == nil {
		return nil, b.noWindow(n)
	}
	switch s {
	case whereScope:
		return nil, b.fail(n.Pos(), "WHERE cannot use %s", n).
			WithHint("windows are cut after WHERE: put the condition into HAVING, or compare %s", b.stream.EventTime)
	case argScope:
		return nil, b.fail(n.Pos(), "an aggregate cannot use %s", n).
			WithHint("aggregate a column, for example max(%s)", b.stream.EventTime)
	default:
		return &plan.Ref{Kind: bound, Typ: record.TimestampType}, nil
	}
}

func (b *binder) noWindow(n *ast.Name) *ast.Error {
	return b.fail(n.Pos(), "%s needs a window", n).WithHint("write FROM %s", b.tumbleExample())
}

// call binds an aggregate function.
func (b *binder) call(s scope, c *ast.Call) (plan.Expr, *ast.Error) {
	f, ok := function.LookupAggregate(c.Func)
	switch {
	case !ok:
		return nil, b.unknownFunction(c)
	case s == whereScope:
		return nil, b.fail(c.At, "WHERE cannot use the aggregate %s", short(c)).
			WithHint("WHERE chooses the rows that are aggregated; put the condition into HAVING")
	case s == argScope:
		return nil, b.fail(c.At, "aggregates cannot be nested: %s inside another", short(c)).
			WithHint("aggregate a column")
	case b.group == nil:
		return nil, b.fail(c.At, "%s cannot stand here", short(c))
	}
	a := plan.Agg{Func: f.Name}
	argType := record.Type{}
	if c.Star {
		if !f.Star {
			return nil, b.fail(c.At, "%s(*) does not exist", f.Name).
				WithHint("write %s(column) or count(*)", f.Name)
		}
	} else {
		var err *ast.Error
		if a.Arg, err = b.argument(f, c); err != nil {
			return nil, err
		}
		argType = a.Arg.Type()
	}
	t, err := f.Result(argType)
	if err != nil {
		return nil, b.fail(c.Args[0].Pos(), "%v", err).WithHint("%s", wrongArgument(f, c.Args[0], argType))
	}
	a.Type = t
	return &plan.Ref{Kind: plan.AggRef, Index: b.group.agg(a), Typ: t}, nil
}

// wrongArgument tells what may be done with an argument that f does not take,
// and what f takes.
func wrongArgument(f *function.Aggregate, arg ast.Expr, t record.Type) string {
	var takers []string
	for _, a := range function.Aggregates() {
		if _, err := a.Result(t); err == nil {
			takers = append(takers, a.Name)
		}
	}
	return fmt.Sprintf("%s, which is %s, goes into %s; %s takes columns that are %s",
		short(arg), t, strings.Join(takers, ", "), f.Name, f.Takes)
}

// argument binds an aggregate's one argument, a column.
func (b *binder) argument(f *function.Aggregate, c *ast.Call) (plan.Expr, *ast.Error) {
	if len(c.Args) != 1 {
		err := b.fail(c.At, "%s takes one argument, found %d", f.Name, len(c.Args))
		if f.Star {
			return nil, err.WithHint("write count(*) or count(column)")
		}
		return nil, err.WithHint("write %s(column)", f.Name)
	}
	e := unwrap(c.Args[0])
	x, err := b.value(argScope, e)
	if err != nil {
		return nil, err
	}
	if _, ok := x.(*plan.Column); ok {
		return x, nil
	}
	refused := b.fail(e.Pos(), "expected a column, found %s", short(e))
	refused.Expected, refused.Found = "a column", e.String()
	if f.Star {
		return nil, refused.WithHint("count(*) counts rows")
	}
	return nil, refused
}
