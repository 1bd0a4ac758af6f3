package parser

import "github.com/millrace/millrace/libs/sql/ast"

// joins refuses a join, of a stream or of UNNEST, which here can only be a CROSS JOIN.
func (p *parser) joins() *ast.Error {
	kind := p.tok.value
	next := *p
	for next.tok.kind == word && !next.tok.is("join") && !next.tok.is("unnest") {
		next.advance()
	}
	next.take("join")
	next.take("lateral")
	if !next.tok.is("unnest") || !next.peek.is("(") {
		return p.refuse(p.tok.at, "joins are not supported yet").WithHint("a query reads one stream")
	}
	switch kind {
	case "left", "full":
		return p.refuse(p.tok.at, "UNNEST goes with CROSS JOIN only, which leaves out rows whose array is empty or NULL").
			WithHint("to keep them, give those an element: CROSS JOIN UNNEST(CASE WHEN cardinality(hashtags) > 0 THEN hashtags ELSE ARRAY[NULL] END) AS h(tag)")
	default:
		return p.refuse(p.tok.at, "UNNEST goes with CROSS JOIN only").
			WithHint("write CROSS JOIN UNNEST(hashtags) AS h(tag), and what stands after ON into WHERE")
	}
}
