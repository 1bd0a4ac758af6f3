package sqlite

import (
	"github.com/millrace/millrace/libs/sql/ast"
)

// unheeded names a part of the statement that nothing here looks at, so that it would be
// passed over in silence; "": there is none. Expressions that are not known are refused where
// they are met.
func unheeded(s *ast.Statement) string {
	f := &s.From
	switch {
	case len(s.With) > 0:
		return "WITH"
	case s.Distinct && (len(s.GroupBy) > 0 || f.Window != nil):
		return "DISTINCT over groups"
	case len(s.UnionAll) > 0:
		return "UNION ALL"
	case f.Stream == nil:
		return "FROM what is no stream"
	case len(f.Columns) > 0:
		return "names for columns"
	case f.Sample != nil:
		return "TABLESAMPLE"
	case len(f.Unnest) > 0:
		return "UNNEST"
	}
	es := append([]ast.Expr{s.Where, s.Having}, s.GroupBy...)
	for _, o := range s.OrderBy {
		es = append(es, o.Expr)
	}
	for _, item := range s.Select {
		es = append(es, item.Expr)
	}
	found := ""
	for _, e := range es {
		ast.Walk(e, func(x ast.Expr) bool {
			if what := unheededPart(x); what != "" {
				found = what
			}
			return true
		})
	}
	return found
}

// unheededPart does so for an expression by itself.
func unheededPart(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Star:
		if e.Of != nil {
			return "the columns of one stream"
		}
	case *ast.AnyCompare:
		if e.All || e.Operator() != ast.Eq {
			return "ANY and ALL but for = ANY"
		}
	case *ast.Call:
		switch {
		case e.Distinct:
			return "DISTINCT in an aggregate"
		case len(e.OrderBy) > 0:
			return "ORDER BY in an aggregate"
		}
	}
	return ""
}
