package parser

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// limits = LIMIT n | OFFSET n | FETCH …, each at most once, in any order.
func (p *parser) limits(s *ast.Statement) *ast.Error {
	for {
		limit := p.tok.is("limit") || p.tok.is("fetch")
		if !limit && !p.tok.is("offset") {
			return nil
		}
		if limit && s.Limit != nil || !limit && s.Offset != nil {
			return p.fail(p.tok.at, "%s is written twice", strings.ToUpper(p.tok.text))
		}
		var err *ast.Error
		switch {
		case p.tok.is("fetch"):
			err = p.fetch(s)
		case limit:
			err = p.limit(s)
		default:
			err = p.offset(s)
		}
		if err != nil {
			return err
		}
	}
}

func (p *parser) limit(s *ast.Statement) *ast.Error {
	at := p.tok.at
	p.advance()
	if p.tok.is("all") {
		return p.fail(p.tok.at, "LIMIT ALL is no limit").WithHint("leave it out")
	}
	n, ok := p.count(1)
	if !ok {
		return p.wrongLimit()
	}
	s.Limit = &ast.Limit{N: n, At: at}
	if p.tok.is("+") || p.tok.is("-") || p.tok.is("*") || p.tok.is("/") {
		return p.fail(p.tok.at, "LIMIT takes a number, not an expression").WithHint("write what it comes to")
	}
	if p.tok.is(",") && p.peek.kind == number {
		return p.fail(p.tok.at, "LIMIT takes one number").
			WithHint("write LIMIT %s OFFSET %d", p.peek.text, n)
	}
	return nil
}

// count reads a whole number that is at least the given one.
func (p *parser) count(least int64) (int64, bool) {
	n, err := strconv.ParseInt(p.tok.text, 10, 64)
	if p.tok.kind != number || err != nil || n < least {
		return 0, false
	}
	p.advance()
	return n, true
}

// offset = OFFSET n [ROW | ROWS].
func (p *parser) offset(s *ast.Statement) *ast.Error {
	at := p.tok.at
	p.advance()
	n, ok := p.count(0)
	if !ok {
		return hinted(p.notNumber("a whole number from 0 on"), "for example LIMIT 10 OFFSET 20")
	}
	if !p.take("rows") {
		p.take("row")
	}
	s.Offset = &ast.Offset{N: n, At: at}
	return nil
}

// fetch = FETCH {FIRST | NEXT} [n] {ROW | ROWS} ONLY.
func (p *parser) fetch(s *ast.Statement) *ast.Error {
	at := p.tok.at
	p.advance()
	if !p.take("first") && !p.take("next") {
		return hinted(p.expected("FIRST", "NEXT"), "write FETCH FIRST 10 ROWS ONLY, or LIMIT 10")
	}
	n := int64(1)
	if !p.tok.is("row") && !p.tok.is("rows") {
		var ok bool
		if n, ok = p.count(1); !ok {
			return hinted(p.notNumber("a whole number from 1 on"), "write FETCH FIRST 10 ROWS ONLY, or LIMIT 10")
		}
	}
	if p.tok.is("percent") {
		return p.refuse(p.tok.at, "FETCH FIRST … PERCENT is not supported").WithHint("TABLESAMPLE BERNOULLI (10) keeps a part of the rows")
	}
	if !p.take("rows") && !p.take("row") {
		return p.expected("ROWS", "ROW")
	}
	if p.tok.is("with") {
		return p.refuse(p.tok.at, "WITH TIES is not supported").WithHint("write ONLY")
	}
	s.Limit = &ast.Limit{N: n, At: at}
	return p.need("only")
}

// notNumber refuses what is no such number, a negative one as a whole.
func (p *parser) notNumber(what string) *ast.Error {
	err := p.expected(what)
	if p.tok.is("-") && p.peek.kind == number {
		err.Found = "-" + p.peek.String()
		err.Msg = fmt.Sprintf("expected %s, found %s", err.Expected, err.Found)
	}
	return err
}

// wrongLimit refuses what follows LIMIT.
func (p *parser) wrongLimit() *ast.Error {
	return hinted(p.notNumber("a whole number from 1 on"), "a result has at least one row: write LIMIT 10")
}
