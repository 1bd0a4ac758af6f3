package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// Binding strengths of the operators between values, weakest first.
const (
	bindNothing = iota
	bindOther   // || -> ->> ~
	bindSum
	bindProduct
)

// value = signed {operator signed}, operators of one strength from left to right.
func (p *parser) value() (ast.Expr, *ast.Error) { return p.operators(bindOther) }

// operators reads operators that bind at least so strongly, and their operands.
func (p *parser) operators(least int) (ast.Expr, *ast.Error) {
	l, err := p.signed()
	for err == nil && p.tok.kind == symbol {
		op := p.tok
		binds := operatorStrength(op.text)
		if binds < least {
			err = p.noOperator()
			break
		}
		p.advance()
		var r ast.Expr
		if r, err = p.operators(binds + 1); err == nil {
			l = operation(op, l, r)
		}
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

func operatorStrength(symbol string) int {
	switch symbol {
	case "+", "-":
		return bindSum
	case "*", "/", "%":
		return bindProduct
	case "||", "->", "->>", "~", "!~", "~*", "!~*":
		return bindOther
	default:
		return bindNothing
	}
}

func operation(op token, l, r ast.Expr) ast.Expr {
	switch op.text {
	case "~", "!~", "~*", "!~*":
		return &ast.Match{X: l, Pattern: r, Not: op.text[0] == '!', Fold: strings.HasSuffix(op.text, "*"), OpAt: op.at}
	default:
		return &ast.Binary{Op: ast.BinaryOp(op.text), L: l, R: r, OpAt: op.at}
	}
}

// noOperator refuses operators that the dialect does not have.
func (p *parser) noOperator() *ast.Error {
	switch p.tok.text {
	case "^", "**":
		return p.refuse(p.tok.at, "the operator %s is not supported", p.tok.text).WithHint("write power(a, b)")
	case "&", "|", "<<":
		return p.refuse(p.tok.at, "the operator %s is not supported", p.tok.text).WithHint("there are no operators on bits; conditions are joined by AND and OR")
	case "?":
		return p.refuse(p.tok.at, "the operator ? is not supported").WithHint("doc -> 'a' IS NOT NULL tests for a field")
	default:
		return nil
	}
}

// signed = {-} operand | + number. The sign of a number belongs to it.
func (p *parser) signed() (ast.Expr, *ast.Error) {
	sign := p.tok
	if sign.kind != symbol || sign.text != "-" && sign.text != "+" {
		return p.operand()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.advance()
	if sign.text == "+" && p.tok.kind != number {
		return nil, hinted(p.expected("a number"), "a + before a value says nothing: leave it out")
	}
	x, err := p.signed()
	if err != nil {
		return nil, err
	}
	lit, ok := x.(*ast.NumberLit)
	switch {
	case ok && sign.text == "+":
		return &ast.NumberLit{Text: lit.Text, At: sign.at}, nil
	case ok && !strings.HasPrefix(lit.Text, "-"):
		return &ast.NumberLit{Text: "-" + lit.Text, At: sign.at}, nil
	case sign.text == "+":
		return x, nil
	default:
		return &ast.Neg{X: x, At: sign.at}, nil
	}
}
