package ddl

import (
	"slices"

	"github.com/millrace/millrace/libs/sql/ast"
)

// Reads returns the names of the streams and views that a query reads by itself, each
// once and sorted: not those that a view reads in turn, and not the queries of its own
// WITH.
func Reads(q *ast.Statement) []string {
	r := &reader{}
	r.statement(q, nil)
	slices.Sort(r.names)
	return slices.Compact(r.names)
}

type reader struct{ names []string }

// statement adds what a query reads; hidden are the names that a WITH around it gives.
func (r *reader) statement(q *ast.Statement, hidden []string) {
	for i := range q.With {
		r.statement(q.With[i].Query, hidden)
		hidden = append(slices.Clip(hidden), q.With[i].Name.Name)
	}
	r.branch(q, hidden)
	for _, more := range q.UnionAll {
		r.branch(more, hidden)
	}
}

func (r *reader) branch(q *ast.Statement, hidden []string) {
	switch f := &q.From; {
	case f.Query != nil:
		r.statement(f.Query, hidden)
	case f.Stream != nil && !slices.Contains(hidden, f.Stream.Name):
		r.names = append(r.names, f.Stream.Name)
	}
	visit := func(e ast.Expr) {
		ast.Walk(e, func(e ast.Expr) bool {
			if in, ok := e.(*ast.InQuery); ok {
				r.statement(in.Query, hidden)
			}
			return true
		})
	}
	for i := range q.Select {
		visit(q.Select[i].Expr)
	}
	visit(q.Where)
	for _, e := range q.GroupBy {
		visit(e)
	}
	visit(q.Having)
	for i := range q.OrderBy {
		visit(q.OrderBy[i].Expr)
	}
}
