package parser

import "github.com/millrace/millrace/libs/sql/ast"

// with = WITH name [( column, … )] AS ( query ) {, …}.
func (p *parser) with(s *ast.Statement) *ast.Error {
	s.WithAt = p.tok.at
	p.advance()
	if p.tok.is("recursive") && p.peek.kind != symbol && !p.peek.is("as") {
		return p.refuse(p.tok.at, "WITH RECURSIVE is not supported").WithHint("a query of WITH may use those before it")
	}
	for {
		var c ast.CTE
		var err *ast.Error
		if c.Name, err = p.newName("a name for the query"); err != nil {
			return p.trailingComma(err)
		}
		if p.tok.is("(") {
			if c.Columns, err = p.columnNames(); err != nil {
				return err
			}
		}
		if err := p.need("as"); err != nil {
			return err
		}
		if p.tok.is("materialized") || p.tok.is("not") && p.peek.is("materialized") {
			return p.refuse(p.tok.at, "WITH … AS MATERIALIZED is not supported").WithHint("leave it out: what is the same is computed once anyway")
		}
		if !p.tok.is("(") {
			return hinted(p.expected("("), "write WITH %s AS (SELECT …)", c.Name)
		}
		if c.Query, err = p.subquery(); err != nil {
			return err
		}
		if s.With = append(s.With, c); len(s.With) > MaxList {
			return p.fail(c.Name.At, "more than %d queries of WITH", MaxList)
		}
		if !p.take(",") {
			return nil
		}
	}
}

// subquery = ( query ), which begins here.
func (p *parser) subquery() (*ast.Statement, *ast.Error) {
	open := p.tok.at
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	cases := p.cases
	p.cases = 0
	defer func() { p.cases = cases }()
	p.advance()
	r, err := p.query(true)
	if err != nil {
		return nil, err
	}
	return r.whole, p.closes(open, p.mayFollow(r)...)
}

// queryBegins reports whether in the parenthesis that stands here a query begins.
func (p *parser) queryBegins() bool {
	return p.tok.is("(") && (p.peek.is("select") || p.peek.is("with"))
}

// noSubquery refuses the query in the parenthesis that stands here.
func (p *parser) noSubquery(hint string) *ast.Error {
	p.advance()
	return p.refuse(p.tok.at, "subqueries are not supported yet").WithHint("%s", hint)
}

// values = ( VALUES ( expr, … ) {, ( expr, … )} ), whose rows are of one length.
func (p *parser) values() ([][]ast.Expr, *ast.Error) {
	open := p.tok.at
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.advance()
	return p.rows(open)
}

// rows = VALUES ( expr, … ) {, ( expr, … )} ), in the parenthesis at open.
func (p *parser) rows(open ast.Pos) ([][]ast.Expr, *ast.Error) {
	p.advance()
	var rows [][]ast.Expr
	for {
		at := p.tok.at
		row, err := p.valuesRow()
		if err != nil {
			return nil, err
		}
		if rows = append(rows, row); len(rows) > MaxList {
			return nil, p.fail(at, "VALUES has more than %d rows", MaxList)
		}
		if len(row) != len(rows[0]) {
			return nil, p.fail(at, "the rows of VALUES differ: this one has %d values, the first one %d", len(row), len(rows[0]))
		}
		if p.take(")") {
			return rows, nil
		}
		if !p.take(",") {
			return nil, p.unclosed(p.expected(",", ")"), open)
		}
	}
}

func (p *parser) valuesRow() ([]ast.Expr, *ast.Error) {
	open := p.tok.at
	if !p.take("(") {
		return nil, hinted(p.trailingComma(p.expected("(")), "each row stands in parentheses: VALUES (1, 'a'), (2, 'b')")
	}
	row, err := p.exprs(")", open)
	if err == nil && len(row) == 0 {
		err = p.expectedOperand()
	}
	p.advance()
	return row, err
}

// exprs = [expr {, expr}], before the bracket that closes the one at open.
func (p *parser) exprs(bracket string, open ast.Pos) ([]ast.Expr, *ast.Error) {
	var list []ast.Expr
	if p.tok.is(bracket) {
		return nil, nil
	}
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		if list = append(list, e); len(list) > MaxList {
			return nil, p.fail(e.Pos(), "a list has more than %d values", MaxList)
		}
		if p.tok.is(bracket) {
			return list, nil
		}
		if !p.take(",") {
			return nil, p.unclosed(p.expected(",", bracket), open)
		}
	}
}
