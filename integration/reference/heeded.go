package reference

import (
	"github.com/millrace/millrace/libs/sql/ast"
)

// unheeded names a part of the statement that nothing here looks at, so that it would be
// passed over in silence; "": there is none. Expressions that are not known are refused where
// they are met.
func unheeded(s *ast.Statement) string {
	f := &s.From
	switch {
	case s.Offset != nil && s.Limit == nil:
		return "OFFSET without LIMIT"
	case f.Stream == nil && f.Query == nil:
		return "FROM VALUES"
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
	if star, ok := e.(*ast.Star); ok && star.Of != nil {
		return "the columns of one stream"
	}
	return ""
}
