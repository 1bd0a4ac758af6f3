package parser

import (
	"github.com/millrace/millrace/libs/sql/ast"
)

// keywordArguments reads the arguments of functions that standard SQL spells with
// keywords between them. Where it returns false, what it read are the first of a list.
func (p *parser) keywordArguments(c *ast.Call, open ast.Pos) (done bool, err *ast.Error) {
	switch c.Func {
	case "extract":
		return p.extract(c, open)
	case "position":
		return p.position(c, open)
	case "substring":
		return p.substring(c, open)
	case "trim":
		return p.trim(c, open)
	case "overlay":
		return false, p.refuse(c.At, "overlay is not supported").WithHint("join parts with ||, or use replace or regexp_replace")
	default:
		return false, nil
	}
}

// extract = field FROM expr.
func (p *parser) extract(c *ast.Call, open ast.Pos) (bool, *ast.Error) {
	if p.tok.kind != word && p.tok.kind != str || !p.peek.is("from") {
		return false, nil
	}
	field := &ast.StringLit{Value: p.tok.value, At: p.tok.at}
	p.advance()
	p.advance()
	x, err := p.expr()
	if err != nil {
		return false, err
	}
	c.Args = []ast.Expr{field, x}
	return true, p.argumentsEnd(open)
}

// position = value IN value.
func (p *parser) position(c *ast.Call, open ast.Pos) (bool, *ast.Error) {
	part, err := p.value()
	if err != nil {
		return false, err
	}
	c.Args = []ast.Expr{part}
	if !p.take("in") {
		if !p.tok.is(",") && !p.tok.is(")") {
			return false, p.unclosed(p.expected("IN", ",", ")"), open)
		}
		return false, nil
	}
	text, err := p.value()
	c.Args = append(c.Args, text)
	if err != nil {
		return false, err
	}
	return true, p.argumentsEnd(open)
}

// substring = expr [FROM value] [FOR value], with either first.
func (p *parser) substring(c *ast.Call, open ast.Pos) (bool, *ast.Error) {
	x, err := p.expr()
	if err != nil {
		return false, err
	}
	c.Args = []ast.Expr{x}
	if p.tok.is("similar") {
		return false, p.refuse(p.tok.at, "substring(… SIMILAR …) is not supported").WithHint("write regexp_extract(x, 'pattern')")
	}
	if !p.tok.is("from") && !p.tok.is("for") {
		return false, nil
	}
	var from, length ast.Expr
	for {
		at := p.tok.at
		switch {
		case from == nil && p.take("from"):
			from, err = p.value()
		case length == nil && p.take("for"):
			if length, err = p.value(); from == nil {
				from = &ast.NumberLit{Text: "1", At: at}
				if err == nil && p.take("from") {
					from, err = p.value()
				}
			}
		default:
			c.Args = append(c.Args, from)
			if length != nil {
				c.Args = append(c.Args, length)
			}
			return true, p.argumentsEnd(open)
		}
		if err != nil {
			return false, err
		}
	}
}

// trim = [LEADING | TRAILING | BOTH] [expr] [FROM value].
func (p *parser) trim(c *ast.Call, open ast.Pos) (bool, *ast.Error) {
	name := ""
	switch p.tok.value {
	case "leading":
		name = "ltrim"
	case "trailing":
		name = "rtrim"
	case "both":
		name = "trim"
	}
	if p.tok.kind != word || p.peek.kind == symbol && !p.peek.is("(") {
		name = ""
	}
	if name != "" {
		p.advance()
		c.Func = name
	}
	var what ast.Expr
	var err *ast.Error
	if !p.tok.is("from") {
		read := p.expr
		if name != "" {
			read = p.value
		}
		if what, err = read(); err != nil {
			return false, err
		}
	}
	if !p.take("from") {
		c.Args = []ast.Expr{what}
		if name == "" {
			return false, nil
		}
		return true, p.argumentsEnd(open)
	}
	x, err := p.value()
	if err != nil {
		return false, err
	}
	c.Args = []ast.Expr{x}
	if what != nil {
		c.Args = append(c.Args, what)
	}
	return true, p.argumentsEnd(open)
}

// argumentsEnd wants the parenthesis that closes the one at open, and leaves it.
func (p *parser) argumentsEnd(open ast.Pos) *ast.Error {
	if p.tok.is(")") {
		return nil
	}
	return p.unclosed(p.expected(")"), open)
}
