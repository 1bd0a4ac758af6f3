package bind

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// grouping collects what an Aggregate node holds while the clauses that name
// its parts are bound.
type grouping struct {
	keySet
	computed bool       // some key is no column
	sources  []ast.Expr // the keys of GROUP BY as they are written
	aggs     []plan.Agg
	bounds   bool // GROUP BY names window_start or window_end

	encoded map[string]int // aggregates, by their encoding
}

// add adds a key unless it is there, and reports whether it was not.
func (g *grouping) add(x plan.Expr) bool {
	if !g.keySet.add(x) {
		return false
	}
	if _, ok := x.(*plan.Column); !ok {
		g.computed = true
	}
	return true
}

// agg returns the index of the aggregate, which is added where it is new.
func (g *grouping) agg(a plan.Agg) (index int, added bool) {
	code := string(plan.EncodeAgg(nil, a))
	if i, ok := g.encoded[code]; ok {
		return i, false
	}
	if g.encoded == nil {
		g.encoded = make(map[string]int)
	}
	g.encoded[code] = len(g.aggs)
	g.aggs = append(g.aggs, a)
	return len(g.aggs) - 1, true
}

// aggregating reports whether the query has groups.
func (b *binder) aggregating() bool {
	s := b.stmt
	if s.Distinct || len(s.GroupBy) > 0 || hasAggregate(s.Having) {
		return true
	}
	return slices.ContainsFunc(s.Select, func(i ast.SelectItem) bool { return hasAggregate(i.Expr) }) ||
		slices.ContainsFunc(s.OrderBy, func(o ast.OrderItem) bool { return hasAggregate(o.Expr) })
}

// hasAggregate reports whether an aggregate is called within e.
func hasAggregate(e ast.Expr) bool {
	found := false
	ast.Walk(e, func(x ast.Expr) bool {
		found = found || isAggregate(x)
		return !found
	})
	return found
}

func isAggregate(e ast.Expr) bool {
	c, ok := e.(*ast.Call)
	if !ok {
		return false
	}
	_, aggregate := function.LookupAggregate(c.Func)
	return aggregate || c.Star
}

// aggregate binds GROUP BY, SELECT and HAVING of an aggregating query.
func (b *binder) aggregate(in plan.Node) (plan.Node, *ast.Error) {
	b.group = &grouping{}
	if !b.groupBy() {
		// What is grouped by is not known: of the rest only names can be wrong for sure.
		keys := len(b.errs)
		b.selectList(groupScope)
		for _, e := range slices.Clone(b.errs[keys:]) {
			if b.errs = slices.Delete(b.errs, keys, keys+1); e.Code == ast.CodeColumn || e.Code == ast.CodeFunction {
				b.errs = append(b.errs, e)
			}
		}
		return in, nil
	}
	if err := b.distinct(); err != nil {
		return nil, err
	}
	if !b.selectList(groupScope) {
		return in, nil
	}
	var having plan.Expr
	if b.stmt.Having != nil {
		var err *ast.Error
		if having, err = b.predicate(havingScope, b.stmt.Having); err == nil {
			err = b.take(b.stmt.Having.Pos(), having)
		}
		b.report(err)
	}
	b.bindOrder()
	if b.window != nil {
		w := *b.window
		w.In = in
		in = &w
	}
	in = &plan.Aggregate{In: in, Keys: b.group.keys, Aggs: b.group.aggs}
	if having != nil {
		in = &plan.Filter{In: in, Pred: having}
	}
	return in, nil
}

// groupBy binds GROUP BY, and reports whether nothing is wrong with it.
func (b *binder) groupBy() bool {
	ok := true
	for _, e := range b.stmt.GroupBy {
		ok = b.report(b.groupItem(e)) && ok
	}
	if b.window == nil || b.group.bounds || !ok {
		return ok
	}
	names := "window_start, window_end"
	for _, k := range b.group.sources {
		names += ", " + short(k)
	}
	return b.report(b.fail(b.stmt.From.Window.At, "a query over windows must group by them").WithCode(ast.CodeWindow).
		WithHint("write GROUP BY %s", names))
}

// notColumn refuses what GROUP BY and ORDER BY cannot take.
func (b *binder) notColumn(e ast.Expr, where string) *ast.Error {
	what := "a column"
	if where != "GROUP BY" {
		what = "a column, an output column or an aggregate"
	}
	err := b.fail(e.Pos(), "expected %s, found %s", what, short(e)).WithCode(ast.CodeSyntax)
	err.Expected, err.Found = what, e.String()
	switch x := ast.Unparen(e).(type) {
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

func (b *binder) notGrouped(s scope, n *ast.Name, col *column) *ast.Error {
	if b.stmt.Distinct && len(b.stmt.GroupBy) == 0 && b.window == nil && b.ordering {
		return b.fail(n.Pos(), "ORDER BY after SELECT DISTINCT takes what is selected, which %s is not", n).WithCode(ast.CodeReference).
			WithHint("select %s, too; or write GROUP BY instead of DISTINCT, and ORDER BY min(%s)", n, n)
	}
	if item := b.aliased(n); item != nil && (s == havingScope || b.ordering) {
		where := "HAVING"
		if b.ordering {
			where = "ORDER BY, within an expression,"
		}
		return b.fail(n.Pos(), "%s must be in GROUP BY or inside an aggregate: %s means the column of %s, not the output column", n, where, b.rel.title()).
			WithCode(ast.CodeGrouping).WithHint("write what is selected as %s: %s", n, short(item))
	}
	groups := "GROUP BY "
	for _, g := range b.stmt.GroupBy {
		groups += short(g) + ", "
	}
	aggregates := fmt.Sprintf("count(%s)", n)
	if function.Comparable.Has(col.typ()) {
		aggregates = fmt.Sprintf("min(%s) or count(%s)", n, n)
	}
	return b.fail(n.Pos(), "%s must be in GROUP BY or inside an aggregate", n).WithCode(ast.CodeGrouping).
		WithHint("write %s%s, or %s", groups, n, aggregates)
}

// windowRef resolves window_start and window_end.
func (b *binder) windowRef(s scope, n *ast.Name, bound plan.RefKind) (plan.Expr, *ast.Error) {
	if b.window == nil {
		return nil, b.noWindow(n)
	}
	switch s {
	case whereScope:
		return nil, b.fail(n.Pos(), "WHERE cannot use %s", n).WithCode(ast.CodeWindow).
			WithHint("windows are cut after WHERE: put the condition into HAVING, or compare %s", b.rel.timeName())
	case unnestScope:
		return nil, b.fail(n.Pos(), "UNNEST cannot use %s", n).WithCode(ast.CodeWindow).
			WithHint("arrays are those of a row: compare %s", b.rel.timeName())
	case argScope:
		return nil, b.fail(n.Pos(), "an aggregate cannot use %s", n).WithCode(ast.CodeWindow).
			WithHint("aggregate a column, for example max(%s)", b.rel.timeName())
	default:
		return &plan.Ref{Kind: bound, Typ: record.TimestampType}, nil
	}
}

func (b *binder) noWindow(n *ast.Name) *ast.Error {
	return b.fail(n.Pos(), "%s needs a window", n).WithCode(ast.CodeWindow).WithHint("write FROM %s", b.tumbleExample())
}

// call binds a call of an aggregate, or of a scalar function.
func (b *binder) call(s scope, c *ast.Call) (plan.Expr, *ast.Error) {
	f, ok := function.LookupAggregate(c.Func)
	switch {
	case !ok:
		return b.scalar(s, c)
	case s == whereScope:
		return nil, b.fail(c.At, "WHERE cannot use the aggregate %s", short(c)).WithCode(ast.CodeGrouping).
			WithHint("WHERE chooses the rows that are aggregated; put the condition into HAVING")
	case s == unnestScope:
		return nil, b.fail(c.At, "UNNEST cannot use the aggregate %s", short(c)).WithCode(ast.CodeGrouping).
			WithHint("rows are made of arrays before they are aggregated")
	case s == argScope:
		return nil, b.fail(c.At, "aggregates cannot be nested: %s inside another", short(c)).WithCode(ast.CodeGrouping).
			WithHint("aggregate a column")
	case s == keyScope:
		return nil, b.fail(c.At, "%s cannot be grouped by", short(c)).WithCode(ast.CodeGrouping).
			WithHint("%s is computed per group; GROUP BY takes what makes the groups", short(c))
	case b.group == nil:
		return nil, b.fail(c.At, "%s cannot stand here", short(c)).WithCode(ast.CodeGrouping)
	}
	return b.aggregateCall(f, c)
}

// scalar binds a call of a function of single values.
func (b *binder) scalar(s scope, c *ast.Call) (plan.Expr, *ast.Error) {
	if t, ok := currentTime(c); ok {
		return b.current(s, c, t)
	}
	f, ok := function.LookupName(c.Func)
	switch {
	case !ok || !f.Callable, strings.EqualFold(c.Func, function.RegexpMatch): // elsewhere that is an array
		return nil, b.unknownFunction(c)
	case c.Star:
		return nil, b.fail(c.At, "%s(*) does not exist", c.Func).WithCode(ast.CodeFunction).WithHint("it is %s", strings.Join(f.Signatures(), " or "))
	case c.Distinct:
		return nil, b.fail(c.DistinctAt, "%s is no aggregate: DISTINCT does not go with it", c.Func).WithCode(ast.CodeFunction).
			WithHint("leave it out; SELECT DISTINCT %s keeps each value once", short(&ast.Call{Func: c.Func, Args: c.Args}))
	case len(c.OrderBy) > 0:
		return nil, b.fail(c.OrderBy[0].Pos(), "%s is no aggregate: ORDER BY does not go with it", c.Func).WithCode(ast.CodeFunction).
			WithHint("leave it out; rows are ordered at the end of the query")
	case c.Filter != nil:
		return nil, b.fail(c.FilterAt, "%s is no aggregate: FILTER does not go with it", c.Func).WithCode(ast.CodeFunction).
			WithHint("write CASE WHEN %s THEN … END", short(c.Filter))
	}
	return b.apply(s, c.At, c.Func, c.Args...)
}
