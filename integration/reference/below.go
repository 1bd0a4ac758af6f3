package reference

import (
	"errors"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// A query in FROM, or one of WITH, is evaluated by itself: what is above it reads its rows,
// or its groups, in the place of documents. A value that is ERROR there is one above, and a
// row for which WHERE is ERROR there is one for which it is above.

// compileFrom finds what is read: the stream, a query or a union.
func (q *Query) compileFrom() error {
	f := &q.stmt.From
	cte := q.with.Find(f.Stream)
	var err error
	switch {
	case len(q.stmt.UnionAll) > 0:
		err = q.compileUnion()
	case f.Query != nil:
		err = q.compileBelow(f.Query, q.with)
	case cte != nil:
		if err = q.compileBelow(cte.CTE.Query, cte.Above); err == nil {
			err = q.rename(cte.CTE.Columns)
		}
	case f.Stream.Name != streamName:
		err = fmt.Errorf("unknown stream %s", f.Stream.Name)
	default:
		for i := range columns {
			q.names = append(q.names, columns[i].name)
		}
		q.names, q.hidden = append(q.names, "doc"), 1
	}
	if err != nil {
		return err
	}
	return q.rename(q.stmt.From.Columns)
}

// rename calls the first columns as a list says.
func (q *Query) rename(names []*ast.Ident) error {
	if len(names) > len(q.names) {
		return fmt.Errorf("%d names for %d columns", len(names), len(q.names))
	}
	for i, n := range names {
		q.names[i] = n.Name
	}
	for i, n := range q.names {
		if slices.Index(q.names, n) != i && len(names) > 0 {
			return fmt.Errorf("two columns are called %s", n)
		}
	}
	return nil
}

// compileBelow compiles a query that is read.
func (q *Query) compileBelow(stmt *ast.Statement, with *With) error {
	below, err := newQuery(stmt, with)
	if err != nil {
		return err
	}
	if below.isGrouped() {
		q.lower = below
	} else {
		q.branches = []*Query{below}
	}
	for _, o := range below.outputs {
		q.names, q.united = append(q.names, o.name), append(q.united, o)
	}
	if s := q.stmt; below.limit >= 0 && (s.Where != nil || len(s.OrderBy) > 0 || s.Limit != nil || s.Having != nil || s.From.Sample != nil) {
		return errors.New("more than SELECT over a query with LIMIT")
	}
	return nil
}

// isAbove reports whether the query reads others.
func (q *Query) isAbove() bool { return q.lower != nil || len(q.branches) > 0 }

// source is the query that is read; of a union the first.
func (q *Query) source() *Query {
	if q.lower != nil {
		return q.lower
	}
	return q.branches[0]
}

// isGrouped reports whether there are groups, here or below.
func (q *Query) isGrouped() bool { return q.grouped || q.lower != nil }

// windows is the size of the windows, here or below, in nanoseconds; 0: there are none.
func (q *Query) windows() int64 {
	if q.lower != nil {
		return q.lower.windows()
	}
	return q.windowSize
}

// unitedExpr is a column of what is read.
func (q *Query) unitedExpr(i int) *expr {
	x := &expr{typ: q.united[i].expr.typ, eval: func(e *env) *record.Value { return e.united[i] }, col: -1}
	if check := q.united[i].expr.check; check != nil {
		x.check = func(e *env) func(string) bool { return check(e.inner) }
	}
	return x
}

// unite evaluates the columns of a query below, as the types that they have here.
func (q *Query) unite(below *Query, e *env) []*record.Value {
	all := make([]*record.Value, len(q.united))
	for i := range all {
		all[i] = as(below.outputs[i].expr.eval(e), q.united[i].expr.typ)
	}
	return all
}

// inheritOrder takes over ORDER BY and LIMIT of the query below: which of its rows there are
// is said there, and ties are broken by what is selected of them.
func (q *Query) inheritOrder() {
	if !q.isAbove() || len(q.branches) > 1 || q.source().limit < 0 {
		return
	}
	below := q.source()
	q.limit, q.offset = below.limit, below.offset
	for _, k := range below.order {
		of := k.expr
		k.expr = &expr{typ: of.typ, eval: func(e *env) *record.Value { return of.eval(e.inner) }, col: -1}
		q.order = append(q.order, k)
	}
}

// produce takes a row for every one that FROM makes of the document, those included that are
// not kept below: whoever takes it asks keeps.
func (q *Query) produce(d *Document, take func()) {
	e, drawn := &q.env, yes
	if q.drawn != nil && !q.drawn(d) {
		drawn = no
	}
	e.doc, e.elements, e.below = d, nil, drawn
	if !q.isAbove() {
		q.addRows(q.unnests, take)
		return
	}
	for _, b := range q.branches {
		b.produce(d, func() {
			e.elements, e.inner, e.below = nil, &b.env, andTable[drawn][b.keeps(&b.env)]
			e.united = q.unite(b, &b.env)
			q.addRows(q.unnests, take)
		})
		q.errs, b.errs = q.errs+b.errs, 0
		q.arrays, b.arrays = q.arrays+b.arrays, 0
	}
}

// keeps evaluates the conditions of a row: its own, and those below.
func (q *Query) keeps(e *env) truth {
	if q.where == nil {
		return e.below
	}
	return andTable[e.below][q.where(e)]
}
