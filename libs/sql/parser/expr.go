package parser

import (
	"github.com/millrace/millrace/libs/sql/ast"
)

// expr = conjunction {OR conjunction}.
func (p *parser) expr() (ast.Expr, *ast.Error) {
	e, err := p.conjunction()
	for err == nil && p.take("or") {
		var r ast.Expr
		r, err = p.conjunction()
		e = &ast.Or{L: e, R: r}
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// conjunction = negation {AND negation}.
func (p *parser) conjunction() (ast.Expr, *ast.Error) {
	e, err := p.negation()
	for err == nil && p.take("and") {
		var r ast.Expr
		r, err = p.negation()
		e = &ast.And{L: e, R: r}
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// negation = NOT negation | test.
func (p *parser) negation() (ast.Expr, *ast.Error) {
	at := p.tok.at
	if !p.take("not") {
		return p.test()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	e, err := p.negation()
	if err != nil {
		return nil, err
	}
	return &ast.Not{X: e, At: at}, nil
}

// test = comparison {IS [NOT] …}.
func (p *parser) test() (ast.Expr, *ast.Error) {
	x, err := p.comparison()
	for err == nil && p.take("is") {
		x, err = p.is(x)
	}
	if err != nil {
		return nil, err
	}
	return x, nil
}

// is = IS [NOT] {NULL | TRUE | FALSE | UNKNOWN | DISTINCT FROM comparison}.
func (p *parser) is(x ast.Expr) (ast.Expr, *ast.Error) {
	not := p.take("not")
	at := p.tok.at
	switch {
	case p.take("null"):
		return &ast.IsNull{X: x, Not: not}, nil
	case p.take("true"):
		return &ast.IsTruth{X: x, Value: ast.True, Not: not, OpAt: at}, nil
	case p.take("false"):
		return &ast.IsTruth{X: x, Value: ast.False, Not: not, OpAt: at}, nil
	case p.take("unknown"):
		return &ast.IsTruth{X: x, Value: ast.Unknown, Not: not, OpAt: at}, nil
	case p.take("distinct"):
		if err := p.need("from"); err != nil {
			return nil, err
		}
		r, err := p.comparison()
		if err != nil {
			return nil, err
		}
		return &ast.IsDistinct{L: x, R: r, Not: not, OpAt: at}, nil
	case not:
		return nil, p.notTested(x, "<>", "NULL")
	default:
		return nil, p.notTested(x, "=", "NULL", "NOT NULL")
	}
}

// comparison = match [op match | op {ANY | ALL} ( array )].
func (p *parser) comparison() (ast.Expr, *ast.Error) {
	l, err := p.match()
	if err != nil {
		return nil, err
	}
	op, at := compareOp(p.tok), p.tok.at
	if op == "" {
		if p.tok.is("==") || p.tok.is("=>") || p.tok.is(":=") {
			return nil, p.expected(comparisonMeant(p.tok.text))
		}
		return l, nil
	}
	p.advance()
	if (p.tok.is("any") || p.tok.is("some") || p.tok.is("all")) && p.peek.is("(") {
		return p.anyOf(l, op, at)
	}
	if p.prev.is("=") && (p.tok.is("<") || p.tok.is(">")) {
		return nil, p.fail(at, "the = of a comparison comes last").WithHint("write %s=", p.tok.text)
	}
	r, err := p.match()
	if err != nil {
		return nil, err
	}
	if compareOp(p.tok) != "" {
		return nil, p.chained(r)
	}
	return &ast.Compare{Op: op, L: l, R: r, OpAt: at}, nil
}

// chained refuses a comparison after another, whose right operand is r: a = 1 || b = 2
// is one, where || was to be OR.
func (p *parser) chained(r ast.Expr) *ast.Error {
	if c, ok := r.(*ast.Binary); ok && c.Op == ast.Concat {
		return p.fail(c.OpAt, "|| joins texts").WithHint("if either condition will do, write OR")
	}
	return p.fail(p.tok.at, "comparisons cannot be chained").
		WithHint("join them with AND: a < b AND b < c")
}

func comparisonMeant(symbol string) string {
	if symbol == "=>" {
		return ">="
	}
	return "="
}

func compareOp(t token) ast.CompareOp {
	if t.kind != symbol {
		return ""
	}
	switch t.text {
	case "=":
		return ast.Eq
	case "<>", "!=":
		return ast.Ne
	case "<":
		return ast.Lt
	case "<=":
		return ast.Le
	case ">":
		return ast.Gt
	case ">=":
		return ast.Ge
	default:
		return ""
	}
}

// anyOf = op {ANY | ALL} ( array ).
func (p *parser) anyOf(l ast.Expr, op ast.CompareOp, at ast.Pos) (ast.Expr, *ast.Error) {
	c := &ast.AnyCompare{Op: op, L: l, All: p.tok.is("all"), OpAt: at}
	p.advance()
	if p.queryBegins() {
		return nil, p.noSubquery("a constant set is tested with IN (SELECT …)")
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	open := p.tok.at
	p.advance()
	var err *ast.Error
	if c.Array, err = p.expr(); err != nil {
		return nil, err
	}
	if p.tok.is(",") {
		return nil, p.fail(p.tok.at, "%s takes one array", c.Quantifier()).
			WithHint("a list of values is tested with IN ('en', 'de')")
	}
	return c, p.closes(open)
}
