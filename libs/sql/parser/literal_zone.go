package parser

import "github.com/millrace/millrace/libs/sql/ast"

// zoned refuses the literal of a type that has a time zone, or says that it has none.
func (p *parser) zoned(at ast.Pos) *ast.Error {
	return p.refuse(at, "there is one type of moments, TIMESTAMP, which is told in UTC").
		WithHint("write TIMESTAMP '2016-10-01 12:30:00+02'")
}
