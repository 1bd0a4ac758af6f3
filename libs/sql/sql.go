// Package sql compiles the text of a query into its canonical plan: parse, bind
// and optimize in one step. What the steps are, and what they refuse, is told in
// their packages.
//
//	cat, err := catalog.Default()
//	out, err := sql.Compile("SELECT count(*) FROM tweets WHERE lang = 'en'", cat)
package sql

import (
	"fmt"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/bind"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/optimize"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Compile returns the canonical plan of the query src, which is no EXPLAIN. What is wrong with the
// query is told by an [*ast.Error]; any other error is a defect of Millrace.
func Compile(src string, cat *catalog.Catalog) (*plan.Output, error) {
	stmt, err := parser.Parse(src)
	if err != nil {
		return nil, err
	}
	return CompileStatement(stmt, cat, src)
}

// CompileStanding returns the canonical plan of a text that makes a standing query: a
// SELECT, or the one of a CREATE MATERIALIZED VIEW.
func CompileStanding(src string, cat *catalog.Catalog) (*plan.Output, error) {
	stmt, cmd, err := parser.ParseAny(src)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		view, ok := cmd.(*ast.CreateMaterializedView)
		if !ok {
			return nil, ast.NewError(src, cmd.Pos(), cmd.Verb()+" is no standing query").WithCode(ast.CodeUnsupported).
				WithHint("ask with `millrace sql -c`, or over HTTP with POST /v1/sql")
		}
		stmt = view.Query
	}
	return CompileStatement(stmt, cat, src)
}

// CompileStatement is [Compile] for a statement that has been parsed from src,
// or made by hand: then src is its text, and positions mean little.
func CompileStatement(stmt *ast.Statement, cat *catalog.Catalog, src string) (*plan.Output, error) {
	if stmt.Explain != nil {
		return nil, ast.NewError(src, stmt.Explain.At, "EXPLAIN is no standing query").
			WithHint("ask with `millrace query explain --sql`, or over HTTP with POST /v1/explain")
	}
	return CompileExplained(stmt, cat, src)
}

// CompileExplained is [CompileStatement] for a statement that is to be explained: with
// or without EXPLAIN its plan is that of the SELECT.
func CompileExplained(stmt *ast.Statement, cat *catalog.Catalog, src string) (*plan.Output, error) {
	bound, err := bind.Bind(stmt, cat, src)
	if err != nil {
		return nil, err
	}
	out, _ := optimize.Optimize(bound)
	if err := plan.Check(out); err != nil {
		return nil, fmt.Errorf("compile %q: %w", src, err)
	}
	if err := checkPatterns(out, src, stmt.Pos()); err != nil {
		return nil, err
	}
	return out, nil
}
