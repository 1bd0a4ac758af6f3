package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// call = function ( * | [DISTINCT] [expr, …] [ORDER BY …] ) [FILTER ( WHERE expr )].
func (p *parser) call() (ast.Expr, *ast.Error) {
	c := &ast.Call{Func: p.tok.value, At: p.tok.at}
	if p.tok.kind == quoted {
		return nil, p.fail(p.tok.at, "the name of a function stands without quotes")
	}
	if err := p.windowCall(); err != nil {
		return nil, err
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.advance()
	open := p.tok.at
	p.advance()
	if err := p.arguments(c, open); err != nil {
		return nil, err
	}
	c.End = p.tok.at
	p.advance()
	if err := p.filter(c); err != nil {
		return nil, err
	}
	return c, p.afterCall(c)
}

// arguments reads up to the parenthesis that closes the one at open.
func (p *parser) arguments(c *ast.Call, open ast.Pos) *ast.Error {
	if p.tok.is("*") {
		c.Star = true
		p.advance()
		if !p.tok.is(")") {
			return p.unclosed(p.expected(")"), open)
		}
		return nil
	}
	if p.tok.is(")") {
		return nil
	}
	if p.tok.is("distinct") {
		c.Distinct, c.DistinctAt = true, p.tok.at
		p.advance()
	} else if done, err := p.keywordArguments(c, open); done || err != nil {
		return err
	}
	return p.moreArguments(c, open)
}

// moreArguments = expr {, expr} [ORDER BY …], where of c.Args the first may have been
// read already.
func (p *parser) moreArguments(c *ast.Call, open ast.Pos) *ast.Error {
	for {
		if len(c.Args) == 0 || p.prev.is(",") {
			e, err := p.argument(c)
			if err != nil {
				return err
			}
			if c.Args = append(c.Args, e); len(c.Args) > MaxList {
				return p.fail(e.Pos(), "%s has more than %d arguments", c.Func, MaxList)
			}
		}
		if p.tok.is(")") {
			return nil
		}
		if p.tok.is("order") {
			return p.argumentOrder(c, open)
		}
		if !p.take(",") {
			return p.argumentEnd(c, open)
		}
	}
}

func (p *parser) argument(c *ast.Call) (ast.Expr, *ast.Error) {
	if p.tok.is("select") {
		return nil, p.refuse(p.tok.at, "subqueries are not supported yet").WithHint("a query stands in FROM, in WITH, or after IN")
	}
	if p.tok.is("*") {
		return nil, hinted(p.expected("a column", "a literal", "("), "* is the only argument: %s(*)", c.Func)
	}
	return p.expr()
}

// argumentEnd refuses what follows an argument.
func (p *parser) argumentEnd(c *ast.Call, open ast.Pos) *ast.Error {
	err := p.unclosed(p.expected(",", ")"), open)
	switch {
	case c.Func == "extract":
		return hinted(err, "write extract(year FROM created_at)")
	case p.tok.is("to") && (c.Func == "floor" || c.Func == "ceil"):
		return hinted(err, "write date_trunc('hour', %s)", clip(c.Args[0].String()))
	case p.tok.is("returning"):
		return hinted(err, "cast it: CAST(%s(…) AS BIGINT)", c.Func)
	case (p.tok.is("default") || p.tok.is("null") || p.tok.is("error")) && strings.HasPrefix(c.Func, "json_"):
		return hinted(err, "what is not there is NULL: coalesce(%s(…), 'other')", c.Func)
	case p.tok.is("separator"):
		return hinted(err, "write %s(x, ', ')", c.Func)
	case p.tok.kind == str || p.tok.kind == number:
		return hinted(err, "commas stand between the arguments")
	}
	return err
}

// argumentOrder = ORDER BY item, … ).
func (p *parser) argumentOrder(c *ast.Call, open ast.Pos) (err *ast.Error) {
	if !p.peek.is("by") {
		return p.argumentEnd(c, open)
	}
	p.advance()
	p.advance()
	if c.OrderBy, err = p.orderItems(); err != nil {
		return err
	}
	if !p.tok.is(")") {
		return p.unclosed(p.expected(",", ")"), open)
	}
	return nil
}

// filter = [FILTER ( WHERE expr )].
func (p *parser) filter(c *ast.Call) (err *ast.Error) {
	if !p.tok.is("filter") || !p.peek.is("(") {
		return nil
	}
	c.FilterAt = p.tok.at
	p.advance()
	open := p.tok.at
	p.advance()
	if !p.take("where") {
		return hinted(p.expected("WHERE"), "write FILTER (WHERE lang = 'en')")
	}
	if c.Filter, err = p.expr(); err != nil {
		return err
	}
	return p.closes(open, "AND", "OR")
}

// currentTime = {CURRENT_TIMESTAMP | CURRENT_DATE} [( )].
func (p *parser) currentTime() (ast.Expr, *ast.Error) {
	c := &ast.Call{Func: p.tok.value, At: p.tok.at, End: p.tok.at}
	p.advance()
	if !p.tok.is("(") {
		return c, nil
	}
	if !p.peek.is(")") {
		return nil, p.fail(p.tok.at, "%s takes no argument", strings.ToUpper(c.Func)).WithHint("write it without parentheses")
	}
	p.advance()
	c.End = p.tok.at
	p.advance()
	return c, nil
}
