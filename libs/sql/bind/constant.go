package bind

import (
	"errors"
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// inQuery binds X [NOT] IN (SELECT …) where the query is a set of constants: it is over
// VALUES, and so is one and the same for all rows.
func (b *binder) inQuery(s scope, e *ast.InQuery) (plan.Expr, *ast.Error) {
	rows, err := b.constants(e.Query, b.with)
	if err != nil {
		return nil, err
	}
	x, err := b.value(s, e.X)
	if err != nil {
		return nil, err
	}
	args, es := []plan.Expr{x}, []ast.Expr{e.X}
	for _, row := range rows {
		if len(row) != 1 {
			return nil, b.fail(e.Query.Pos(), "the query after IN returns %d columns", len(row)).WithCode(ast.CodeSyntax).
				WithHint("one column is compared with %s", short(e.X))
		}
		args, es = append(args, row[0]), append(es, literalAt(row[0].Value, e.Query.Pos()))
	}
	if len(rows) == 0 {
		return &plan.Literal{Value: record.Bool(e.Not)}, nil
	}
	if args, err = b.adapted(e.X.Pos(), args, es); err != nil {
		return nil, err
	}
	b.exactEqual(args)
	return negated(e.Not, boolean(function.In, args...)), nil
}

// constants returns the rows of a query over VALUES. The caller must not change them.
func (b *binder) constants(q *ast.Statement, with *named) ([][]*plan.Literal, *ast.Error) {
	if rows, evaluated := b.whole.rows[q]; evaluated {
		return rows, nil
	}
	rows, err := b.constantRows(q, with)
	if err != nil {
		return nil, err
	}
	b.whole.rows[q] = rows
	return rows, nil
}

// constantRows evaluates a query over VALUES.
func (b *binder) constantRows(q *ast.Statement, with *named) ([][]*plan.Literal, *ast.Error) {
	inner := &binder{src: b.src, stmt: q, catalog: b.catalog, with: with, whole: b.whole, branches: 1}
	for i := range q.With {
		inner.with = &named{&q.With[i], inner.with}
	}
	switch {
	case len(q.GroupBy) > 0 || q.Having != nil || q.Limit != nil || q.Offset != nil || inner.aggregating() && !q.Distinct:
		return nil, b.refuse(q.At, "GROUP BY, aggregates and LIMIT in the query after IN are not supported").
			WithHint("the query selects from VALUES, as IN (SELECT x FROM (VALUES (1), (2)) AS t(x) WHERE x > 1)")
	}
	r, rows, err := inner.constantSource()
	if err != nil {
		return nil, err
	}
	var out [][]*plan.Literal
	for _, row := range rows {
		inner.rel, inner.cols, inner.errs = r.of(row), nil, nil
		kept, err := inner.constantRow()
		if err != nil {
			return nil, err
		}
		if kept != nil {
			out = append(out, kept)
		}
	}
	for _, branch := range q.UnionAll {
		more, err := b.constants(branch, inner.with)
		if err != nil {
			return nil, err
		}
		if out = append(out, more...); len(out) > mostNodes {
			return nil, b.fail(branch.At, "the query returns more than %d constants", mostNodes).WithCode(ast.CodeLimit).
				WithHint("UNION ALL keeps what is the same: leave out SELECTs that add nothing")
		}
	}
	return out, nil
}

// constantSource returns the names of the columns that FROM gives, and the rows.
func (b *binder) constantSource() (*relation, [][]*plan.Literal, *ast.Error) {
	f := &b.stmt.From
	if len(f.Unnest) > 0 || f.Sample != nil || f.Window != nil {
		return nil, nil, b.refuse(b.stmt.At, "UNNEST, TABLESAMPLE and windows in the query after IN are not supported").
			WithHint("= ANY(array) tests membership in an array")
	}
	r := &relation{name: "VALUES"}
	var rows [][]*plan.Literal
	var err *ast.Error
	n := b.with.find(orNone(f.Stream))
	switch {
	case f.Values != nil:
		rows, err = b.values(f.Values)
	case f.Query != nil:
		rows, err = b.constants(f.Query, b.with)
	case n != nil:
		rows, err = b.constants(n.cte.Query, n.above)
		r.name = n.cte.Name.Name
	default:
		return nil, nil, b.refuse(b.stmt.At, "IN (SELECT …) over a stream is not supported yet").
			WithHint("list the values, or select from VALUES: IN (SELECT x FROM (VALUES (1), (2)) AS t(x))")
	}
	if err != nil {
		return nil, nil, err
	}
	if r.columns = b.constantColumns(n, rows); len(rows) == 0 {
		return r, nil, nil
	}
	names := f.Columns
	if n != nil && len(names) == 0 {
		names = n.cte.Columns
	}
	r, err = b.rename(r, names)
	return r, rows, err
}

// constant reports whether a query is over VALUES, by way of other queries perhaps.
func constant(q *ast.Statement, with *named) bool {
	f := &q.From
	for i := range q.With {
		with = &named{&q.With[i], with}
	}
	n := with.find(orNone(f.Stream))
	return f.Values != nil || f.Query != nil && constant(f.Query, with) || n != nil && constant(n.cte.Query, n.above)
}

// literalAt returns a value as if it were written at a place.
func literalAt(v record.Value, at ast.Pos) ast.Expr {
	switch {
	case v.IsNull():
		return &ast.NullLit{At: at}
	case v.Type().Numeric():
		return &ast.NumberLit{Text: v.String(), At: at}
	default:
		return &ast.StringLit{Value: v.String(), At: at}
	}
}

// orNone returns a name that nothing has for nil.
func orNone(id *ast.Ident) *ast.Ident {
	if id == nil {
		return &ast.Ident{Quoted: true}
	}
	return id
}

// constantColumns names the columns of a source as its query does, else column1, column2
// and so on, as PostgreSQL does for VALUES.
func (b *binder) constantColumns(n *named, rows [][]*plan.Literal) []column {
	query := b.stmt.From.Query
	if n != nil {
		query = n.cte.Query
	}
	if len(rows) == 0 {
		return nil
	}
	columns := make([]column, len(rows[0]))
	for i := range columns {
		columns[i] = column{name: fmt.Sprintf("column%d", i+1), expr: rows[0][i]}
		if query != nil && i < len(query.Select) {
			item := query.Select[i]
			if name, ok := ast.Unparen(item.Expr).(*ast.Name); ok {
				columns[i].name = name.Parts[len(name.Parts)-1].Name
			}
			if item.Alias != nil {
				columns[i].name = item.Alias.Name
			}
		}
	}
	return columns
}

// of returns the relation with the values of a row as its columns.
func (r *relation) of(row []*plan.Literal) *relation {
	one := *r
	one.columns = append([]column(nil), r.columns...)
	for i := range one.columns {
		one.columns[i].expr = row[i]
	}
	return &one
}

// constantRow evaluates WHERE and SELECT for the row that the relation is; nil: WHERE
// does not keep it.
func (b *binder) constantRow() ([]*plan.Literal, *ast.Error) {
	if b.stmt.Where != nil {
		pred, err := b.predicate(whereScope, b.stmt.Where)
		if err != nil {
			return nil, err
		}
		if keeps, err := b.evaluate(b.stmt.Where, pred); err != nil || keeps.Value.IsNull() || !keeps.Value.Bool() {
			return nil, err
		}
	}
	if !b.selectList(rowScope) {
		return nil, b.reported()
	}
	var row []*plan.Literal
	for _, c := range b.cols {
		v, err := b.evaluate(b.stmt.Select[0].Expr, c.Expr)
		if err != nil {
			return nil, err
		}
		row = append(row, v)
	}
	return row, nil
}

// values evaluates the rows of VALUES.
func (b *binder) values(lists [][]ast.Expr) ([][]*plan.Literal, *ast.Error) {
	b.rel = &relation{name: "VALUES"}
	var rows [][]*plan.Literal
	for _, list := range lists {
		var row []*plan.Literal
		for _, e := range list {
			x, err := b.value(rowScope, e)
			if err != nil {
				return nil, err
			}
			v, err := b.evaluate(e, x)
			if err != nil {
				return nil, err
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// evaluate returns the value of an expression over constants, which stands at e.
func (b *binder) evaluate(e ast.Expr, x plan.Expr) (*plan.Literal, *ast.Error) {
	if lit, ok := literal(x); ok {
		return lit, nil
	}
	v, err := evaluate(x)
	switch {
	case errors.Is(err, errNotConstant):
		return nil, b.fail(e.Pos(), "%s is not constant", short(e))
	case err != nil:
		return nil, b.fail(e.Pos(), "%v", err).WithCode(ast.CodeValue)
	}
	return &plan.Literal{Value: v}, nil
}

var errNotConstant = errors.New("not constant")

// evaluate returns the value of what reads no column. The error is [errNotConstant] for
// what reads one, else that of the value.
func evaluate(x plan.Expr) (record.Value, error) {
	switch x := x.(type) {
	case *plan.Literal:
		return x.Value, nil
	case *plan.Call:
		return valueOf(x, evaluate)
	default:
		return record.Value{}, errNotConstant
	}
}

// valueOf evaluates a call, the arguments of which it is told.
func valueOf(c *plan.Call, of func(plan.Expr) (record.Value, error)) (record.Value, error) {
	f, ok := function.LookupScalar(c.Func)
	if !ok {
		return record.Value{}, errNotConstant
	}
	if f.Lazy != nil {
		v, err := f.Lazy(len(c.Args), func(i int) (record.Value, error) { return of(c.Args[i]) })
		if err == nil && v.IsNull() {
			v = record.NullOf(c.Typ)
		}
		return v, err
	}
	args := make([]record.Value, len(c.Args))
	for i, a := range c.Args {
		var err error
		if args[i], err = of(a); err != nil {
			return record.Value{}, err
		}
	}
	return f.Fold(args)
}
