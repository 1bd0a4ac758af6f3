package bind

import (
	"strconv"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// newBinder returns a binder of a query. A union is bound as SELECT * over its branches.
func newBinder(src string, stmt *ast.Statement, cat *catalog.Catalog, with *named, whole *whole) *binder {
	b := &binder{src: src, stmt: stmt, catalog: cat, with: with, whole: whole, branches: 1}
	if len(stmt.UnionAll) == 0 {
		return b
	}
	first := *stmt
	first.With, first.UnionAll, first.OrderBy, first.Limit, first.Offset, first.Emit = nil, nil, nil, nil, nil, nil
	b.union = append([]*ast.Statement{&first}, stmt.UnionAll...)
	b.stmt = &ast.Statement{
		With: stmt.With, WithAt: stmt.WithAt, Select: []ast.SelectItem{{Expr: &ast.Star{At: stmt.At}}}, From: ast.From{At: stmt.From.At},
		OrderBy: stmt.OrderBy, Limit: stmt.Limit, Offset: stmt.Offset, Emit: stmt.Emit, At: stmt.At,
	}
	return b
}

// branch is one SELECT of a union.
type branch struct {
	stmt *ast.Statement
	in   plan.Node
	cols []plan.NamedExpr
	time plan.Expr

	identity []plan.Expr

	nodes    int // of all of it, written out
	branches int // it may be over a union
}

// unionAll returns the rows of all branches as a relation: its columns are placeholders,
// for which spread puts what each branch has there. They are called as the first branch
// calls them, and are of the type that those of all branches become.
func (b *binder) unionAll() (*relation, *ast.Error) {
	var all []branch
	var errs *ast.Error
	for i, stmt := range b.union {
		x, err := b.branch(stmt, i > 0)
		errs = together(errs, err)
		all = append(all, x)
	}
	if errs != nil {
		return nil, errs
	}
	for _, x := range all {
		if err := b.add(x.stmt.At, x.nodes); err != nil {
			return nil, err
		}
	}
	first := all[0]
	for _, x := range all[1:] {
		if n := len(x.cols); n != len(first.cols) {
			return nil, b.fail(x.stmt.At, "this SELECT has %s, and the first has %s", columnCount(n), columnCount(len(first.cols))).WithCode(ast.CodeSyntax).
				WithHint("every SELECT of a union has the same columns; NULL may stand for one that a stream does not have")
		}
	}
	r := &relation{}
	for i, c := range first.cols {
		t, err := b.commonType(all, i)
		if err != nil {
			return nil, err
		}
		x := &plan.Column{Name: placeholder(i), Typ: t}
		r.columns = append(r.columns, column{name: c.Name, expr: x})
		if r.time == nil && isTime(all, i) {
			r.time = x
		}
		var size extent
		for _, of := range all {
			at := of.expr(i)
			if at == nil {
				at = &ast.NullLit{At: of.at(i)}
			}
			if of.cols[i].Expr, err = b.convert(of.cols[i].Expr, at, t); err != nil {
				return nil, err
			}
			of.cols[i].Name = c.Name
			own := b.whole.extent(of.cols[i].Expr, of.branches)
			size.nodes, size.depth = b.whole.sum(size.nodes, own.nodes), max(size.depth, own.depth)
		}
		b.whole.columns[x] = size
	}
	b.identify(r, all)
	u := &plan.Union{}
	for _, x := range all {
		u.Branches = append(u.Branches, &plan.Project{In: x.in, Cols: x.cols})
	}
	if n := len(branchesOf(u)); n > plan.MaxBranches {
		return nil, b.fail(b.stmt.At, "a union of %d SELECTs; %d are the most", n, plan.MaxBranches).WithCode(ast.CodeLimit)
	}
	r.in = u
	b.stmt.Select = nil // by name, so that ORDER BY may count them
	for _, c := range r.columns {
		name := &ast.Name{Parts: []ast.Ident{{Name: c.name, Quoted: true, At: b.stmt.At}}}
		b.stmt.Select = append(b.stmt.Select, ast.SelectItem{Expr: name})
	}
	return r, nil
}

// branch binds one SELECT.
func (b *binder) branch(stmt *ast.Statement, unnamed bool) (branch, *ast.Error) {
	inner := newBinder(b.src, stmt, b.catalog, b.with, b.whole)
	inner.unnamed = unnamed
	in, err := inner.body()
	inner.report(err)
	if err := inner.reported(); err != nil {
		return branch{}, err
	}
	switch {
	case inner.group != nil || inner.rel.groups:
		return branch{}, b.refuse(stmt.At, "UNION ALL of groups is not supported").
			WithHint("aggregate above the union: SELECT …, count(*) FROM (SELECT … UNION ALL SELECT …) GROUP BY …")
	case inner.rel.limit != nil:
		return branch{}, b.refuse(inner.rel.limit.At, "LIMIT within a union is not supported").
			WithHint("ORDER BY and LIMIT may follow the last SELECT, for all of them; what has its own is a query by itself")
	}
	return branch{stmt, in, inner.cols, inner.rel.time, inner.rel.identity, inner.nodes, inner.branches}, nil
}

// at returns where a column of the branch is written.
func (x *branch) at(i int) ast.Pos {
	if len(x.stmt.Select) != len(x.cols) { // there is a *
		return x.stmt.At
	}
	return x.stmt.Select[i].Pos()
}

// expr returns a column of the branch as it is written; nil: there is a *.
func (x *branch) expr(i int) ast.Expr {
	if len(x.stmt.Select) != len(x.cols) {
		return nil
	}
	return x.stmt.Select[i].Expr
}

// commonType returns the type that a column has in all branches. A text in quotes becomes
// what the others are.
func (b *binder) commonType(all []branch, i int) (record.Type, *ast.Error) {
	var t, texts record.Type
	for _, x := range all {
		own := x.cols[i].Expr.Type()
		if isText(x.cols[i].Expr) {
			texts = own
			continue
		}
		together, ok := function.Common(t, own)
		if !ok {
			return t, b.notUnited(all, x, i, own, t)
		}
		t = together
	}
	switch {
	case t.Kind == record.Unknown: // texts, or NULL in all of them
		return record.VarcharType, nil
	case texts.Kind == record.Unknown, t.Kind == record.Varchar, t.Kind == record.Timestamp, t.Kind == record.Date, t.Interval(), t.Kind == record.Boolean:
		return t, nil
	}
	for _, x := range all {
		if isText(x.cols[i].Expr) {
			return t, b.notUnited(all, x, i, texts, t)
		}
	}
	return t, nil
}

// notUnited refuses a column of a branch that is of another type than in the others.
func (b *binder) notUnited(all []branch, x branch, i int, own, t record.Type) *ast.Error {
	err := b.fail(x.at(i), "column %d, %s, is %s here and %s in another SELECT", i+1, all[0].cols[i].Name, own, t)
	written := "…"
	if e := x.expr(i); e != nil {
		written = short(e)
	}
	switch _, wrong := function.Cast(own, t, false); {
	case t.Numeric() && isText(x.cols[i].Expr):
		return err.WithHint("write a number without quotes")
	case wrong == nil && own.Kind == record.Varchar:
		return err.WithHint("write CAST(%s AS %s); TRY_CAST is NULL where the text is none", written, t)
	case wrong == nil:
		return err.WithHint("write CAST(%s AS %s)", written, t)
	default:
		return err.WithHint("cast both to one type, as CAST(%s AS VARCHAR)", written)
	}
}

// isTime reports whether a column is the event time in all branches.
func isTime(all []branch, i int) bool {
	for _, x := range all {
		if x.time == nil || !plan.EqualExpr(x.cols[i].Expr, x.time) {
			return false
		}
	}
	return true
}

// placeholder names a column of a union. No stream has one of that name.
func placeholder(i int) string { return "@" + strconv.Itoa(i+1) }

func columnCount(n int) string {
	if n == 1 {
		return "1 column"
	}
	return strconv.Itoa(n) + " columns"
}
