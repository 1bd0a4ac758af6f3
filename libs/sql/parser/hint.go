package parser

import (
	"fmt"

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
	case "from", "where", "group", "having", "order", "limit", "emit":
		return p.tok.kind == word
	default:
		return p.tok.kind == end || p.tok.is(";")
	}
}

// unclosed adds to the error of a missing ) where its ( stands.
func (p *parser) unclosed(err *ast.Error, open ast.Pos) *ast.Error {
	if !p.ends() {
		return err
	}
	line, col := ast.Locate(p.src, open)
	return hinted(err, `the "(" at %d:%d is not closed`, line, col)
}

// closes reads the ) of the ( at open; before it other tokens may have stood.
func (p *parser) closes(open ast.Pos, others ...string) *ast.Error {
	if p.take(")") {
		return nil
	}
	return p.unclosed(p.expected(append(others, ")")...), open)
}

// unopened adds to the error of a ) outside of all parentheses that it is one.
func (p *parser) unopened(err *ast.Error) *ast.Error {
	if !p.tok.is(")") {
		return err
	}
	return hinted(err, `no "(" is open here: leave the ")" out`)
}

// trailingComma adds to the error of a list that ends after a comma that it
// does.
func (p *parser) trailingComma(err *ast.Error) *ast.Error {
	if !p.prev.is(",") || !p.ends() && !p.tok.is(")") {
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

// notNull refuses what follows IS or IS NOT; op is the comparison that may have
// been meant.
func (p *parser) notNull(x ast.Expr, op string, what ...string) *ast.Error {
	err := p.expected(what...)
	if p.tok.kind != str && p.tok.kind != number {
		return hinted(err, "IS tests for NULL only: write %s to compare", op)
	}
	return hinted(err, "IS tests for NULL only: write %s %s %s", clip(x.String()), op, clip(p.tok.text))
}

// wrongLimit refuses what follows LIMIT.
func (p *parser) wrongLimit(s *ast.Statement) *ast.Error {
	err := p.expected("a whole number from 1 on")
	if p.tok.is("-") && p.peek.kind == number {
		err.Found = "-" + p.peek.String()
		err.Msg = fmt.Sprintf("expected %s, found %s", err.Expected, err.Found)
	}
	if len(s.OrderBy) == 0 {
		return hinted(err, "write ORDER BY column LIMIT 10")
	}
	return hinted(err, "a list has at least one row: write LIMIT 10")
}
