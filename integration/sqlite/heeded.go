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
	case s.Distinct && (len(s.GroupBy) > 0 || f.Window != nil):
		return "DISTINCT over groups"
	case f.Values != nil:
		return "FROM VALUES"
	case f.Sample != nil:
		return "TABLESAMPLE"
	}
	es := append([]ast.Expr{s.Where, s.Having}, s.GroupBy...)
	for _, o := range s.OrderBy {
		es = append(es, o.Expr)
	}
	for _, item := range s.Select {
		es = append(es, item.Expr)
	}
	for _, u := range f.Unnest {
		es = append(es, u.Array)
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
		if len(e.OrderBy) > 0 {
			return "ORDER BY in an aggregate"
		}
	}
	return ""
}
