package reference

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// result is one output row before it is written out.
type result struct {
	grp    *group         // nil in a row-returning query
	env    *env           // of a group: what it was evaluated over
	values []record.Value // output columns; NULL where ERROR
	order  []record.Value // sort keys; NULL where ERROR
}

// evaluate computes the output columns and sort keys over what e holds.
func (q *Query) evaluate(e *env) *result {
	r := &result{grp: e.grp, values: make([]record.Value, len(q.outputs))}
	if e.grp != nil {
		r.env = e
	}
	for i, o := range q.outputs {
		r.values[i] = orNull(o.expr, e)
	}
	if len(q.order) > 0 {
		r.order = make([]record.Value, len(q.order))
		for i, k := range q.order {
			r.order[i] = orNull(k.expr, e)
		}
	}
	return r
}

func orNull(x *expr, e *env) record.Value {
	if v := x.eval(e); v != nil {
		return *v
	}
	return record.NullOf(x.typ)
}

// Rows returns the final rows: windows in order of time; within one, the order
// that the query asks for, else that of the group keys' JSON, else that of the
// input. Every window is closed. Rows may be called again after more documents.
func (q *Query) Rows() []Row {
	results := q.rows
	if q.isGrouped() {
		results = nil
		for _, r := range q.groupRows() {
			if r.kept == yes {
				results = append(results, q.evaluate(r.env))
			}
		}
	}
	var rows []Row
	for _, part := range q.cut(results) {
		if len(q.order) > 0 {
			part = slices.Clone(part)
			slices.SortStableFunc(part, q.compareResults)
		}
		part = part[min(q.offset, len(part)):]
		if q.limit >= 0 && len(part) > q.limit {
			part = part[:q.limit]
		}
		for i, r := range part {
			row := q.row(r)
			if len(q.order) > 0 {
				row.Rank = i + 1
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// groupRow is a group, or what a query makes of one: what more is evaluated over, and
// whether it is kept.
type groupRow struct {
	env  *env
	kept truth
}

// groupRows returns what the query is evaluated over once all documents are there.
func (q *Query) groupRows() []groupRow {
	var rows []groupRow
	if q.lower != nil {
		for _, r := range q.lower.groupRows() {
			e := &env{grp: r.env.grp, inner: r.env, united: q.unite(q.lower, r.env)}
			if q.where != nil {
				r.kept = andTable[r.kept][q.where(e)]
			}
			rows = append(rows, groupRow{e, r.kept})
		}
		return rows
	}
	groups := slices.SortedFunc(maps.Values(q.groups), func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.start.Int(), b.start.Int()), strings.Compare(a.keyJSON, b.keyJSON))
	})
	for _, g := range groups {
		g.finish()
		r := groupRow{&env{grp: g}, yes}
		if q.having != nil {
			r.kept = q.having(r.env)
		}
		rows = append(rows, r)
	}
	return rows
}

// finish computes the aggregates as they are now.
func (g *group) finish() {
	g.results = make([]*record.Value, len(g.accs))
	for i, acc := range g.accs {
		g.results[i] = acc.result()
	}
}

func (g *group) window() Window {
	return Window{Start: g.start.Time().UnixMilli(), End: g.end.Time().UnixMilli()}
}

// cut cuts results, which are in order of window, at the windows' ends.
func (q *Query) cut(results []*result) [][]*result {
	var parts [][]*result
	for len(results) > 0 {
		n := len(results)
		if q.windows() > 0 {
			n = 1
			for n < len(results) && results[n].grp.start.Int() == results[0].grp.start.Int() {
				n++
			}
		}
		parts = append(parts, results[:n])
		results = results[n:]
	}
	return parts
}

// compareResults orders two rows of one window: by the sort keys; where they
// tie, by the output columns, then by the group key, ascending with NULL first.
func (q *Query) compareResults(a, b *result) int {
	for i, k := range q.order {
		x, y := &a.order[i], &b.order[i]
		if x.IsNull() != y.IsNull() {
			if x.IsNull() == k.nullsFirst {
				return -1
			}
			return 1
		}
		if c := compareNullable(x, y); c != 0 {
			if k.desc {
				return -c
			}
			return c
		}
	}
	if c := compareTuples(a.values, b.values); c != 0 || a.grp == nil {
		return c
	}
	return compareTuples(a.grp.key, b.grp.key)
}

func compareTuples(a, b []record.Value) int {
	for i := range a {
		if c := compareNullable(&a[i], &b[i]); c != 0 {
			return c
		}
	}
	return 0
}

func (q *Query) row(r *result) Row {
	row := Row{Query: q.ID, Key: json.RawMessage("[]")}
	names := make([]string, len(q.outputs))
	for i, o := range q.outputs {
		names[i] = o.name
		if o.expr.typ.Kind == record.Double {
			row.Doubles = append(row.Doubles, o.name)
		}
		if o.expr.check != nil && r.grp != nil {
			if row.Checks == nil {
				row.Checks = map[string]func(string) bool{}
			}
			row.Checks[o.name] = o.expr.check(r.env)
		}
	}
	row.Row = RowJSON(names, r.values)
	if r.grp != nil {
		row.Key = json.RawMessage(r.grp.keyJSON)
		if q.windows() > 0 {
			w := r.grp.window()
			row.Window = &w
		}
	}
	return row
}
