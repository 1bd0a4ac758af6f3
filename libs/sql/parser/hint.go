package parser

import (
	"github.com/millrace/millrace/libs/sql/ast"
)

// hinted gives the error of an unexpected token a hint, unless it has one.
func hinted(err *ast.Error, format string, args ...any) *ast.Error {
	if err.Expected == "" || err.Hint != "" {
		return err
	}
	return err.WithHint(format, args...)
}

// ends reports whether the token that stands here can only come after what is
// being read: the next clause, or the end.
func (p *parser) ends() bool {
	switch p.tok.value {
	case "from", "where", "group", "having", "union", "order", "limit", "offset", "fetch", "emit":
		return p.tok.kind == word
	default:
		return p.tok.kind == end || p.tok.is(";")
	}
}

// unclosed adds to the error of a missing ) or ] where its ( or [ stands.
func (p *parser) unclosed(err *ast.Error, open ast.Pos) *ast.Error {
	if !p.ends() && !p.tok.is("select") && !p.tok.is("with") {
		return err
	}
	line, col := ast.Locate(p.src, open)
	return hinted(err, `the "%c" at %d:%d is not closed`, p.src[open], line, col)
}

// closes reads the ) of the ( at open; before it other tokens may have stood.
func (p *parser) closes(open ast.Pos, others ...string) *ast.Error {
	if p.take(")") {
		return nil
	}
	return p.unclosed(p.expected(append(others, ")")...), open)
}

// unopened adds to the error of a ) or ] outside of all parentheses and brackets that it
// is one.
func (p *parser) unopened(err *ast.Error) *ast.Error {
	switch {
	case p.depth > 0:
	case p.tok.is(")"):
		return hinted(err, `no "(" is open here: leave the ")" out`)
	case p.tok.is("]"):
		return hinted(err, `no "[" is open here: leave the "]" out`)
	}
	return err
}

// trailingComma adds to the error of a list that ends after a comma that it
// does.
func (p *parser) trailingComma(err *ast.Error) *ast.Error {
	if !p.prev.is(",") || !p.ends() && !p.tok.is(")") && !p.tok.is("]") && !p.tok.is("select") {
		return err
	}
	return hinted(err, "leave out the last comma")
}

// listEnd refuses what follows a member of an IN list.
func (p *parser) listEnd(open ast.Pos) *ast.Error {
	err := p.unclosed(p.expected(",", ")"), open)
	if p.tok.kind == str || p.tok.kind == number {
		return hinted(err, "commas stand between the values: IN ('en', 'de')")
	}
	return err
}

// noItem refuses FROM or the end where an output column is due.
func (p *parser) noItem() *ast.Error {
	err := p.trailingComma(p.expected("a column", "an aggregate", "*"))
	if p.tok.is("from") {
		return hinted(err, "SELECT * returns all columns")
	}
	return err
}

// notTested refuses what follows IS or IS NOT; op is the comparison that may have
// been meant.
func (p *parser) notTested(x ast.Expr, op string, what ...string) *ast.Error {
	err := p.expected(append(what, "TRUE", "FALSE", "UNKNOWN", "DISTINCT FROM")...)
	if p.tok.kind != str && p.tok.kind != number {
		return hinted(err, "IS compares with no value: write %s to compare", op)
	}
	return hinted(err, "IS compares with no value: write %s %s %s", clip(x.String()), op, clip(p.tok.text))
}
