package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// explain = [EXPLAIN [PLAN FOR] [SHARING] [(FORMAT TEXT | JSON)]]; nil: there is
// none. PLAN FOR is how others begin, and says nothing.
func (p *parser) explain() (*ast.Explain, *ast.Error) {
	at := p.tok.at
	if !p.take("explain") {
		return nil, nil
	}
	e := &ast.Explain{At: at}
	if p.take("plan") {
		if err := p.need("for"); err != nil {
			return nil, err
		}
	}
	e.Sharing = p.take("sharing")
	if err := p.explainOptions(e); err != nil {
		return nil, err
	}
	if p.tok.is("select") || p.tok.is("with") || p.tok.is("(") {
		return e, nil
	}
	return nil, p.notExplained(e)
}

// explainOptions = [( FORMAT form )].
func (p *parser) explainOptions(e *ast.Explain) *ast.Error {
	open := p.tok.at
	if !p.tok.is("(") || p.peek.is("select") {
		return nil
	}
	p.advance()
	if !p.take("format") {
		return hinted(p.expected("FORMAT"), "write EXPLAIN SHARING (FORMAT JSON) SELECT …")
	}
	switch {
	case p.take("json"):
		e.Format = "JSON"
	case p.take("text"):
		e.Format = "TEXT"
	default:
		return p.expected("JSON", "TEXT")
	}
	return p.closes(open)
}

// notExplained refuses what follows EXPLAIN and cannot be explained.
func (p *parser) notExplained(e *ast.Explain) *ast.Error {
	what := strings.ToUpper(p.tok.text)
	switch p.tok.value {
	case "analyze", "analyse", "verbose", "estimated_cost", "changelog_mode", "json_execution_plan", "plan_advice":
		if p.tok.kind == word {
			return p.refuse(p.tok.at, "EXPLAIN %s is not supported", what).
				WithHint("EXPLAIN SHARING tells what a query shares and costs, as it is measured while queries run")
		}
	}
	expected := []string{"SELECT"}
	if !e.Sharing && e.Format == "" {
		expected = []string{"SHARING", "SELECT"}
	}
	err := p.expected(expected...)
	if p.tok.kind == word && p.peek.kind == end || p.tok.kind == str || p.tok.kind == quoted {
		return hinted(err, "a registered query is explained by its id: millrace query explain %s", clip(p.tok.text))
	}
	return err
}
