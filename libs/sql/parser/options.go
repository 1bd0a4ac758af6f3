package parser

import (
	"github.com/millrace/millrace/libs/sql/ast"
)

// options = [WITH ( name = value {, name = value} )].
func (p *parser) options() ([]ast.Option, *ast.Error) {
	if !p.take("with") {
		return nil, nil
	}
	open := p.tok.at
	if !p.take("(") {
		return nil, hinted(p.expected("("), "options stand in parentheses: WITH (format = 'json')")
	}
	var list []ast.Option
	seen := map[string]bool{}
	for {
		o, err := p.option()
		if err != nil {
			return nil, err
		}
		if name := o.Name.String(); seen[name] {
			return nil, p.fail(o.Name.Pos(), "option %s is written twice", name)
		} else if seen[name] = true; len(seen) > MaxList {
			return nil, p.fail(o.Name.Pos(), "more than %d options", MaxList)
		}
		list = append(list, o)
		if p.take(")") {
			return list, nil
		}
		if !p.take(",") {
			return nil, p.unclosed(p.expected(",", ")"), open)
		}
	}
}

// option = name = { 'text' | [-] number | TRUE | FALSE | word }.
func (p *parser) option() (o ast.Option, err *ast.Error) {
	if p.tok.kind != word && p.tok.kind != quoted {
		err := p.trailingComma(p.expected("the name of an option"))
		if p.tok.kind == str {
			return o, hinted(err, "names of options stand without quotes: %s = 'value'", p.tok.value)
		}
		return o, err
	}
	if o.Name, err = p.optionName(); err != nil {
		return o, err
	}
	if !p.take("=") {
		return o, hinted(p.expected("="), "for example %s = 'value'", o.Name)
	}
	o.Value, err = p.optionValue()
	return o, err
}

// optionName reads a dotted name, whose words may be keywords.
func (p *parser) optionName() (*ast.Name, *ast.Error) {
	if p.tok.kind == word && ast.Reserved(p.tok.value) {
		return nil, p.expected("the name of an option")
	}
	return p.name()
}

func (p *parser) optionValue() (ast.Expr, *ast.Error) {
	t := p.tok
	switch {
	case t.kind == str:
		return p.text(), nil
	case t.is("true"), t.is("false"):
		p.advance()
		return &ast.BoolLit{Value: t.value == "true", At: t.at}, nil
	case t.kind == word && !ast.Reserved(t.value):
		p.advance()
		return &ast.StringLit{Value: t.text, At: t.at}, nil
	case t.kind == number, t.is("-") && p.peek.kind == number:
		e, err := p.signed()
		if lit, ok := e.(*ast.NumberLit); ok || err != nil {
			return lit, err
		}
		return nil, p.fail(t.at, "an option is a text, a number, TRUE or FALSE")
	}
	return nil, p.expected("a text between single quotes", "a number", "TRUE", "FALSE")
}
