package random

import (
	"fmt"
	"strings"
)

// groups adds aggregates, and expressions over them.
func (q *rich) groups() {
	for i := range 1 + q.r.IntN(3) {
		switch n := q.r.IntN(4); {
		case i == 0 && len(q.keys) == 0:
			q.add(intKind, "count(*)"+q.filter())
		case n == 0:
			kind := q.anyKind(scalarKinds)
			q.note("expression over aggregates")
			q.add(kind, q.group.of(kind, 1+q.r.IntN(2)))
		case n == 1 && chance(q.r, 2):
			q.add(0, q.approximate())
		case n == 1:
			q.add(0, q.sum())
		default:
			kind := q.anyKind(orderKinds + "jAI")
			if leaf := q.groupLeaf(kind); leaf != "" {
				q.add(kind, leaf)
			} else {
				q.add(intKind, q.groupLeaf(intKind))
			}
		}
	}
	if chance(q.r, 3) {
		q.note("HAVING")
		q.having = q.group.of(boolKind, 1+q.r.IntN(2))
	}
	if len(q.keys) > 0 && chance(q.r, 3) {
		q.top(q.group)
	}
}

// sum adds doubles up, whose result depends on their order by a little: it stands alone,
// and decides no tie.
func (q *rich) sum() string {
	q.loose = true
	arg := fmt.Sprintf("%s / %s", q.src.leaf(intKind), pick(q.r, []string{"3.0", "7.0", "0.7", "1e3"}))
	q.note("sum of DOUBLE")
	return pick(q.r, []string{"sum", "avg"}) + "(" + arg + ")" + q.filter()
}

func (q *rich) filter() string {
	if !chance(q.r, 4) {
		return ""
	}
	q.note("FILTER")
	return " FILTER (WHERE " + q.row.condition(1) + ")"
}

// groupLeaf is a key or an aggregate over an expression of rows.
func (q *rich) groupLeaf(kind byte) string {
	for _, k := range q.keys {
		if k.kind == kind && chance(q.r, 2) {
			q.note("key in an expression")
			return k.term
		}
	}
	depth := q.r.IntN(3)
	if chance(q.r, 3) || strings.IndexByte("jAI", kind) >= 0 {
		if leaf := q.furtherAggregate(kind, depth); leaf != "" {
			return leaf + q.filter()
		}
	}
	switch {
	case kind == intKind && chance(q.r, 2):
		q.note("count")
		if chance(q.r, 2) {
			return "count(*)" + q.filter()
		}
		return "count(" + q.row.of(q.anyKind(allKinds), depth) + ")" + q.filter()
	case kind == intKind && chance(q.r, 2):
		q.note("sum")
		return "sum(" + q.row.of(intKind, depth) + ")" + q.filter()
	case kind == floatKind && chance(q.r, 2):
		q.note("avg")
		return "avg(" + q.row.of(intKind, depth) + ")" + q.filter()
	case strings.IndexByte(orderKinds, kind) >= 0:
		name := pick(q.r, []string{"min", "max"})
		q.note(name)
		return name + "(" + q.row.of(kind, depth) + ")" + q.filter()
	case kind == textsKind:
		return "string_to_array(max(" + q.src.leaf(textKind) + "), ' ')"
	default:
		return ""
	}
}
