package random

import (
	"fmt"
	"strings"
)

// furtherAggregate is an aggregate that is more than one number kept, FILTER apart; "": there
// is none of the kind.
func (q *rich) furtherAggregate(kind byte, depth int) string {
	if q.timed && strings.IndexByte(allKinds, kind) >= 0 && chance(q.r, 6) {
		return q.aggregate(pick(q.r, []string{"first", "last"}), q.row.of(kind, depth))
	}
	if strings.IndexByte(allKinds, kind) >= 0 && chance(q.r, 6) {
		return q.aggregate(pick(q.r, []string{"arg_min", "arg_max", "min_by", "max_by"}), q.row.of(kind, depth)+", "+q.row.of(q.anyKind(orderKinds), depth))
	}
	number := q.src.leaf(intKind)
	switch kind {
	case boolKind:
		return q.aggregate(pick(q.r, []string{"bool_and", "bool_or", "every"}), q.row.of(boolKind, 1+depth))
	case floatKind:
		return q.aggregate(pick(q.r, []string{"stddev_pop", "stddev_samp", "stddev", "var_pop", "var_samp", "variance"}), number)
	case intKind:
		if chance(q.r, 2) {
			return q.aggregate("count", "DISTINCT "+q.row.of(q.anyKind(orderKinds), depth))
		}
		return q.aggregate("sum", "DISTINCT "+q.row.of(intKind, depth))
	case textKind:
		return q.aggregate("string_agg", q.row.of(textKind, depth)+", '/' ORDER BY "+number+pick(q.r, []string{"", " DESC", " NULLS FIRST"}))
	case textsKind:
		return q.aggregate("array_agg", q.row.of(textKind, depth))
	case intsKind:
		if chance(q.r, 2) {
			return q.aggregate("array_agg", q.row.of(intKind, depth)+" ORDER BY "+q.row.leaf(timeKind)+", "+number+" DESC")
		}
		return q.aggregate("histogram", fmt.Sprintf("%s, %d, %d, %d", number, -q.r.IntN(10), 1+q.r.IntN(2000), 1+q.r.IntN(8)))
	case jsonKind: // exact, of so few values
		return q.aggregate("approx_top_k", fmt.Sprintf("%s, %d", q.src.leaf("bitz"[q.r.IntN(4)]), 1+q.r.IntN(5)))
	default:
		return ""
	}
}

// aggregate is a call, with DISTINCT now and then.
func (q *rich) aggregate(name, args string) string {
	q.note(name)
	if !strings.HasPrefix(args, "DISTINCT ") && !strings.Contains(args, "ORDER BY ") && chance(q.r, 4) {
		args = "DISTINCT " + args
	}
	if strings.HasPrefix(args, "DISTINCT ") {
		q.note("DISTINCT in an aggregate")
	}
	return name + "(" + args + ")"
}

// approximate is an aggregate whose result need only be near, or some rows of many: it
// stands alone, and nothing is ordered beside it.
func (q *rich) approximate() string {
	q.loose = true
	var call string
	switch q.r.IntN(3) {
	case 0:
		call = q.aggregate("approx_count_distinct", q.row.of(q.anyKind(allKinds), q.r.IntN(3)))
	case 1:
		number := q.row.of(intKind, q.r.IntN(2))
		if chance(q.r, 3) {
			number = q.src.leaf(intKind) + " / 7.0"
		}
		call = q.aggregate("approx_percentile", number+", "+pick(q.r, []string{"0", "0.1", "0.5", "0.9", "0.99", "1"}))
	default:
		call = q.aggregate("sample_agg", q.row.of(q.anyKind(allKinds), q.r.IntN(2))+fmt.Sprintf(", %d", 1+q.r.IntN(6))+pick(q.r, []string{"", ", 7"}))
	}
	return call + q.filter()
}
