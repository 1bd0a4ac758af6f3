package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// operand = literal | name | call | ( expr ).
func (p *parser) operand() (ast.Expr, *ast.Error) {
	e, err := p.bareOperand()
	if err != nil {
		return nil, err
	}
	return e, p.afterOperand()
}

func (p *parser) bareOperand() (ast.Expr, *ast.Error) {
	t := p.tok
	switch t.kind {
	case number:
		p.advance()
		return &ast.NumberLit{Text: t.text, At: t.at}, nil
	case str:
		p.advance()
		return &ast.StringLit{Value: t.value, At: t.at}, nil
	case quoted:
		return p.nameOperand()
	case word:
		return p.wordOperand()
	case symbol:
		switch t.text {
		case "(":
			return p.paren()
		case "-", "+":
			return p.signed()
		}
	case end, bad:
	}
	return nil, p.expectedOperand()
}

func (p *parser) expectedOperand() *ast.Error {
	err := p.expected("a column", "a literal", "(")
	if p.tok.is("*") && err.Hint == "" {
		err.Hint = "* stands alone in SELECT * or in count(*)"
	}
	return p.trailingComma(err)
}

func (p *parser) paren() (ast.Expr, *ast.Error) {
	at := p.tok.at
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.advance()
	if p.tok.is("select") {
		return nil, p.fail(p.tok.at, "subqueries are not supported yet").WithHint("a query is one SELECT over a stream")
	}
	x, err := p.expr()
	if err != nil {
		return nil, err
	}
	if p.tok.is(",") {
		return nil, p.fail(p.tok.at, "row values are not supported yet").WithHint("compare the columns one by one, joined with AND")
	}
	if err := p.closes(at, "AND", "OR"); err != nil {
		return nil, err
	}
	return &ast.Paren{X: x, At: at}, nil
}

// signed = - number | + number. The sign belongs to the literal.
func (p *parser) signed() (ast.Expr, *ast.Error) {
	sign := p.tok
	if p.peek.kind != number {
		p.advance()
		err := p.expected("a number")
		if p.tok.kind == word && err.Hint == "" {
			err.Hint = "arithmetic is not supported yet"
		}
		return nil, err
	}
	p.advance()
	text := p.tok.text
	if sign.text == "-" {
		text = "-" + text
	}
	p.advance()
	return &ast.NumberLit{Text: text, At: sign.at}, nil
}

func (p *parser) wordOperand() (ast.Expr, *ast.Error) {
	t := p.tok
	switch t.value {
	case "null":
		p.advance()
		return &ast.NullLit{At: t.at}, nil
	case "true", "false":
		p.advance()
		return &ast.BoolLit{Value: t.value == "true", At: t.at}, nil
	case "timestamp", "date":
		if p.peek.kind == str {
			p.advance()
			text := p.tok.value
			p.advance()
			return &ast.TimeLit{Date: t.value == "date", Text: text, At: t.at}, nil
		}
	case "interval":
		if p.peek.kind == str || p.peek.kind == number {
			return nil, p.fail(t.at, "an interval here is not supported yet").WithHint("INTERVAL is the size of a window, in FROM")
		}
	case "any", "some":
		if p.peek.is("(") {
			return nil, p.fail(t.at, "%s stands right of =", strings.ToUpper(t.text)).
				WithHint("write 'go' = ANY(hashtags)")
		}
	case "contains", "icontains", "like", "ilike", "between", "in":
		if p.peek.is("(") {
			err := p.expectedOperand()
			return nil, err.WithHint("%s stands between its operands: text CONTAINS 'go'", strings.ToUpper(t.text))
		}
	case "exists", "cast", "unnest":
		if p.peek.is("(") {
			return nil, p.fail(t.at, "%s is not supported yet", strings.ToUpper(t.text))
		}
	}
	if ast.Reserved(t.value) {
		return nil, p.expectedOperand()
	}
	return p.nameOperand()
}

// nameOperand = name | function ( … ).
func (p *parser) nameOperand() (ast.Expr, *ast.Error) {
	if p.peek.is("(") {
		return p.call()
	}
	n, err := p.name()
	if err != nil {
		return nil, err
	}
	return n, nil
}

// name = part {. part}. After a dot every word will do.
func (p *parser) name() (*ast.Name, *ast.Error) {
	n := &ast.Name{Parts: []ast.Ident{*p.ident()}}
	for p.tok.is(".") {
		if p.peek.is("*") {
			return nil, p.fail(n.Pos(), "%s.* is not supported yet", n).WithHint("write * or list the columns")
		}
		p.advance()
		if p.tok.kind != word && p.tok.kind != quoted {
			return nil, p.expected("a name after the dot")
		}
		if len(n.Parts) == MaxDepth {
			return nil, p.fail(p.tok.at, "a name has more than %d parts", MaxDepth)
		}
		n.Parts = append(n.Parts, *p.ident())
	}
	return n, nil
}

// call = function ( * | [operand, …] ).
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
	if p.tok.is("distinct") {
		return nil, p.fail(p.tok.at, "%s(DISTINCT …) is not supported yet", c.Func)
	}
	if err := p.arguments(c, open); err != nil {
		return nil, err
	}
	c.End = p.tok.at
	p.advance()
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
	for {
		e, err := p.expr()
		if err != nil {
			return err
		}
		if c.Args = append(c.Args, e); len(c.Args) > MaxList {
			return p.fail(e.Pos(), "%s has more than %d arguments", c.Func, MaxList)
		}
		if p.tok.is(")") {
			return nil
		}
		if !p.take(",") {
			return p.unclosed(p.expected(",", ")"), open)
		}
	}
}
