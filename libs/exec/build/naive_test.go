package build_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// What follows evaluates one query a row at a time, straight from its plan.

type row struct {
	values    map[string]record.Value
	eventTime int64
	partition int32
	offset    int64
	index     int32
}

// value returns what e is; an error is ERROR.
func (r *row) value(e plan.Expr) (record.Value, error) {
	switch e := e.(type) {
	case *plan.Literal:
		return e.Value, nil
	case *plan.Column:
		return r.values[e.Name], nil
	}
	if c := e.(*plan.Call); strings.HasPrefix(c.Func, "t_") {
		args := make([]record.Value, len(c.Args))
		for i, a := range c.Args {
			var err error
			if args[i], err = r.value(a); err != nil {
				return record.Value{}, err
			}
		}
		eval, err := functionsOnce()[c.Func].Prepare(nil, nil)
		if err != nil {
			return record.Value{}, err
		}
		return eval(args)
	}
	switch r.truth(e) {
	case record.Error:
		return record.Value{}, errTest
	case record.True:
		return record.Bool(true), nil
	case record.False:
		return record.Bool(false), nil
	default:
		return record.NullOf(record.BooleanType), nil
	}
}

func (r *row) truth(e plan.Expr) record.Truth {
	c, ok := e.(*plan.Call)
	if !ok || strings.HasPrefix(c.Func, "t_") {
		v, err := r.value(e)
		if err != nil {
			return record.Error
		}
		return function.Truth(v)
	}
	switch c.Func {
	case plan.FuncAnd:
		t := record.True
		for _, a := range c.Args {
			t = t.And(r.truth(a))
		}
		return t
	case plan.FuncOr:
		t := record.False
		for _, a := range c.Args {
			t = t.Or(r.truth(a))
		}
		return t
	case plan.FuncNot:
		return r.truth(c.Args[0]).Not()
	}
	a, err := r.value(c.Args[0])
	if err != nil {
		return record.Error
	}
	if c.Func == plan.FuncIsNull {
		return record.TruthOf(a.IsNull())
	}
	b, err := r.value(c.Args[1])
	if err != nil {
		return record.Error
	}
	if a.IsNull() || b.IsNull() {
		return record.Null
	}
	switch c.Func {
	case plan.FuncEq:
		return record.TruthOf(record.Compare(a, b) == 0)
	case plan.FuncLt:
		return record.TruthOf(record.Compare(a, b) < 0)
	case plan.FuncLe:
		return record.TruthOf(record.Compare(a, b) <= 0)
	case plan.FuncContains:
		return record.TruthOf(strings.Contains(a.Str(), b.Str()))
	case plan.FuncIContains: // the test's words are ASCII
		return record.TruthOf(strings.Contains(strings.ToUpper(a.Str()), strings.ToUpper(b.Str())))
	case plan.FuncLike:
		p, err := function.ParsePattern(b.Str(), '\\')
		if err != nil {
			return record.Error
		}
		return record.TruthOf(p.Match(a.Str()))
	case plan.FuncILike:
		p, err := function.ParsePattern(b.Str(), '\\')
		if err != nil {
			return record.Error
		}
		return record.TruthOf(p.Fold().Match(function.Fold(a.Str())))
	case plan.FuncMember:
		t := record.False
		for _, v := range a.Elems() {
			switch {
			case v.IsNull():
				t = t.Or(record.Null)
			case record.Compare(v, b) == 0:
				return record.True
			}
		}
		return t
	default:
		panic(c.Func)
	}
}

// answer is what a query's merge node should hold: by pane and key, the number
// of rows and the encoded states; or the rows.
type answer struct {
	groups map[string]string
	rows   []string
	noTime uint64
	errors uint64
}

func oneColumn(v record.Value, t record.Type) *record.Column {
	b := record.NewBatch(&record.Schema{Fields: []record.Field{{Type: t}}})
	c := &b.Columns[0]
	appendTo(c, v)
	return c
}

func appendTo(c *record.Column, v record.Value) {
	switch {
	case v.IsNull():
		c.AppendNull()
	case c.Type.Kind == record.Double:
		c.AppendFloat(v.Float())
	case c.Type.Kind == record.Boolean:
		c.AppendBool(v.Bool())
	case c.Type.Kind == record.Varchar:
		c.AppendStr(v.Str())
	case c.Type.Kind == record.Array:
		for _, e := range v.Elems() {
			appendTo(c.Elem, e)
		}
		c.EndArray()
	default:
		c.AppendInt(v.Int())
	}
}

func functionOf(t testing.TB, spec share.AggSpec) (agg.Function, []plan.Expr) {
	t.Helper()
	if spec.Top != nil {
		top := agg.TopSpec(*spec.Top)
		f, err := agg.TopRows(top)
		if err != nil {
			t.Fatal(err)
		}
		return f, top.Args()
	}
	f, err := agg.Lookup(spec.Agg)
	if err != nil {
		t.Fatal(err)
	}
	return f, agg.Inputs(spec.Agg)
}

// naive evaluates a query; beside are aggregates that other queries want of the same
// groups, whose errors are the node's, too.
func naive(t testing.TB, s *share.Shape, rows []*row, beside ...share.AggSpec) answer {
	t.Helper()
	return naiveAmong(t, s, rows, func(*share.Shape) []share.AggSpec { return beside })
}

// naiveAmong is naive where beside tells it of what a query or a branch of a union makes
// groups of.
func naiveAmong(t testing.TB, s *share.Shape, rows []*row, beside func(*share.Shape) []share.AggSpec) answer {
	t.Helper()
	out := answer{groups: map[string]string{}}
	counts, states := map[string]uint64{}, map[string][]agg.State{}
	for _, p := range s.Parts() {
		naivePart(t, p, rows, beside(p), &out, counts, states)
	}
	for at, n := range counts {
		out.groups[at] = groupText(n, states[at])
	}
	if len(s.Branches) > 0 {
		slices.Sort(out.rows)
	}
	return out
}

func naivePart(t testing.TB, s *share.Shape, rows []*row, beside []share.AggSpec, out *answer, counts map[string]uint64, states map[string][]agg.State) {
	t.Helper()
	rows, lost := elements(rows, s.Unnest, s.Selection.Pred)
	out.errors += lost
	for _, r := range rows {
		if s.Selection.Pred != nil {
			t := r.truth(s.Selection.Pred)
			if t == record.Error {
				out.errors++
			}
			if t != record.True {
				continue
			}
		}
		if s.Rows != nil {
			var data []byte
			failed := uint64(0)
			for _, c := range s.Rows.Cols {
				v, err := r.value(c.Expr)
				if err != nil {
					v, failed = record.NullOf(c.Expr.Type()), 1
				}
				data = record.AppendValue(data, v)
			}
			out.errors += failed
			out.rows = append(out.rows, fmt.Sprintf("%d %d/%d/%d %x", r.eventTime, r.partition, r.offset, r.index, data))
			continue
		}
		pane := int64(0)
		if w := s.Table.Window; w != nil {
			if r.eventTime == record.NoEventTime {
				out.noTime++
				continue
			}
			pane = r.eventTime / w.Size * w.Size
			if pane > r.eventTime {
				pane -= w.Size
			}
		}
		var key []byte
		failed := false
		for _, k := range s.Table.Keys {
			v, err := r.value(k)
			failed = failed || err != nil
			key = record.AppendValue(key, v)
		}
		if failed {
			out.errors++
			continue
		}
		for _, spec := range beside {
			_, _, err := r.args(t, spec)
			failed = failed || err != nil
		}
		if failed {
			out.errors++
		}
		at := fmt.Sprintf("%d %x", pane, key)
		if states[at] == nil {
			states[at] = make([]agg.State, 0, 1)
			for _, spec := range s.Table.Aggs {
				f, _ := functionOf(t, spec)
				states[at] = append(states[at], f.New())
			}
		}
		counts[at]++
		for i, spec := range s.Table.Aggs {
			if args, taken, _ := r.args(t, spec); taken {
				states[at][i].Update(args, []int32{0})
			}
		}
	}
}

// args returns the arguments that an aggregate is updated with, and whether it is; an
// error means that something of it is ERROR.
func (r *row) args(t testing.TB, spec share.AggSpec) (args []*record.Column, taken bool, err error) {
	t.Helper()
	if spec.Agg.Filter != nil {
		switch r.truth(spec.Agg.Filter) {
		case record.Error:
			return nil, false, errTest
		case record.True:
		default:
			return nil, false, nil
		}
	}
	_, exprs := functionOf(t, spec)
	taken = true
	for _, e := range exprs {
		v, failed := r.value(e)
		if failed != nil {
			v, err, taken = record.NullOf(e.Type()), failed, taken && spec.Top != nil
		}
		args = append(args, oneColumn(v, e.Type()))
	}
	return args, taken, err
}

func groupText(rows uint64, states []agg.State) string {
	text := fmt.Sprint(rows)
	for _, s := range states {
		text += fmt.Sprintf(" %x", s.Append(nil))
	}
	return text
}

// folded is what merge would make of blocks for one query.
func folded(t testing.TB, s *share.Shape, partitions [][][]byte, position int64) answer {
	t.Helper()
	out := answer{groups: map[string]string{}}
	counts := map[string]uint64{}
	states := map[string][]agg.State{}
	for partition, blocks := range partitions {
		for _, b := range blocks {
			block, err := delta.DecodeBlock(b)
			if err != nil {
				t.Fatal(err)
			}
			if block.Plan != position {
				t.Fatalf("block of position %d", block.Plan)
			}
			once := map[plan.ID]bool{}
			for _, d := range block.Nodes {
				mine := s.Table != nil && s.Table.NodeID == d.Node
				if mine && len(s.Branches) == 0 && once[d.Node] && d.Kind == delta.Table && len(d.Groups) > 0 {
					t.Fatalf("the block has node %s twice", d.Node)
				}
				once[d.Node] = true
				switch {
				case s.Rows != nil && d.Node == s.Rows.NodeID:
					if want := delta.Route(d.Node, delta.ByTable, nil, len(partitions)); int(want) != partition {
						t.Fatalf("rows in partition %d, not %d", partition, want)
					}
					out.errors += d.Errors
					for _, r := range d.Rows {
						out.rows = append(out.rows, fmt.Sprintf("%d %d/%d/%d %x", r.EventTime, r.Partition, r.Offset, r.Index, r.Data))
					}
				case s.Table != nil && d.Node == s.Table.NodeID:
					out.noTime += d.NoTime
					out.errors += d.Errors
					foldGroups(t, s, d, partition, len(partitions), counts, states)
				}
			}
		}
	}
	for at, n := range counts {
		out.groups[at] = groupText(n, states[at])
	}
	if len(s.Branches) > 0 { // which branch comes first is nobody's business
		slices.Sort(out.rows)
	}
	return out
}

func foldGroups(t testing.TB, s *share.Shape, d delta.NodeDelta, partition, partitions int, counts map[string]uint64, states map[string][]agg.State) {
	t.Helper()
	where := map[plan.ID]int{}
	for i, id := range d.Aggs {
		where[id] = i
	}
	for _, g := range d.Groups {
		if want := delta.Route(d.Node, delta.Routing(s.Table.Routing), g.Key, partitions); int(want) != partition {
			t.Fatalf("group in partition %d, not %d", partition, want)
		}
		at := fmt.Sprintf("%d %x", g.Pane, g.Key)
		counts[at] += g.Rows
		for i, spec := range s.Table.Aggs {
			f, _ := functionOf(t, spec)
			from, ok := where[spec.ID]
			if !ok {
				t.Fatalf("the block lacks aggregate %s", spec.ID)
			}
			st, err := f.Decode(g.States[from])
			if err != nil {
				t.Fatal(err)
			}
			if len(states[at]) == i {
				states[at] = append(states[at], st)
			} else {
				states[at][i].Merge(st)
			}
		}
	}
}
