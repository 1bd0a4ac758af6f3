package parser

import (
	"github.com/millrace/millrace/libs/sql/ast"
)

// match = value [[NOT] BETWEEN, IN, LIKE, CONTAINS, REGEXP …].
func (p *parser) match() (ast.Expr, *ast.Error) {
	x, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != word {
		return x, nil
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
	case p.regexpBegins(not):
		p.advance()
		return p.regexp(&ast.Match{X: x, Not: not, Word: true, OpAt: at})
	case not:
		return nil, p.expected("BETWEEN", "IN", "LIKE", "ILIKE", "CONTAINS", "ICONTAINS", "REGEXP")
	}
	return x, p.misspeltOperator()
}

// misspeltOperator refuses a word after an operand that resembles an operator
// and is followed by what an operator would be: text CONTAINZ 'go'.
func (p *parser) misspeltOperator() *ast.Error {
	if p.tok.kind != word || p.peek.kind != str && p.peek.kind != number && !p.peek.is("(") || p.tok.is("filter") || p.cases > 0 && caseWord(p.tok) {
		return nil
	}
	what := []string{"BETWEEN", "IN", "LIKE", "ILIKE", "CONTAINS", "ICONTAINS", "REGEXP", "AND", "OR", "IS"}
	if near, ok := ast.Nearest(p.tok.text, what[:7]); ok && !ast.Reserved(p.tok.value) {
		err := p.fail(p.tok.at, "expected %s, found %s", oneOf(what), p.tok)
		err.Expected, err.Found = oneOf(what), p.tok.String()
		return err.WithHint("did you mean %s?", near)
	}
	return nil
}

// regexpBegins reports whether REGEXP or RLIKE stands here as an operator: what
// follows can be its operand. Otherwise the word is an alias.
func (p *parser) regexpBegins(not bool) bool {
	if !p.tok.is("regexp") && !p.tok.is("rlike") {
		return false
	}
	switch p.peek.kind {
	case str, quoted, number:
		return true
	case word:
		return !ast.Reserved(p.peek.value) || p.peek.is("null") || p.peek.is("case")
	case symbol:
		return not || p.peek.is("(")
	case end, bad:
		return not
	default:
		return not
	}
}

func (p *parser) between(x ast.Expr, not bool) (ast.Expr, *ast.Error) {
	if p.tok.is("symmetric") || p.tok.is("asymmetric") {
		return nil, p.refuse(p.tok.at, "BETWEEN SYMMETRIC is not supported yet").WithHint("write the lower bound first")
	}
	low, err := p.value()
	if err != nil {
		return nil, err
	}
	if err := p.need("and"); err != nil {
		return nil, err
	}
	high, err := p.value()
	if err != nil {
		return nil, err
	}
	return &ast.Between{X: x, Low: low, High: high, Not: not}, nil
}

func (p *parser) in(x ast.Expr, not bool) (ast.Expr, *ast.Error) {
	if p.queryBegins() {
		q, err := p.subquery()
		if err != nil {
			return nil, err
		}
		return &ast.InQuery{X: x, Query: q, Not: not}, nil
	}
	open := p.tok.at
	if !p.tok.is("(") {
		return nil, p.inWithoutList(x, not)
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.advance()
	if p.tok.is(")") {
		return nil, p.expectedOperand().WithHint("a list has at least one value: IN ('en', 'de')")
	}
	if p.tok.is("values") && p.peek.is("(") {
		return p.inValues(x, not, open)
	}
	in := &ast.In{X: x, Not: not}
	for {
		e, err := p.expr()
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

// inValues = VALUES ( expr, … ) {, ( expr, … )} ), as all columns of a query over them.
func (p *parser) inValues(x ast.Expr, not bool, open ast.Pos) (ast.Expr, *ast.Error) {
	at := p.tok.at
	rows, err := p.rows(open)
	if err != nil {
		return nil, err
	}
	q := &ast.Statement{Select: []ast.SelectItem{{Expr: &ast.Star{At: at}}}, From: ast.From{Values: rows, At: at}, At: at}
	return &ast.InQuery{X: x, Query: q, Not: not}, nil
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
	if (p.tok.is("any") || p.tok.is("all") || p.tok.is("some")) && p.peek.is("(") {
		return nil, p.refuse(p.tok.at, "LIKE with ANY or ALL is not supported").WithHint("join several LIKEs with OR or AND")
	}
	if l.Pattern, err = p.value(); err != nil {
		return nil, err
	}
	if p.take("escape") {
		if l.Escape, err = p.value(); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (p *parser) contains(c *ast.Contains) (_ ast.Expr, err *ast.Error) {
	if c.Needle, err = p.value(); err != nil {
		return nil, err
	}
	return c, nil
}

func (p *parser) regexp(m *ast.Match) (_ ast.Expr, err *ast.Error) {
	if m.Pattern, err = p.value(); err != nil {
		return nil, err
	}
	return m, nil
}
