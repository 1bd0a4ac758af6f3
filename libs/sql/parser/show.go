package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// show = SHOW {STREAMS | QUERIES | FUNCTIONS | VIEWS}.
func (p *parser) show() (ast.Command, *ast.Error) {
	s := &ast.Show{At: p.tok.at}
	p.advance()
	all := [...]ast.ShowWhat{ast.ShowStreams, ast.ShowQueries, ast.ShowFunctions, ast.ShowViews}
	what := make([]string, 0, len(all))
	for _, w := range all {
		if p.take(strings.ToLower(string(w))) {
			s.What = w
			return s, p.noFilter(s)
		}
		what = append(what, string(w))
	}
	switch {
	case p.tok.is("tables"):
		return nil, p.refuse(p.tok.at, "SHOW TABLES is not supported").WithHint("write SHOW STREAMS or SHOW VIEWS")
	case p.tok.is("materialized") || p.tok.is("jobs"):
		return nil, p.refuse(p.tok.at, "SHOW %s is not supported", strings.ToUpper(p.tok.text)).WithHint("write SHOW QUERIES")
	case p.tok.is("create") || p.tok.is("columns"):
		return nil, p.refuse(p.tok.at, "SHOW %s is not supported", strings.ToUpper(p.tok.text)).WithHint("write DESCRIBE name")
	}
	return nil, p.expected(what...)
}

// noFilter refuses what chooses among what is listed.
func (p *parser) noFilter(s *ast.Show) *ast.Error {
	if p.tok.is("like") || p.tok.is("ilike") || p.tok.is("where") || p.tok.is("from") || p.tok.is("in") {
		return p.refuse(p.tok.at, "%s %s is not supported", s.Verb(), strings.ToUpper(p.tok.text)).WithHint("%s lists all", s.Verb())
	}
	return nil
}

// describe = {DESCRIBE | DESC} name.
func (p *parser) describe() (ast.Command, *ast.Error) {
	d := &ast.Describe{At: p.tok.at}
	p.advance()
	for _, kind := range []string{"stream", "view", "query", "materialized", "extended", "table", "function"} {
		if p.tok.is(kind) && (p.peek.kind == word || p.peek.kind == quoted) {
			return nil, p.fail(p.tok.at, "DESCRIBE takes a name alone").WithHint("leave %s out", strings.ToUpper(kind))
		}
	}
	if p.tok.is("select") || p.tok.is("with") {
		return nil, p.fail(p.tok.at, "DESCRIBE takes a name").WithHint("write EXPLAIN SELECT …")
	}
	var err *ast.Error
	d.Name, err = p.newName("the name of a stream, a view or a query")
	return d, err
}
