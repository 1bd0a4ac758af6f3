package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// operand = bare {[ index ] | :: type}.
func (p *parser) operand() (ast.Expr, *ast.Error) {
	e, err := p.bareOperand()
	for err == nil && p.tok.kind == symbol {
		switch p.tok.text {
		case "[":
			e, err = p.subscript(e)
		case "::":
			e, err = p.colons(e)
		default:
			return e, nil
		}
	}
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
		if t.text == "(" {
			return p.paren()
		}
	case end, bad:
	}
	return nil, p.expectedOperand()
}

func (p *parser) expectedOperand() *ast.Error {
	err := p.expected("a column", "a literal", "(")
	if err.Hint == "" && p.tok.kind == symbol {
		switch p.tok.text {
		case "~":
			if p.prev.is("~") {
				err.Hint = "write LIKE"
			}
		case "*":
			err.Hint = "* stands alone in SELECT * or in count(*)"
		case "[":
			err.Hint = "an array is written ARRAY['a', 'b']"
		case "{":
			err.Hint = `JSON is written as text: CAST('{"a": 1}' AS JSON)`
		}
	}
	return p.trailingComma(err)
}

func (p *parser) paren() (ast.Expr, *ast.Error) {
	at := p.tok.at
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if p.queryBegins() {
		return nil, p.noSubquery("a query stands in FROM, in WITH, or after IN")
	}
	p.advance()
	x, err := p.expr()
	if err != nil {
		return nil, err
	}
	if p.tok.is(",") {
		return nil, p.rowValue()
	}
	if err := p.closes(at, "AND", "OR"); err != nil {
		return nil, err
	}
	return &ast.Paren{X: x, At: at}, nil
}

func (p *parser) rowValue() *ast.Error {
	return p.refuse(p.tok.at, "row values are not supported yet").WithHint("compare the columns one by one, joined with AND")
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
		if t.value == "timestamp" && (p.peek.is("with") || p.peek.is("without")) {
			return nil, p.zoned(p.peek.at)
		}
	case "timestamptz", "datetime":
		if p.peek.kind == str {
			return nil, p.zoned(t.at)
		}
	case "interval":
		if p.peek.kind == str || p.peek.kind == number {
			return p.interval()
		}
	case "case":
		return p.caseOf()
	case "current_timestamp", "current_date":
		return p.currentTime()
	case "when", "then", "else", "end":
		if p.cases > 0 {
			return nil, p.expectedOperand()
		}
	case "contains", "icontains", "like", "ilike", "between", "in":
		if p.peek.is("(") {
			err := p.expectedOperand()
			return nil, err.WithHint("%s stands between its operands: text CONTAINS 'go'", strings.ToUpper(t.text))
		}
	case "array":
		if p.peek.is("[") || p.peek.is("(") {
			return p.array()
		}
	default:
	}
	if p.peek.is("(") {
		if e, err := p.wordCall(); e != nil || err != nil {
			return e, err
		}
	}
	if ast.Reserved(t.value) {
		return nil, p.expectedOperand()
	}
	if err := p.prefixed(); err != nil {
		return nil, err
	}
	return p.nameOperand()
}

// wordCall reads or refuses what looks like a function and is none; nil: it is one, or
// no operand at all.
func (p *parser) wordCall() (ast.Expr, *ast.Error) {
	t := p.tok
	switch t.value {
	case "left", "right":
		return p.call()
	case "cast", "try_cast":
		return p.cast()
	case "any", "some", "all":
		return nil, p.fail(t.at, "%s stands right of =", strings.ToUpper(t.text)).
			WithHint("write 'go' = ANY(hashtags)")
	case "exists":
		return nil, p.refuse(t.at, "EXISTS is not supported yet").WithHint("test one column with IN (SELECT …)")
	case "unnest":
		return nil, p.fail(t.at, "UNNEST belongs in FROM").
			WithHint("write FROM tweets CROSS JOIN UNNEST(hashtags) AS h(tag)")
	case "row":
		return nil, p.rowValue()
	default:
		return nil, nil
	}
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
			return nil, p.fail(n.Pos(), "%s.* stands for several columns", n).
				WithHint("it is an item of SELECT by itself; count(*) counts rows")
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

// array = ARRAY [ [expr {, expr}] ].
func (p *parser) array() (ast.Expr, *ast.Error) {
	a := &ast.ArrayLit{At: p.tok.at}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.advance()
	if p.queryBegins() {
		return nil, p.noSubquery("array_agg(column) collects values into an array")
	}
	if p.tok.is("(") {
		return nil, hinted(p.expected("["), "an array is written in brackets: ARRAY['a', 'b']")
	}
	open := p.tok.at
	p.advance()
	var err *ast.Error
	if a.Elems, err = p.exprs("]", open); err != nil {
		return nil, err
	}
	p.advance()
	return a, nil
}

// subscript = [ index ].
func (p *parser) subscript(x ast.Expr) (ast.Expr, *ast.Error) {
	s := &ast.Subscript{X: x, At: p.tok.at}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.advance()
	if p.tok.is("]") {
		return nil, hinted(p.expectedOperand(), "the first element is [1]")
	}
	if p.tok.is(":") {
		return nil, p.slice(x)
	}
	var err *ast.Error
	if s.Index, err = p.expr(); err != nil {
		return nil, err
	}
	if p.tok.is(":") {
		return nil, p.slice(x)
	}
	if !p.take("]") {
		return nil, p.unclosed(p.expected("]"), s.At)
	}
	if p.tok.is(".") {
		return nil, p.fail(p.tok.at, "an element of an array has no columns").WithHint("of JSON take x -> 'name'")
	}
	return s, nil
}

func (p *parser) slice(x ast.Expr) *ast.Error {
	array := clip(x.String())
	return p.refuse(p.tok.at, "a part of an array, [a:b], is not supported").
		WithHint("write array_slice(%s, 1, 2); %s[1] is one element", array, array)
}
