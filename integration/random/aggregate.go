package random

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// call is an aggregate over a random column.
func (g *Generator) call() (term string, typ record.Type) {
	switch g.r.IntN(9) {
	case 0, 1, 2:
		return "count(*)", record.BigIntType
	case 3:
		return "count(" + pick(g.r, g.columns).name + ")", record.BigIntType
	case 4:
		return "sum(" + g.of(record.BigInt).name + ")", record.BigIntType
	case 5:
		return "avg(" + g.of(record.BigInt).name + ")", record.DoubleType
	default:
		c := g.of(record.BigInt, record.Varchar, record.Timestamp, record.Boolean)
		return pick(g.r, []string{"min", "max"}) + "(" + c.name + ")", c.typ
	}
}

// aggregate makes an aggregating query; its keys, if any, are chosen already.
func (q *query) aggregate(windowed bool) {
	q.selection()
	for _, k := range q.keys {
		if !chance(q.r, 5) { // a key need not be shown
			q.addOutput(k.name, true)
		}
	}
	if windowed && chance(q.r, 2) {
		q.addOutput(pick(q.r, []string{"window_start", "window_end"}), true)
	}
	for range 1 + q.r.IntN(3) {
		term, _ := q.call()
		q.addOutput(term, false)
	}
	q.r.Shuffle(len(q.outputs), func(i, j int) {
		q.outputs[i], q.outputs[j] = q.outputs[j], q.outputs[i]
		q.names[i], q.names[j] = q.names[j], q.names[i]
		q.terms[i], q.terms[j] = q.terms[j], q.terms[i]
	})
	if chance(q.r, 3) {
		q.having = q.tree(q.havingAtom, q.r.IntN(3))
	}
}

// group makes a query with keys, or with windows.
func (q *query) group(windowed bool) {
	n := 1 + q.r.IntN(2)
	if windowed {
		q.window = pick(q.r, []string{
			"INTERVAL '1' MINUTE", "INTERVAL '5' MINUTES", "INTERVAL '90' SECOND", "INTERVAL '1' HOUR",
			"INTERVAL '1' DAY", "INTERVAL '7' MINUTE", "INTERVAL '1500' MILLISECOND",
		})
		q.emit = pick(q.r, []string{"", "EMIT CHANGES", "EMIT FINAL"})
		n = q.r.IntN(3)
	}
	for range n {
		c := q.of(record.Varchar, record.Varchar, record.BigInt, record.Boolean, record.Timestamp)
		if !q.isKey(c) {
			q.keys = append(q.keys, c)
		}
	}
	q.aggregate(windowed)
}

func (q *query) isKey(c *column) bool {
	for _, k := range q.keys {
		if k == c {
			return true
		}
	}
	return false
}

// havingAtom is a condition on an aggregate, a key or an alias.
func (q *query) havingAtom() string {
	if len(q.keys) > 0 && chance(q.r, 4) {
		return q.columnAtom(pick(q.r, q.keys), false)
	}
	term, typ := q.call()
	if i := q.r.IntN(len(q.names)); q.names[i] != "" && strings.HasPrefix(q.terms[i], "count(") && chance(q.r, 2) {
		term, typ = q.names[i], record.BigIntType
	}
	switch {
	case chance(q.r, 12) && typ.Numeric():
		return term + q.compareOp() + pick(q.r, []string{"avg", "max", "sum"}) + "(" + q.of(record.BigInt).name + ")"
	case chance(q.r, 8):
		return term + pick(q.r, []string{" IS NULL", " IS NOT NULL"})
	case typ.Kind == record.Boolean:
		return term + pick(q.r, []string{" = ", " <> "}) + pick(q.r, []string{"TRUE", "FALSE"})
	case typ.Kind == record.Varchar:
		return term + q.compareOp() + quote(pick(q.r, words[:]))
	case typ.Kind == record.Timestamp:
		return term + q.compareOp() + q.timeLiteral(record.TimestampOf(instant(q.r).UnixNano()))
	default:
		return term + q.compareOp() + fmt.Sprint(pick(q.r, []int64{0, 1, 2, 3, 10, 100, 1000}))
	}
}

// groupTerms are what groups may be ordered by.
func (q *query) groupTerms() []string {
	term, _ := q.call()
	out := []string{term, "count(*)"}
	for _, k := range q.keys {
		out = append(out, k.name)
	}
	for _, n := range q.names {
		if n != "" {
			out = append(out, n)
		}
	}
	return out
}

// top orders by some of the terms and limits.
func (q *query) top(terms []string) {
	var keys []string
	for range 1 + q.r.IntN(2) {
		key := pick(q.r, terms)
		key += pick(q.r, []string{"", " ASC", " DESC", " DESC"})
		key += pick(q.r, []string{"", "", "", " NULLS FIRST", " NULLS LAST"})
		keys = append(keys, key)
	}
	q.order = fmt.Sprintf("ORDER BY %s LIMIT %d", strings.Join(keys, ", "), pick(q.r, []int{1, 2, 3, 5, 10, 100}))
}
