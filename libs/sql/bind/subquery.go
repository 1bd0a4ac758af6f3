package bind

import (
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// named is a query of WITH, and those that it may use.
type named struct {
	cte   *ast.CTE
	above *named // nil: none
}

// find returns the query of a name that is nearest.
func (n *named) find(name *ast.Ident) *named {
	for ; n != nil; n = n.above {
		if same(*n.cte.Name, *name) {
			return n
		}
	}
	return nil
}

// withQueries puts the queries of WITH into scope, and binds each, so that errors in what
// is not used are told, too.
func (b *binder) withQueries() *ast.Error {
	outer := b.with
	for i := range b.stmt.With {
		c := &b.stmt.With[i]
		for n := b.with; n != outer; n = n.above {
			if same(*n.cte.Name, *c.Name) {
				return b.fail(c.Name.At, "two queries of WITH are called %s", c.Name).WithCode(ast.CodeExists)
			}
		}
		above := b.with
		b.with = &named{c, above}
		var err *ast.Error
		if constant(c.Query, above) {
			_, err = b.constants(c.Query, above)
		} else {
			_, err = b.ofQuery(b.with)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ofQuery returns a query of WITH as a relation.
func (b *binder) ofQuery(n *named) (*relation, *ast.Error) {
	r, err := b.subquery(n.cte.Query, n.above)
	if err != nil {
		return nil, err
	}
	r.name = n.cte.Name.Name
	return b.rename(r, n.cte.Columns)
}

// subquery returns a query as a relation, which is the caller's own.
func (b *binder) subquery(stmt *ast.Statement, with *named) (*relation, *ast.Error) {
	r, bound := b.whole.queries[stmt]
	if !bound {
		var err *ast.Error
		if r, err = b.inner(stmt, with); err != nil {
			return nil, err
		}
		b.whole.queries[stmt] = r
	}
	own := *r
	return &own, nil
}

// inner binds a query in FROM, in WITH or in a view.
func (b *binder) inner(stmt *ast.Statement, with *named) (*relation, *ast.Error) {
	inner := newBinder(b.src, stmt, b.catalog, with, b.whole)
	inner.reach = perhaps // of its columns those are computed that are read
	in, err := inner.body()
	inner.report(err)
	if err := inner.reported(); err != nil {
		return nil, err
	}
	r := &relation{in: in, time: inner.rel.time, identity: inner.rel.identity, document: inner.rel.document, groups: inner.rel.groups, window: inner.rel.window, order: inner.rel.order, limit: inner.rel.limit, skip: inner.rel.skip}
	if inner.group != nil {
		r.groups, r.window, r.time, r.identity, r.document = true, inner.window, nil, nil, nil
	}
	if stmt.Limit != nil {
		r.order, r.limit, r.skip = inner.order, stmt.Limit, offset(stmt)
	}
	for _, c := range inner.cols {
		r.columns = append(r.columns, column{name: c.Name, expr: c.Expr})
	}
	return r, nil
}

// above checks that what the statement does with the relation can be done with it: over
// groups rows are chosen and computed, but not grouped again, and the first rows in an
// order are only named.
func (b *binder) above(r *relation) *ast.Error {
	s := b.stmt
	if r.limit != nil && (s.From.Sample != nil || s.Where != nil || b.aggregating() || len(s.OrderBy) > 0 || s.Limit != nil || s.Offset != nil || s.Having != nil) {
		return b.refuse(r.limit.At, "more than SELECT over a query with LIMIT is not supported").
			WithHint("put WHERE, GROUP BY and ORDER BY into the query with LIMIT")
	}
	if !r.groups || !b.aggregating() {
		return nil
	}
	at, what := b.grouper()
	return b.refuse(at, "%s over the groups of another query is not supported yet", what).
		WithHint("aggregate once: the query below can have GROUP BY and aggregates of its own")
}

// grouper returns what makes the query one with groups, and where it stands.
func (b *binder) grouper() (ast.Pos, string) {
	s := b.stmt
	if s.Distinct {
		return s.DistinctAt, "SELECT DISTINCT"
	}
	if len(s.GroupBy) > 0 {
		return s.GroupBy[0].Pos(), "GROUP BY"
	}
	es := []ast.Expr{s.Having}
	for _, item := range s.Select {
		es = append(es, item.Expr)
	}
	for _, o := range s.OrderBy {
		es = append(es, o.Expr)
	}
	for _, e := range es {
		if hasAggregate(e) {
			return e.Pos(), "an aggregate"
		}
	}
	return s.At, "grouping"
}

// filtered puts a condition above a node, together with the one that is there.
func filtered(in plan.Node, pred plan.Expr) plan.Node {
	if f, ok := in.(*plan.Filter); ok && planted.On(planted.ConditionForgotten) {
		return &plan.Filter{In: f.In, Pred: pred}
	} else if ok {
		return &plan.Filter{In: f.In, Pred: boolean(plan.FuncAnd, f.Pred, pred)}
	}
	return &plan.Filter{In: in, Pred: pred}
}
