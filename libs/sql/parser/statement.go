package parser

import (
	"slices"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// clauses lists what may follow FROM, in order.
var clauses = [...]string{"WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "EMIT"}

// statement = [EXPLAIN …] SELECT item, … FROM source [WHERE …] [GROUP BY …] [HAVING …]
// [ORDER BY …] [LIMIT n] [EMIT …] [;].
func (p *parser) statement() (*ast.Statement, *ast.Error) {
	s := &ast.Statement{}
	var err *ast.Error
	if s.Explain, err = p.explain(); err != nil {
		return nil, err
	}
	s.At = p.tok.at
	if err := p.need("select"); err != nil {
		return nil, p.notSelect(err)
	}
	if err := p.selectList(s); err != nil {
		return nil, err
	}
	if !p.take("from") {
		return nil, p.unopened(p.expected(",", "FROM"))
	}
	if err := p.from(&s.From); err != nil {
		return nil, err
	}
	readers := [...]func(*ast.Statement) *ast.Error{p.where, p.groupBy, p.having, p.orderBy, p.limit, p.emit}
	next := 0 // the first clause that may still come
	for {
		i := slices.IndexFunc(clauses[:], func(c string) bool {
			first, _, _ := strings.Cut(c, " ")
			return p.tok.is(strings.ToLower(first))
		})
		if i < 0 {
			break
		}
		if i < next {
			return nil, p.clauseOrder(i, next-1)
		}
		if err := readers[i](s); err != nil {
			return nil, err
		}
		next = i + 1
	}
	return s, p.finish(s, next)
}

func (p *parser) clauseOrder(i, last int) *ast.Error {
	if i == last {
		return p.fail(p.tok.at, "%s is written twice", clauses[i])
	}
	err := p.fail(p.tok.at, "%s must come before %s", clauses[i], clauses[last])
	return err.WithHint("the order is SELECT, FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, EMIT")
}

// finish reads an optional semicolon and the end, and checks what belongs
// together.
func (p *parser) finish(s *ast.Statement, next int) *ast.Error {
	if p.take(";") {
		for p.take(";") {
			continue
		}
		if p.tok.kind != end {
			err := p.expected("end of query")
			if err.Hint == "" {
				err.Hint = "one submission holds one query"
			}
			return err
		}
	}
	if p.tok.kind != end {
		return p.unopened(p.expected(p.mayFollow(s, next)...))
	}
	return nil
}

// mayFollow lists what could stand after what has been read so far.
func (p *parser) mayFollow(s *ast.Statement, next int) []string {
	var what []string
	switch next {
	case 1, 3:
		what = []string{"AND", "OR"}
	case 2:
		what = []string{","}
	case 4:
		what = []string{","}
		if last := s.OrderBy[len(s.OrderBy)-1]; last.Nulls == ast.NullsDefault {
			if !last.Desc && !p.prev.is("asc") {
				what = append(what, "ASC", "DESC")
			}
			what = append(what, "NULLS")
		}
	}
	what = append(what, clauses[next:]...)
	return append(what, "end of query")
}

// notSelect explains statements that are not SELECT.
func (p *parser) notSelect(err *ast.Error) *ast.Error {
	switch {
	case p.tok.kind == end:
		err.Hint = "a query reads SELECT … FROM tweets …"
	case p.tok.is("with"):
		return p.fail(p.tok.at, "WITH is not supported yet").WithHint("write one SELECT over a stream")
	case p.tok.is("("):
		err.Hint = "write the query without parentheses around it"
	case slices.Contains([]string{"insert", "update", "delete", "create", "drop", "alter", "describe", "show", "values"}, p.tok.value) && p.tok.kind == word:
		return p.fail(p.tok.at, "%s is not supported yet", strings.ToUpper(p.tok.text)).
			WithHint("a query is one SELECT")
	}
	return err
}

func (p *parser) selectList(s *ast.Statement) *ast.Error {
	if p.tok.is("distinct") {
		return p.fail(p.tok.at, "SELECT DISTINCT is not supported yet").
			WithHint("SELECT a, b … GROUP BY a, b returns each pair once")
	}
	p.takeAll()
	for {
		item, err := p.selectItem()
		if err != nil {
			return err
		}
		s.Select = append(s.Select, item)
		if !p.take(",") {
			return nil
		}
	}
}

// takeAll reads the ALL of SELECT ALL, which says nothing.
func (p *parser) takeAll() {
	if p.tok.is("all") && !p.peek.is(",") && !p.peek.is(".") && !p.peek.is("from") && !p.peek.is("as") {
		p.advance()
	}
}

func (p *parser) selectItem() (ast.SelectItem, *ast.Error) {
	if p.tok.is("*") {
		star := &ast.Star{At: p.tok.at}
		p.advance()
		return ast.SelectItem{Expr: star}, nil
	}
	if p.tok.is("from") || p.tok.kind == end {
		return ast.SelectItem{}, p.noItem()
	}
	e, err := p.expr()
	if err != nil {
		return ast.SelectItem{}, err
	}
	alias, err := p.alias()
	return ast.SelectItem{Expr: e, Alias: alias}, err
}

// alias = [AS] name. After AS every word will do.
func (p *parser) alias() (*ast.Ident, *ast.Error) {
	if p.take("as") {
		if p.tok.kind != word && p.tok.kind != quoted {
			err := p.expected("a name")
			if p.tok.kind == str && err.Hint == "" {
				err.Hint = `names are written without quotes, or between double quotes: "` + p.tok.value + `"`
			}
			return nil, err
		}
		return p.ident(), nil
	}
	if p.tok.kind == quoted || p.tok.kind == word && !ast.Reserved(p.tok.value) {
		if p.unsupported() != nil {
			return nil, nil
		}
		p.bare = p.ident()
		return p.bare, nil
	}
	return nil, nil
}

// ident reads the word or quoted name that stands here.
func (p *parser) ident() *ast.Ident {
	id := &ast.Ident{Name: p.tok.value, Quoted: p.tok.kind == quoted, At: p.tok.at}
	p.advance()
	return id
}

func (p *parser) where(s *ast.Statement) (err *ast.Error) {
	p.advance()
	s.Where, err = p.expr()
	return err
}

func (p *parser) having(s *ast.Statement) (err *ast.Error) {
	p.advance()
	s.Having, err = p.expr()
	return err
}

func (p *parser) groupBy(s *ast.Statement) *ast.Error {
	p.advance()
	if err := p.need("by"); err != nil {
		return err
	}
	for {
		e, err := p.expr()
		if err != nil {
			return err
		}
		s.GroupBy = append(s.GroupBy, e)
		if !p.take(",") {
			return nil
		}
	}
}

func (p *parser) orderBy(s *ast.Statement) *ast.Error {
	p.advance()
	if err := p.need("by"); err != nil {
		return err
	}
	for {
		item, err := p.orderItem()
		if err != nil {
			return err
		}
		s.OrderBy = append(s.OrderBy, item)
		if !p.take(",") {
			return nil
		}
	}
}

func (p *parser) orderItem() (ast.OrderItem, *ast.Error) {
	e, err := p.expr()
	if err != nil {
		return ast.OrderItem{}, err
	}
	item := ast.OrderItem{Expr: e}
	if !p.take("asc") {
		item.Desc = p.take("desc")
	}
	if p.take("nulls") {
		switch {
		case p.take("first"):
			item.Nulls = ast.NullsFirst
		case p.take("last"):
			item.Nulls = ast.NullsLast
		default:
			return item, p.expected("FIRST", "LAST")
		}
	}
	return item, nil
}

func (p *parser) limit(s *ast.Statement) *ast.Error {
	at := p.tok.at
	p.advance()
	n, err := strconv.ParseInt(p.tok.text, 10, 64)
	if p.tok.kind != number || err != nil || n < 1 {
		return p.wrongLimit(s)
	}
	p.advance()
	s.Limit = &ast.Limit{N: n, At: at}
	return nil
}

func (p *parser) emit(s *ast.Statement) *ast.Error {
	at := p.tok.at
	p.advance()
	if p.tok.is("periodic") {
		return p.fail(p.tok.at, "EMIT PERIODIC is not supported yet").
			WithHint("write EMIT CHANGES or EMIT FINAL")
	}
	final := p.take("final")
	if !final && !p.take("changes") {
		return p.expected("CHANGES", "FINAL")
	}
	s.Emit = &ast.Emit{Final: final, At: at}
	return nil
}
