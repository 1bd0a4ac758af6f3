package random

import (
	"fmt"
	"strings"
)

// Rich returns one query over the whole of the dialect that can be run: with
// expressions of every kind wherever one may stand. [Generator.Query] is about plain
// columns, which are what most queries have.
func (g *Generator) Rich() string {
	q := &rich{Generator: g, row: &terms{Generator: g, leaf: g.column}}
	q.group = &terms{Generator: g, leaf: q.groupLeaf}
	if !chance(g.r, 4) {
		q.where = q.row.condition(1 + g.r.IntN(2))
		g.note("WHERE")
	}
	switch n := g.r.IntN(20); {
	case n < 8:
		q.rows()
	case n < 10:
		q.distinct()
	case n < 13:
		q.grouped = true // one group
		q.groups()
	default:
		q.grouped = true
		q.keyed()
		q.groups()
	}
	return q.String()
}

// rich is a query in the making.
type rich struct {
	*Generator
	row, group *terms

	grouped    bool
	window     string
	isDistinct bool
	keys       []key
	items      []item
	where      string
	by         []string // GROUP BY
	having     string
	order      string
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
	from := "FROM tweets"
	if q.window != "" {
		from = "FROM TUMBLE(tweets, created_at, " + q.window + ")"
	}
	items := make([]string, len(q.items))
	for i, it := range q.items {
		items[i] = it.term
		if it.alias != "" {
			items[i] += " AS " + it.alias
		}
	}
	parts := []string{"SELECT " + strings.Join(items, ", "), from}
	if q.isDistinct {
		parts[0] = "SELECT DISTINCT " + strings.Join(items, ", ")
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
	alias := fmt.Sprintf("c%d", len(q.items))
	if len(q.items) == 0 && chance(q.r, 4) {
		q.note("no alias")
		alias = ""
	}
	q.items = append(q.items, item{kind, term, alias})
}

func (q *rich) anyKind(of string) byte { return of[q.r.IntN(len(of))] }

// condition is one that is TRUE of some rows: often it begins with a plain one.
func (t *terms) condition(depth int) string {
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
		q.add(kind, q.keyTerm(kind))
	}
	if chance(q.r, 3) {
		q.top(nil)
	}
}

// keyTerm is an expression that is worth grouping by: it has a column in it.
func (q *rich) keyTerm(kind byte) string {
	for {
		term := q.row.of(kind, 1+q.r.IntN(2))
		if q.names(term) {
			return term
		}
	}
}

// names reports whether an expression names a column.
func (q *rich) names(term string) bool {
	unquoted := ""
	for i, part := range strings.Split(term, "'") {
		if i%2 == 0 {
			unquoted += part
		}
	}
	term = strings.ReplaceAll(strings.ToLower(unquoted), `"`, "")
	for i := range q.columns {
		if strings.Contains(term, q.columns[i].name) {
			return true
		}
	}
	return false
}

// keyed chooses what to group by: expressions, output columns by number or alias, and
// windows.
func (q *rich) keyed() {
	if chance(q.r, 6) {
		q.note("TUMBLE")
		q.window = pick(q.r, []string{"INTERVAL '10' MINUTE", "INTERVAL '1' HOUR", "INTERVAL '1 day'"})
		q.by = append(q.by, "window_start")
		q.keys = append(q.keys, key{timeKind, "window_start"})
	}
	for range 1 + q.r.IntN(2) {
		kind := q.anyKind("bbititzDdsmA")
		term := q.keyTerm(kind)
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
			if !q.names(term) && !strings.Contains(term, "count(*)") {
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
