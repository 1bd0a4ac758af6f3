package parser

import "github.com/millrace/millrace/libs/sql/ast"

// caseOf = CASE [expr] WHEN expr THEN expr {WHEN …} [ELSE expr] END. Within it WHEN,
// THEN, ELSE and END are no names; elsewhere they are.
func (p *parser) caseOf() (ast.Expr, *ast.Error) {
	c := &ast.Case{At: p.tok.at}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.cases++
	defer func() { p.cases-- }()
	p.advance()
	var err *ast.Error
	if !caseWord(p.tok) {
		if c.Operand, err = p.expr(); err != nil {
			return nil, err
		}
	}
	for {
		if !p.take("when") {
			return nil, p.caseExpected(c, "WHEN")
		}
		w, err := p.when(c)
		if err != nil {
			return nil, err
		}
		if c.Whens = append(c.Whens, w); len(c.Whens) > MaxList {
			return nil, p.fail(w.Cond.Pos(), "CASE has more than %d WHENs", MaxList)
		}
		if !p.tok.is("when") {
			break
		}
	}
	what := []string{"WHEN", "ELSE", "END"}
	if p.take("else") {
		if c.Else, err = p.expr(); err != nil {
			return nil, err
		}
		what = what[2:]
	}
	if !p.take("end") {
		return nil, p.caseExpected(c, what...)
	}
	return c, nil
}

func (p *parser) when(c *ast.Case) (w ast.When, err *ast.Error) {
	if w.Cond, err = p.expr(); err != nil {
		return w, err
	}
	if !p.take("then") {
		return w, p.caseExpected(c, "THEN")
	}
	w.Then, err = p.expr()
	return w, err
}

// caseWord reports whether t goes on with a CASE.
func caseWord(t token) bool {
	return t.is("when") || t.is("then") || t.is("else") || t.is("end")
}

// caseExpected refuses what is no part of c.
func (p *parser) caseExpected(c *ast.Case, what ...string) *ast.Error {
	err := p.expected(what...)
	if p.ends() || p.tok.is(")") || p.tok.is(",") || p.tok.is("as") {
		line, col := ast.Locate(p.src, c.At)
		if what[len(what)-1] == "END" {
			return hinted(err, "the CASE at %d:%d has no END", line, col)
		}
	}
	return hinted(err, "CASE is written CASE WHEN lang = 'en' THEN 'English' ELSE 'other' END")
}
