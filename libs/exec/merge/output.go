package merge

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// output is one computed row of a query.
type output struct {
	key  string // canonical JSON array of the group key
	cols []record.Value
	sort []record.Value // values of ORDER BY
	keys []record.Value // the group key: the last tie breaker
	fail bool           // something in it could not be computed and is NULL
}

// errors returns how many errors the row counts as.
func (o *output) errors() int {
	if o.fail {
		return 1
	}
	return 0
}

// compute returns a group's row; keep is false where the group does not exist
// or HAVING does not hold.
func (s *Partition) compute(u *sums, q *query, r rowRef) (out output, keep bool, err error) {
	t := q.Table
	states, ok := u.states(q, r)
	if !ok && (!q.global() || !q.live || !s.ownsRow(q, r.key)) {
		return out, false, nil
	}
	if out.keys, err = decodeValues([]byte(r.key)); err != nil {
		return out, false, fmt.Errorf("group key of query %s: %w", q.ID, err)
	}
	env := rowEnv(t, out.keys, states, r.pane)
	if t.Having != nil {
		switch q.expression(t.Having).Truth(&env) {
		case record.True:
		case record.Error:
			out.fail = true
			return out, false, nil
		default:
			return out, false, nil
		}
	}
	out.cols = make([]record.Value, len(t.Cols))
	for i, c := range t.Cols {
		v, err := q.expression(c.Expr).Value(&env)
		if err != nil {
			v, out.fail = record.NullOf(c.Expr.Type()), true
		}
		out.cols[i] = v
	}
	for _, k := range t.Order {
		v, err := q.expression(k.Expr).Value(&env)
		if err != nil {
			v, out.fail = record.NullOf(k.Expr.Type()), true
		}
		out.sort = append(out.sort, v)
	}
	out.key = keyJSON(out.keys)
	return out, true, nil
}

// rowEnv returns what the expressions above the aggregation may name.
func rowEnv(t *Table, keys []record.Value, states []agg.State, pane int64) expr.RowEnv {
	env := expr.RowEnv{Keys: keys, Aggs: make([]expr.Result, len(states)), WindowStart: pane, WindowEnd: pane + t.Window}
	for i, st := range states {
		env.Aggs[i].Value, env.Aggs[i].Err = st.Result()
	}
	return env
}

// ranking returns a window's ordered list, and remembers the errors in it.
func (s *Partition) ranking(u *sums, q *query, pane int64) (rows []output, err error) {
	t := q.Table
	if t.TopRows {
		states, ok := u.states(q, rowRef{pane: pane})
		if !ok {
			return nil, nil
		}
		top, ok := states[0].(*agg.Top)
		if !ok {
			return nil, fmt.Errorf("query %s: its state is a %T", q.ID, states[0])
		}
		for _, r := range top.Rows() {
			rows = append(rows, output{key: "[]", cols: r.Cols})
		}
		return rows[min(len(rows), int(t.Skip)):], nil
	}
	failed, keys := 0, u.keysOf(q, pane)
	if len(keys) == 0 && q.global() {
		keys = []string{""}
	}
	for _, key := range keys {
		out, keep, err := s.compute(u, q, rowRef{pane, key})
		if err != nil {
			return nil, err
		}
		failed += out.errors()
		if keep {
			rows = append(rows, out)
		}
	}
	q.noteErrors(rowRef{pane: pane}, failed)
	slices.SortFunc(rows, func(a, b output) int { return compareOutputs(t.Order, &a, &b) })
	if !planted.On(planted.OffsetForgotten) {
		rows = rows[min(len(rows), int(t.Skip)):]
	}
	return rows[:min(len(rows), int(t.K))], nil
}

// compareOutputs orders rows by ORDER BY, then by their columns, then by key.
func compareOutputs(order []plan.SortKey, a, b *output) int {
	for i, k := range order {
		if c := CompareSort(k, a.sort[i], b.sort[i]); c != 0 {
			return c
		}
	}
	return cmp.Or(compareRows(a.cols, b.cols), compareRows(a.keys, b.keys))
}

// CompareSort orders two values under one ORDER BY item.
func CompareSort(k plan.SortKey, a, b record.Value) int {
	if a.IsNull() || b.IsNull() {
		c := record.Compare(a, b) // NULL first
		if !k.NullsFirst {
			c = -c
		}
		return c
	}
	c := record.Compare(a, b)
	if k.Desc {
		c = -c
	}
	return c
}

func compareRows(a, b []record.Value) int {
	for i := range a {
		if c := record.Compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// keyJSON writes a group key as a canonical JSON array.
func keyJSON(keys []record.Value) string {
	b := []byte{'['}
	for i, v := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = record.AppendJSON(b, v)
	}
	return string(append(b, ']'))
}
