package parser

import (
	"strings"

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

// negation = NOT negation | predicate.
func (p *parser) negation() (ast.Expr, *ast.Error) {
	at := p.tok.at
	if !p.take("not") {
		return p.predicate()
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

// predicate = operand [comparison | IS … | [NOT] BETWEEN, IN, LIKE, CONTAINS …].
func (p *parser) predicate() (ast.Expr, *ast.Error) {
	x, err := p.operand()
	if err != nil {
		return nil, err
	}
	if op := compareOp(p.tok); op != "" {
		return p.comparison(x, op)
	}
	if p.take("is") {
		return p.isNull(x)
	}
	not := false
	if p.tok.is("not") {
		not = true
		p.advance()
	}
	at := p.tok.at
	switch {
	case p.take("between"):
		return p.between(x, not)
	case p.take("in"):
		return p.in(x, not)
	case p.take("like"):
		return p.like(&ast.Like{X: x, Not: not, OpAt: at})
	case p.take("ilike"):
		return p.like(&ast.Like{X: x, Not: not, OpAt: at, Fold: true})
	case p.take("contains"):
		return p.contains(&ast.Contains{X: x, Not: not, OpAt: at})
	case p.take("icontains"):
		return p.contains(&ast.Contains{X: x, Not: not, OpAt: at, Fold: true})
	case not:
		return nil, p.expected("BETWEEN", "IN", "LIKE", "ILIKE", "CONTAINS", "ICONTAINS")
	case p.tok.is("=="):
		return nil, p.expected("=")
	}
	return x, p.misspeltOperator()
}

// misspeltOperator refuses a word after an operand that resembles an operator
// and is followed by what an operator would be: text CONTAINZ 'go'.
func (p *parser) misspeltOperator() *ast.Error {
	if p.tok.kind != word || p.peek.kind != str && p.peek.kind != number && !p.peek.is("(") {
		return nil
	}
	what := []string{"BETWEEN", "IN", "LIKE", "ILIKE", "CONTAINS", "ICONTAINS", "AND", "OR", "IS"}
	if near, ok := ast.Nearest(p.tok.text, what[:6]); ok && !ast.Reserved(p.tok.value) {
		err := p.fail(p.tok.at, "expected %s, found %s", oneOf(what), p.tok)
		err.Expected, err.Found = oneOf(what), p.tok.String()
		return err.WithHint("did you mean %s?", near)
	}
	return nil
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

func (p *parser) comparison(l ast.Expr, op ast.CompareOp) (ast.Expr, *ast.Error) {
	at := p.tok.at
	p.advance()
	if (p.tok.is("any") || p.tok.is("some") || p.tok.is("all")) && p.peek.is("(") {
		return p.anyOf(l, op, at)
	}
	r, err := p.operand()
	if err != nil {
		return nil, err
	}
	if compareOp(p.tok) != "" {
		return nil, p.fail(p.tok.at, "comparisons cannot be chained").
			WithHint("join them with AND: a < b AND b < c")
	}
	return &ast.Compare{Op: op, L: l, R: r, OpAt: at}, nil
}

// anyOf = = ANY ( array ).
func (p *parser) anyOf(l ast.Expr, op ast.CompareOp, at ast.Pos) (ast.Expr, *ast.Error) {
	if p.tok.is("all") || op != ast.Eq {
		return nil, p.fail(at, "%s %s is not supported yet", op, strings.ToUpper(p.tok.text)).
			WithHint("'go' = ANY(hashtags) tests membership; NOT 'go' = ANY(hashtags) the opposite")
	}
	p.advance()
	open := p.tok.at
	p.advance()
	array, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.closes(open); err != nil {
		return nil, err
	}
	return &ast.AnyCompare{L: l, Array: array, OpAt: at}, nil
}

func (p *parser) isNull(x ast.Expr) (ast.Expr, *ast.Error) {
	not := p.take("not")
	if p.take("null") {
		return &ast.IsNull{X: x, Not: not}, nil
	}
	for _, other := range []string{"true", "false", "unknown", "distinct"} {
		if p.tok.is(other) {
			return nil, p.fail(p.tok.at, "IS %s is not supported yet", strings.ToUpper(other)).
				WithHint("a BOOLEAN column is a condition by itself: WHERE user.verified; or use IS [NOT] NULL")
		}
	}
	if not {
		return nil, p.notNull(x, "<>", "NULL")
	}
	return nil, p.notNull(x, "=", "NULL", "NOT NULL")
}

func (p *parser) between(x ast.Expr, not bool) (ast.Expr, *ast.Error) {
	if p.tok.is("symmetric") {
		return nil, p.fail(p.tok.at, "BETWEEN SYMMETRIC is not supported yet").WithHint("write the lower bound first")
	}
	low, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.need("and"); err != nil {
		return nil, err
	}
	high, err := p.operand()
	if err != nil {
		return nil, err
	}
	return &ast.Between{X: x, Low: low, High: high, Not: not}, nil
}

func (p *parser) in(x ast.Expr, not bool) (ast.Expr, *ast.Error) {
	open := p.tok.at
	if !p.take("(") {
		return nil, p.inWithoutList(x, not)
	}
	if p.tok.is(")") {
		return nil, p.expectedOperand().WithHint("a list has at least one value: IN ('en', 'de')")
	}
	if p.tok.is("select") {
		return nil, p.fail(p.tok.at, "subqueries are not supported yet").WithHint("list the values: IN ('en', 'de')")
	}
	in := &ast.In{X: x, Not: not}
	for {
		e, err := p.operand()
		if err != nil {
			return nil, err
		}
		if len(in.List) == MaxList {
			return nil, p.fail(e.Pos(), "an IN list has more than %d values", MaxList)
		}
		in.List = append(in.List, e)
		if p.take(")") {
			return in, nil
		}
		if !p.take(",") {
			return nil, p.listEnd(open)
		}
	}
}

// inWithoutList explains what follows IN instead of a parenthesis.
func (p *parser) inWithoutList(x ast.Expr, not bool) *ast.Error {
	err := p.expected("(")
	switch p.tok.kind {
	case word, quoted:
		written := p.tok.text
		array, nameErr := p.name()
		if nameErr != nil {
			return err.WithHint("the list stands in parentheses: IN (%s, …)", written)
		}
		return err.WithHint("%s", ast.AnyHint(x, array.String(), not))
	case str, number:
		return err.WithHint("the list stands in parentheses: IN (%s)", p.tok)
	default:
		return err
	}
}

func (p *parser) like(l *ast.Like) (_ ast.Expr, err *ast.Error) {
	if l.Pattern, err = p.operand(); err != nil {
		return nil, err
	}
	if p.take("escape") {
		if l.Escape, err = p.operand(); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (p *parser) contains(c *ast.Contains) (_ ast.Expr, err *ast.Error) {
	if c.Needle, err = p.operand(); err != nil {
		return nil, err
	}
	return c, nil
}
