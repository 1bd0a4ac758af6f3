package merge

import (
	"math"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/sql/plan"
)

func TestErrorsOfTheOutputAreCounted(t *testing.T) {
	b := newBench(t, 1, 1)
	q, sumTop := sum(t, "q", "all", 1), sum(t, "top", "top", 2, top(3))
	b.define([]*Query{q, sumTop}, nil)
	all := []*Query{q, sumTop}
	b.commitAll(0, 2, all, post{"a", math.MaxInt64}, post{"a", 1}, post{"b", 7})
	b.step()
	check := func(when string, want int64) {
		t.Helper()
		for _, id := range []string{"q", "top"} {
			if n := b.store.counter(id, "errors"); n != want {
				t.Fatalf("%s: %s has %d errors, want %d", when, id, n, want)
			}
		}
	}
	check("after an overflow", 1)
	b.want(`q ["a"] {"n":null}
	        q ["b"] {"n":7}
	        top top {"k":"a","n":null} {"k":"b","n":7}`)
	b.restart()
	b.commitAll(0, 2, all, post{"b", 1})
	b.step()
	check("after a restart", 1)
	b.commitAll(0, 2, all, post{"a", -5})
	b.step()
	check("when it fits again", 0)
}

func TestCountersOfTheSelection(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1, windowed)
	later := count(t, "later", "all", 8, windowed)
	b.define([]*Query{q, later}, nil)
	nd := delta.NodeDelta{Node: q.Table.Node, Kind: delta.Table, Errors: 2, Mismatches: 3, NoTime: 4, Aggs: []plan.ID{q.Table.Aggs[0].ID}}
	for _, at := range []int64{1, 8} {
		b.broker.append(0, TypeBlock, delta.Encode(&delta.Block{Plan: at, Nodes: []delta.NodeDelta{nd}}))
		b.sealAll(0, at, nil)
		b.restart()
		b.step()
	}
	for name, want := range map[string]int64{"errors": 2, "mismatches": 3, "no_time": 4} {
		if n, m := b.store.counter("q", name), b.store.counter("later", name); n != 2*want || m != want {
			t.Errorf("%s: %d and %d, want %d and %d", name, n, m, 2*want, want)
		}
	}
}

func TestBlocksOfLaterVersions(t *testing.T) {
	q := count(t, "q", "all", 1)
	groups := delta.NodeDelta{Node: q.Table.Node, Kind: delta.Table, Aggs: []plan.ID{{9}, q.Table.Aggs[0].ID}, Groups: []delta.Group{
		{Key: []byte{}, Rows: 2, States: [][]byte{{0xff}, {2}}},
	}}
	for _, c := range []struct {
		name  string
		block delta.Block
		want  string
	}{
		{"an aggregate and a kind that are not known", delta.Block{Nodes: []delta.NodeDelta{
			{Node: q.Table.Node, Kind: 77, Raw: []byte("…")}, groups,
		}}, ""},
		{"another cohort", delta.Block{Cohort: 3, Nodes: []delta.NodeDelta{groups}}, "cohort 3"},
		{"a node of another kind", delta.Block{Nodes: []delta.NodeDelta{{Node: q.Table.Node, Kind: delta.Rows, Errors: 1}}}, "kind 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 1, 1)
			b.define([]*Query{count(t, "q", "all", 1, global)}, nil)
			c.block.Plan = 1
			b.broker.append(0, TypeBlock, delta.Encode(&c.block))
			b.sealAll(0, 1, nil)
			err := b.stage.step(t.Context(), true)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				b.want(`q [] {"n":2}`)
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestErrorsAreCountedWhenAWindowCloses, where nothing else has the counters
// written: the rows of final results are computed only then.
func TestErrorsAreCountedWhenAWindowCloses(t *testing.T) {
	for _, edit := range []func(*Query){final, top(3)} {
		b := newBench(t, 1, 1)
		q := sum(t, "q", "all", 1, windowed, final, edit)
		b.define([]*Query{q}, nil)
		const late = math.MaxInt64 / 2 / (10 * second) * (10 * second)
		b.commit(0, 1, q, post{"a", late + 8*second}, post{"a", late + 9*second}, post{"a", late + 1*second})
		b.step()
		if n := b.store.counter("q", "errors"); n != 0 {
			t.Errorf("%d errors before the window is closed", n)
		}
		b.says(0, "end")
		b.step()
		if n := b.store.counter("q", "errors"); n != 1 {
			t.Errorf("%d errors when it is closed, want 1", n)
		}
		b.restart()
		b.says(0, "markers")
		b.step()
		if n := b.store.counter("q", "errors"); n != 1 {
			t.Errorf("%d errors after a restart, want 1", n)
		}
	}
}
