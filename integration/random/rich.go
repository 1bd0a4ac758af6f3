package random

import (
	"errors"
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
)

// Rich returns one query over the whole of the dialect that can be run: over queries of
// any kind, and with expressions of every kind wherever one may stand. [Generator.Query] is
// about plain columns of the stream, which are what most queries have.
//
// A query that is refused because a constant in it has no value is drawn again.
func (g *Generator) Rich() string {
	for {
		text := g.rich()
		var refused *ast.Error
		if _, err := sql.Compile(text, g.catalog); !errors.As(err, &refused) || !strings.HasPrefix(string(refused.Code), dataException) {
			return text
		}
		g.note("constant that can only fail")
	}
}

// dataException is how the codes of what is wrong with values begin.
const dataException = "22"

func (g *Generator) rich() string {
	*g.names = 0
	switch g.r.IntN(14) {
	case 0:
		return g.union()
	case 1:
		return g.overGroups()
	case 2, 3, 4, 5:
		return g.over(g.source(2))
	default:
		return g.over(g.source(0))
	}
}

// over returns a query over rows.
func (g *Generator) over(src *source) string {
	q := newRich(src, "c")
	switch n := g.r.IntN(20); {
	case n < 8:
		q.rows()
	case n < 10:
		q.distinct()
	case n < 13:
		q.groups()
	default:
		q.keyed()
		q.groups()
	}
	return q.String()
}

// union returns several queries joined, in order perhaps.
func (g *Generator) union() string {
	g.note("UNION ALL")
	src := g.stream().belowUnion(1)
	q := newRich(src, "")
	q.items, q.where = nil, ""
	for _, it := range src.items {
		q.items = append(q.items, item{it.kind, it.term, it.name})
	}
	if chance(g.r, 2) {
		q.top(nil)
	}
	return src.name[1:len(src.name)-1] + " " + q.order
}

// overGroups returns a query over the groups, or the first rows, of another.
func (g *Generator) overGroups() string {
	src := g.belowGroups()
	q := newRich(src, "c")
	if src.ordered {
		q.where = ""
	}
	for range 1 + g.r.IntN(3) {
		kind := q.anyKind(scalarKinds)
		q.add(kind, q.row.of(kind, 1+g.r.IntN(2)))
	}
	for _, name := range src.shown {
		q.add(0, name)
	}
	if !src.ordered && chance(g.r, 3) {
		q.top(q.row)
	}
	return q.String()
}

// rich is a query in the making.
type rich struct {
	*Generator
	src        *source
	row, group *terms

	prefix     string // of aliases
	window     string
	isDistinct bool
	loose      bool // a column is approximate, or depends on the order of posts by a little, so that nothing is ordered
	keys       []key
	items      []item
	where      string
	by         []string // GROUP BY
	having     string
	order      string
}

// newRich begins a query.
func newRich(src *source, prefix string) *rich {
	q := &rich{Generator: src.Generator, src: src, prefix: prefix, loose: src.loose}
	q.row = &terms{Generator: q.Generator, leaf: src.leaf}
	q.group = &terms{Generator: q.Generator, leaf: q.groupLeaf}
	if !chance(q.r, 4) && !src.ordered {
		q.where = q.row.condition(1 + q.r.IntN(2))
		q.note("WHERE")
	}
	return q
}

type key struct {
	kind byte
	term string
}

type item struct {
	kind  byte
	term  string
	alias string // "": none
}

func (q *rich) String() string {
	items := make([]string, len(q.items))
	for i, it := range q.items {
		items[i] = it.term
		if it.alias != "" {
			items[i] += " AS " + it.alias
		}
	}
	parts := []string{q.src.before() + "SELECT " + strings.Join(items, ", "), q.src.from(q.window)}
	if q.isDistinct {
		parts[0] = q.src.before() + "SELECT DISTINCT " + strings.Join(items, ", ")
	}
	if q.where != "" {
		parts = append(parts, "WHERE "+q.where)
	}
	if len(q.by) > 0 {
		parts = append(parts, "GROUP BY "+strings.Join(q.by, ", "))
	}
	if q.having != "" {
		parts = append(parts, "HAVING "+q.having)
	}
	if q.order != "" {
		parts = append(parts, q.order)
	}
	return strings.Join(parts, " ")
}

// add selects an expression, under an alias but for the first now and then.
func (q *rich) add(kind byte, term string) {
	alias := fmt.Sprintf("%s%d", q.prefix, len(q.items))
	if q.prefix == "c" && len(q.items) == 0 && chance(q.r, 4) {
		q.note("no alias")
		alias = ""
	}
	q.items = append(q.items, item{kind, term, alias})
}

func (q *rich) anyKind(of string) byte { return of[q.r.IntN(len(of))] }

// condition is one that is TRUE of some rows: often it begins with a plain one.
func (t *terms) condition(depth int) string {
	if len(t.columns) == 0 {
		return t.of(boolKind, depth+1)
	}
	switch t.r.IntN(6) {
	case 4:
		return t.repeated(depth)
	case 0:
		return t.of(boolKind, depth)
	case 1:
		return t.Atom() + " OR " + t.of(boolKind, depth)
	case 2:
		return t.of(boolKind, depth) + " IS NOT " + pick(t.r, []string{"TRUE", "FALSE", "UNKNOWN"})
	default:
		return t.Atom()
	}
}

// repeated is a condition in which parts are there more than once, as the rules of the
// optimizer look for them.
func (t *terms) repeated(depth int) string {
	t.note("repeated condition")
	form := pick(t.r, []string{
		"a AND (a OR b)", "a OR (a AND b)", "(a AND b) OR (a AND c)", "(a OR b) AND (a OR c)", "a OR NOT a", "a AND NOT a",
		"NOT (a AND b)", "NOT (a OR NOT b)", "(a OR b) AND (b OR a OR c)", "a AND b AND a",
	})
	a := t.Atom()
	if chance(t.r, 3) {
		a = t.of(boolKind, depth)
	}
	b := t.of(boolKind, depth)
	if chance(t.r, 3) {
		b = "10 / " + t.leaf(intKind) + " > 1" // an error now and then
	}
	parts := strings.NewReplacer("a", "("+a+")", "b", "("+b+")", "c", "("+t.Atom()+")")
	return parts.Replace(form)
}

func (q *rich) rows() {
	for range 1 + q.r.IntN(3) {
		kind := q.anyKind(allKinds)
		q.add(kind, q.row.of(kind, 1+q.r.IntN(3)))
	}
	if chance(q.r, 4) {
		q.top(q.row)
	}
}

// distinct selects different rows.
func (q *rich) distinct() {
	q.note("SELECT DISTINCT")
	q.isDistinct = true
	for range 1 + q.r.IntN(2) {
		kind := q.anyKind("bitzDsA")
		q.add(kind, q.src.keyTerm(kind))
	}
	if chance(q.r, 3) {
		q.top(nil)
	}
}

// keyed chooses what to group by: expressions, output columns by number or alias, and
// windows.
func (q *rich) keyed() {
	if q.src.windows && chance(q.r, 6) {
		q.note("TUMBLE")
		q.window = pick(q.r, []string{"INTERVAL '10' MINUTE", "INTERVAL '1' HOUR", "INTERVAL '1 day'"})
		q.by = append(q.by, "window_start")
		q.keys = append(q.keys, key{timeKind, "window_start"})
	}
	for range 1 + q.r.IntN(2) {
		kind := q.anyKind("bbititzDdsmA")
		term := q.src.keyTerm(kind)
		shown := len(q.items) == 0 || !chance(q.r, 4)
		if shown {
			q.add(kind, term)
		}
		last := len(q.items) - 1
		switch {
		case shown && chance(q.r, 3):
			q.note("GROUP BY ordinal")
			q.by = append(q.by, fmt.Sprint(last+1))
		case shown && q.items[last].alias != "" && chance(q.r, 3):
			q.note("GROUP BY alias")
			q.by = append(q.by, q.items[last].alias)
		default:
			q.note("GROUP BY expression")
			q.by = append(q.by, term)
		}
		q.keys = append(q.keys, key{kind, term})
	}
}

// top orders by output columns, by number or alias, and by expressions.
func (q *rich) top(of *terms) {
	if q.loose {
		return
	}
	var keys []string
	for range 1 + q.r.IntN(2) {
		i := q.r.IntN(len(q.items))
		it := q.items[i]
		ordered := it.kind != 0 && strings.IndexByte(orderKinds, it.kind) >= 0
		var term string
		switch {
		case ordered && chance(q.r, 3):
			q.note("ORDER BY ordinal")
			term = fmt.Sprint(i + 1)
		case ordered && it.alias != "" && chance(q.r, 2):
			q.note("ORDER BY alias")
			term = it.alias
		case of != nil:
			q.note("ORDER BY expression")
			term = "(" + of.of(q.anyKind(orderKinds), 1) + ")"
			if !q.src.names(term) && !strings.Contains(term, "count(*)") {
				continue // a constant, which may not be ordered by
			}
		default:
			continue
		}
		keys = append(keys, term+pick(q.r, []string{"", " ASC", " DESC", " DESC"})+pick(q.r, []string{"", "", " NULLS FIRST", " NULLS LAST"}))
	}
	if len(keys) > 0 {
		q.order = fmt.Sprintf("ORDER BY %s LIMIT %d", strings.Join(keys, ", "), pick(q.r, []int{1, 3, 10, 100}))
		if chance(q.r, 4) {
			q.note("OFFSET")
			q.order += fmt.Sprintf(" OFFSET %d", q.r.IntN(4))
		}
	}
}
