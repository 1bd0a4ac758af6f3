package parser

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// clauses lists what may follow FROM, in order. UNION ALL stands before the tail,
// and OFFSET with LIMIT.
var clauses = [...]string{"WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "EMIT"}

const (
	tail        = 3 // the first clause that belongs to a union as a whole
	limitClause = 4
	emitClause  = 5
)

// reading is how far a query has been read.
type reading struct {
	whole *ast.Statement
	part  *ast.Statement // the SELECT of whole that is being read
	next  int            // the first clause that may still come
	inner bool           // in parentheses: no EMIT
}

// statement = [EXPLAIN …] query [;].
func (p *parser) statement() (*ast.Statement, *ast.Error) {
	explain, err := p.explain()
	if err != nil {
		return nil, err
	}
	r, err := p.query(false)
	if err != nil {
		return nil, err
	}
	r.whole.Explain = explain
	return r.whole, p.finish(func() []string { return append(p.mayFollow(r), "end of query") })
}

// query = [WITH …] select {UNION ALL select} [ORDER BY …] [LIMIT n] [OFFSET n] [EMIT …].
func (p *parser) query(inner bool) (*reading, *ast.Error) {
	s := &ast.Statement{}
	r := &reading{whole: s, part: s, inner: inner}
	if p.tok.is("with") {
		if err := p.with(s); err != nil {
			return nil, err
		}
	}
	if err := p.selectFrom(s); err != nil {
		return nil, err
	}
	for {
		more, err := p.clause(r)
		if err != nil {
			return nil, err
		}
		if !more {
			return r, nil
		}
	}
}

// selectFrom = SELECT item, … FROM source.
func (p *parser) selectFrom(s *ast.Statement) *ast.Error {
	s.At = p.tok.at
	if err := p.need("select"); err != nil {
		return p.notSelect(err)
	}
	if err := p.selectList(s); err != nil {
		return err
	}
	if !p.take("from") {
		err := p.unopened(p.expected(",", "FROM"))
		if p.tok.kind == end || p.tok.is(")") {
			return hinted(err, "every SELECT reads a stream: SELECT … FROM tweets")
		}
		return err
	}
	return p.from(&s.From)
}

// clause reads the clause that begins here, if one does.
func (p *parser) clause(r *reading) (bool, *ast.Error) {
	if p.tok.is("union") {
		return true, p.union(r)
	}
	i := slices.IndexFunc(clauses[:], func(c string) bool {
		first, _, _ := strings.Cut(c, " ")
		return p.tok.is(strings.ToLower(first))
	})
	if p.tok.is("offset") || p.tok.is("fetch") {
		i = limitClause
	}
	if i < 0 {
		return false, nil
	}
	if i < r.next {
		return false, p.clauseOrder(i, r.next-1)
	}
	if i == emitClause && r.inner {
		return false, p.fail(p.tok.at, "EMIT belongs at the end of the whole query").
			WithHint("leave it out here: a query inside another has no results of its own")
	}
	readers := [...]func(*ast.Statement) *ast.Error{p.where, p.groupBy, p.having, p.orderBy, p.limits, p.emit}
	s := r.part
	if i >= tail {
		s = r.whole
	}
	r.next = i + 1
	return true, readers[i](s)
}

// union = UNION ALL select.
func (p *parser) union(r *reading) *ast.Error {
	at := p.tok.at
	if r.next > tail {
		return p.fail(at, "UNION ALL must come before %s", clauses[r.next-1]).
			WithHint("ORDER BY, LIMIT and EMIT stand once, after the last SELECT; a part with a LIMIT of its own is a query by itself")
	}
	if len(r.whole.UnionAll) == MaxList {
		return p.fail(at, "more than %d SELECTs are joined by UNION ALL", MaxList)
	}
	p.advance()
	if !p.take("all") {
		return p.refuse(at, "UNION without ALL is not supported yet").
			WithHint("write UNION ALL, and SELECT DISTINCT over it: SELECT DISTINCT a FROM (… UNION ALL …)")
	}
	if p.tok.is("(") {
		return p.refuse(p.tok.at, "a SELECT in parentheses is not supported here").
			WithHint("leave the parentheses out; a part with a LIMIT of its own is a query by itself")
	}
	part := &ast.Statement{UnionAt: at}
	if err := p.selectFrom(part); err != nil {
		return err
	}
	r.whole.UnionAll = append(r.whole.UnionAll, part)
	r.part, r.next = part, 0
	return nil
}

func (p *parser) clauseOrder(i, last int) *ast.Error {
	if i == last {
		return p.fail(p.tok.at, "%s is written twice", strings.ToUpper(p.clauseName(i)))
	}
	err := p.fail(p.tok.at, "%s must come before %s", p.clauseName(i), clauses[last])
	return err.WithHint("the order is SELECT, FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, EMIT")
}

// clauseName is the clause as it is written here: FETCH and OFFSET are of LIMIT.
func (p *parser) clauseName(i int) string {
	if i == limitClause {
		return strings.ToUpper(p.tok.text)
	}
	return clauses[i]
}

// finish reads an optional semicolon and the end; what tells what could stand here
// instead.
func (p *parser) finish(what func() []string) *ast.Error {
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
		return p.unopened(p.expected(what()...))
	}
	return nil
}

// mayFollow lists what could stand after what has been read of a query, its end
// apart.
func (p *parser) mayFollow(r *reading) []string {
	var what []string
	s := r.whole
	switch r.next {
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
	case limitClause + 1:
		if s.Offset == nil {
			what = []string{"OFFSET"}
		}
	}
	for i := r.next; i < len(clauses); i++ {
		if i == tail {
			what = append(what, "UNION ALL")
		}
		if i != emitClause || !r.inner {
			what = append(what, clauses[i])
		}
	}
	return what
}

// notSelect explains statements that are not SELECT.
func (p *parser) notSelect(err *ast.Error) *ast.Error {
	switch {
	case p.tok.kind == end:
		err.Hint = "a query reads SELECT … FROM tweets …"
	case p.tok.is("("):
		err.Hint = "write the query without parentheses around it"
	case p.tok.kind == word && slices.Contains([]string{
		"insert", "update", "delete", "create", "drop", "alter", "describe", "show", "values",
	}, p.tok.value):
		return p.refuse(p.tok.at, "%s is not supported yet", strings.ToUpper(p.tok.text)).
			WithHint("a query is one SELECT")
	}
	return err
}
