package share

import (
	"slices"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Columns returns the names of the columns of the stream that the query reads, each once,
// sorted. Those that windows go by are not among them. Of a union the [Shape.Parts] have
// columns, each of its stream.
func (s *Shape) Columns() []string {
	var names []string
	var read func(e plan.Expr)
	read = func(e plan.Expr) {
		switch e := e.(type) {
		case *plan.Column:
			if _, _, unnested := plan.UnnestColumn(e.Name); !unnested {
				names = append(names, e.Name)
			}
		case *plan.Call:
			for _, a := range e.Args {
				read(a)
			}
		}
	}
	for _, array := range s.Unnest {
		read(array)
	}
	read(s.Selection.Pred)
	if s.Rows != nil {
		for _, c := range s.Rows.Cols {
			read(c.Expr)
		}
	} else {
		for _, k := range s.Table.Keys {
			read(k)
		}
		for i := range s.Table.Aggs {
			s.Table.Aggs[i].read(read)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// read calls fn with the expressions that the aggregate is computed from.
func (a *AggSpec) read(fn func(plan.Expr)) {
	a.Agg.Read(fn)
	fn(a.Agg.Filter)
	if a.Top == nil {
		return
	}
	for _, e := range a.Top.Cols {
		fn(e)
	}
	for _, k := range a.Top.Order {
		fn(k.Expr)
	}
}
