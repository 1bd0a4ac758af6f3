package random

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// Generator makes queries. It is not safe for concurrent use.
type Generator struct {
	r       *rand.Rand
	columns []column // that the query has
	all     []column // of the stream
	grammar *grammar
	clauses map[string]int // how often each was drawn
	names   *int           // how many have been given to parts of the query
	catalog *catalog.Catalog

	document, timed, sampling bool // there is doc, rows have an event time, and are of one document
}

type column struct {
	name   string
	typ    record.Type
	values []record.Value // of the sample, NULLs left out
}

// New returns the generator of a seed whose literals come from the sample. Bad
// documents in the sample are passed over.
func New(seed uint64, sample [][]byte) *Generator {
	cat, err := catalog.Default()
	if err != nil {
		panic(err) // it is part of the binary, and has tests of its own
	}
	g := &Generator{catalog: cat, r: newRand(seed, queryStream), grammar: newGrammar(), clauses: map[string]int{}, names: new(int), document: true, timed: true, sampling: true}
	for _, c := range clauses {
		g.clauses[c] = 0
	}
	for _, c := range reference.Columns() {
		g.columns = append(g.columns, column{name: c.Name, typ: c.Type})
	}
	for _, raw := range sample {
		doc, err := reference.Parse(raw)
		if err != nil {
			continue
		}
		for i := range g.columns {
			c := &g.columns[i]
			if v, _ := doc.Column(c.name); !v.IsNull() {
				c.values = append(c.values, v)
			}
		}
	}
	g.all = g.columns
	return g
}

// Queries returns the first n queries of a seed.
func Queries(seed uint64, n int, sample [][]byte) []string {
	g := New(seed, sample)
	out := make([]string, n)
	for i := range out {
		out[i] = g.Query()
	}
	return out
}

// Query returns one query: of any kind that the dialect has.
func (g *Generator) Query() string {
	q := &query{Generator: g}
	switch n := g.r.IntN(20); {
	case n < 5:
		q.rows()
	case n < 7:
		q.rows()
		q.top(q.rowTerms())
	case n < 11:
		q.aggregate(false)
	case n < 15:
		q.group(false)
	case n < 17:
		q.group(false)
		q.top(q.groupTerms())
	case n < 19:
		q.group(true)
	default:
		q.group(true)
		q.top(q.groupTerms())
	}
	return q.String()
}

// of returns a random column of one of the kinds.
func (g *Generator) of(kinds ...record.Kind) *column {
	for {
		c := &g.columns[g.r.IntN(len(g.columns))]
		for _, k := range kinds {
			if c.typ.Kind == k {
				return c
			}
		}
	}
}

// value returns a value of the column from the sample; false where it has none.
func (g *Generator) value(c *column) (record.Value, bool) {
	if len(c.values) == 0 {
		return record.Value{}, false
	}
	return pick(g.r, c.values), true
}

// spell varies what may be written in more than one way.
func (g *Generator) spell(name string) string {
	switch g.r.IntN(12) {
	case 0:
		return strings.ToUpper(name)
	case 1:
		parts := strings.Split(name, ".")
		for i := range parts {
			parts[i] = `"` + parts[i] + `"`
		}
		return strings.Join(parts, ".")
	default:
		return name
	}
}

// query is one query in the making.
type query struct {
	*Generator
	outputs []string // as written after SELECT
	names   []string // output names, for ORDER BY and HAVING; "" where not an identifier
	terms   []string // the outputs' expressions
	keys    []*column
	window  string
	where   string
	having  string
	order   string
	emit    string
}

func (q *query) String() string {
	from := "FROM tweets"
	if q.window != "" {
		from = pick(q.r, []string{
			"FROM TABLE(TUMBLE(TABLE tweets, DESCRIPTOR(created_at), %s))",
			"FROM TUMBLE(tweets, created_at, %s)",
		})
		from = fmt.Sprintf(from, q.window)
	}
	parts := []string{"SELECT " + strings.Join(q.outputs, ", "), from}
	if q.where != "" {
		parts = append(parts, "WHERE "+q.where)
	}
	if by := q.groupBy(); by != "" {
		parts = append(parts, "GROUP BY "+by)
	}
	if q.having != "" {
		parts = append(parts, "HAVING "+q.having)
	}
	if q.order != "" {
		parts = append(parts, q.order)
	}
	if q.emit != "" {
		parts = append(parts, q.emit)
	}
	return strings.Join(parts, pick(q.r, []string{" ", " ", "\n"}))
}

func (q *query) groupBy() string {
	var by []string
	for _, k := range q.keys {
		by = append(by, q.spell(k.name))
	}
	if q.window != "" {
		switch q.r.IntN(3) {
		case 0:
			by = append(by, "window_start")
		case 1:
			by = append(by, "window_end")
		default:
			by = append([]string{"window_start", "window_end"}, by...)
		}
	}
	return strings.Join(by, ", ")
}

// addOutput adds an output column, with an alias when it must have or by chance.
func (q *query) addOutput(term string, isName bool) {
	alias := ""
	if chance(q.r, 2) {
		alias = fmt.Sprintf("c%d", len(q.outputs))
	}
	for _, t := range q.terms {
		if t == term {
			alias = fmt.Sprintf("c%d", len(q.outputs)) // names are unique
		}
	}
	q.terms = append(q.terms, term)
	switch {
	case alias != "":
		q.names = append(q.names, alias)
		q.outputs = append(q.outputs, term+pick(q.r, []string{" AS ", " AS ", " "})+alias)
	case isName:
		q.names = append(q.names, term)
		q.outputs = append(q.outputs, q.spell(term))
	default:
		q.names = append(q.names, "")
		q.outputs = append(q.outputs, term)
	}
}

// selection sets WHERE, most of the time.
func (q *query) selection() {
	if !chance(q.r, 8) {
		q.where = q.Predicate()
	}
}

func (q *query) rows() {
	q.selection()
	if chance(q.r, 12) {
		q.outputs = []string{"*"}
		return
	}
	for range 1 + q.r.IntN(4) {
		q.addOutput(pick(q.r, q.columns).name, true)
	}
}

// rowTerms are what rows may be ordered by.
func (q *query) rowTerms() []string {
	var out []string
	for range 2 {
		out = append(out, q.of(record.BigInt, record.Varchar, record.Timestamp, record.Boolean).name)
	}
	for i, n := range q.names {
		if n != "" && n[0] == 'c' && n != q.terms[i] && !q.isArray(q.terms[i]) {
			out = append(out, n)
		}
	}
	return out
}

func (q *query) isArray(name string) bool {
	for _, c := range q.columns {
		if c.name == name {
			return c.typ.Kind == record.Array
		}
	}
	return false
}
