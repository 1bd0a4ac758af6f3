package merge

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Whatever has come and gone, and in whichever order queries are asked for, the sums are
// what each query's own segments come to, and no segment is changed by adding up.
func TestSumsAreThoseOfEachQueryByItself(t *testing.T) {
	for _, shape := range []string{"plain", "windows"} {
		t.Run(shape, func(t *testing.T) {
			many := 0
			for seed := range uint64(20) {
				h := newHistory(t, seed, shape == "windows")
				for range 30 {
					h.step()
					many = max(many, len(h.node().segments))
					h.compare()
				}
			}
			if many <= 2*fewSegments {
				t.Fatalf("no node had more than %d segments", many)
			}
		})
	}
}

// history is a partition with one node, and what happens to it.
type history struct {
	t       *testing.T
	rnd     *rand.Rand
	s       *Partition
	windows bool
	aggs    []Aggregate
	queries map[string]*Query
	next    int64 // plan position
	to      int64
}

func newHistory(t *testing.T, seed uint64, windows bool) *history {
	topo := &Topology{Partitions: 1, Streams: map[string]Stream{"tweets": {Topic: topic, Partitions: 1}}}
	h := &history{
		t: t, rnd: rand.New(rand.NewPCG(seed, 1)), s: newPartition(0, topo, 0),
		windows: windows, queries: map[string]*Query{},
	}
	n, f := &plan.Column{Name: "n", Typ: record.BigIntType}, &plan.Column{Name: "f", Typ: record.DoubleType}
	for _, spec := range []plan.Agg{
		{Func: "count", Type: record.BigIntType},
		{Func: "sum", Args: []plan.Expr{n}, Type: record.BigIntType},
		{Func: "max", Args: []plan.Expr{n}, Type: record.BigIntType},
		{Func: "avg", Args: []plan.Expr{f}, Type: record.DoubleType},
	} {
		fn, err := agg.Lookup(spec)
		if err != nil {
			t.Fatal(err)
		}
		h.aggs = append(h.aggs, Aggregate{ID: plan.HashID([]byte(spec.Func), []byte(spec.Type.String())), Func: fn})
	}
	h.start(0)
	h.sync()
	return h
}

func (h *history) node() *node {
	for _, n := range h.s.nodes {
		return n
	}
	return &node{}
}

// step starts or drops queries, or brings a block and a seal.
func (h *history) step() {
	switch h.rnd.IntN(4) {
	case 0, 1:
		for range 1 + h.rnd.IntN(6) {
			h.start(h.rnd.Int64N(2)) // some begin at the same position
		}
		h.sync()
	case 2:
		for id := range h.queries {
			if len(h.queries) > 1 && h.rnd.IntN(8) == 0 {
				delete(h.queries, id)
			}
		}
		h.sync()
	}
	h.block()
	h.to++
	seal := &delta.Seal{Plan: h.next, Parts: []delta.SealPart{{Topic: topic, From: h.to - 1, To: h.to, Newest: h.to * second}}}
	if err := h.s.fold(&prepared{offset: h.s.pos, seal: seal}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) start(later int64) {
	h.next += later
	q := count(h.t, fmt.Sprintf("q%d", h.rnd.Int64()), "all", h.next)
	if h.windows {
		windowed(q)
	}
	q.Table.Final = h.windows && h.rnd.IntN(2) == 0
	q.Table.Aggs = nil
	for _, i := range h.rnd.Perm(len(h.aggs))[:1+h.rnd.IntN(len(h.aggs))] {
		q.Table.Aggs = append(q.Table.Aggs, h.aggs[i])
	}
	h.queries[q.ID] = q
}

func (h *history) sync() {
	h.t.Helper()
	h.s.sync(&Definitions{Position: h.next + 1, Queries: DirectoryOf(h.queries)})
	n := h.node()
	known := map[string]*Query{}
	for i, q := range n.queries {
		known[q.ID] = q.Query
		if i > 0 && n.queries[i-1].Position > q.Position || n.segments[n.first(q.Position)].start != q.Position {
			h.t.Fatalf("query %d begins at %d, not in order or at no segment", i, q.Position)
		}
	}
	if !maps.Equal(known, h.queries) || len(n.queries) != len(known) {
		h.t.Fatalf("the node has %d queries of %d", len(n.queries), len(h.queries))
	}
}

// block brings some groups, under any plan position so far, with any of the aggregates.
func (h *history) block() {
	d := delta.NodeDelta{Node: h.node().id, Kind: delta.Table, Errors: h.rnd.Uint64N(3)}
	some := h.rnd.Perm(len(h.aggs))[:1+h.rnd.IntN(len(h.aggs))]
	for _, i := range some {
		d.Aggs = append(d.Aggs, h.aggs[i].ID)
	}
	for key := range 5 {
		if h.rnd.IntN(2) == 0 {
			continue
		}
		g := delta.Group{Key: record.AppendValue(nil, record.Text(fmt.Sprint(key))), Rows: 1}
		if h.windows {
			g.Pane = (h.to + h.rnd.Int64N(30)) / 10 * 10 * second
		}
		for _, i := range some {
			st := h.aggs[i].Func.New()
			switch i {
			case 0:
				st.Update(nil, []int32{0})
			case 3:
				c := &record.Column{Type: record.DoubleType}
				c.AppendFloat(float64(h.rnd.IntN(1000)) / 2) // so that no sum is rounded
				st.Update([]*record.Column{c}, []int32{0})
			default:
				c := &record.Column{Type: record.BigIntType}
				c.AppendInt(h.rnd.Int64N(1000))
				st.Update([]*record.Column{c}, []int32{0})
			}
			g.States = append(g.States, st.Append(nil))
		}
		d.Groups = append(d.Groups, g)
	}
	err := h.s.fold(&prepared{offset: h.s.pos, block: &delta.Block{Plan: h.rnd.Int64N(h.next + 1), Nodes: []delta.NodeDelta{d}}})
	if err != nil {
		h.t.Fatal(err)
	}
}

// compare asks for all queries, from the youngest to the oldest and in any order.
func (h *history) compare() {
	h.t.Helper()
	wantTotals(h.t, h.s)
	n := h.node()
	before := segmentsOf(n)
	want := map[string]string{}
	for _, q := range n.queries {
		want[q.ID] = byItself(q)
	}
	inTurn, anyhow := slices.Clone(n.queries), slices.Clone(n.queries)
	slices.Reverse(inTurn)
	h.rnd.Shuffle(len(anyhow), func(i, j int) { anyhow[i], anyhow[j] = anyhow[j], anyhow[i] })
	for _, order := range [][]*query{inTurn, anyhow} {
		var u sums
		for _, q := range order {
			if got := bySums(&u, q); got != want[q.ID] {
				h.t.Fatalf("query of position %d, segments %s: the sums are\n%s\nby itself it has\n%s", q.Position, before, got, want[q.ID])
			}
		}
	}
	if after := segmentsOf(n); after != before {
		h.t.Fatalf("the segments were\n%s\nand are\n%s", before, after)
	}
}

// segmentsOf prints what a node's segments hold.
func segmentsOf(n *node) string {
	var b bytes.Buffer
	for _, s := range n.segments {
		fmt.Fprintf(&b, "%d: %v, %d groups\n", s.start, s.counters, s.held.groups)
		for _, r := range slices.SortedFunc(s.refs(), compareRefs) {
			fmt.Fprintf(&b, "  %d %q: %x\n", r.pane, r.key, appendGroup(nil, n, s.group(r)))
		}
	}
	return b.String()
}

// bySums prints all that sums says of a query.
func bySums(u *sums, q *query) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%v, %d groups, at most %d\n", u.countersOf(q), u.groupsOf(q, 0), u.groupsOf(q, 1<<40))
	for pane := int64(-1); pane < 8; pane++ {
		if at := pane * 10 * second; u.has(q, at) {
			fmt.Fprintf(&b, "has %d\n", at)
		}
	}
	refs := slices.SortedFunc(u.rowsOf(q), compareRefs)
	for _, pane := range u.windowsOf(q) {
		for _, key := range u.keysOf(q, pane) {
			states, ok := u.states(q, rowRef{pane, key})
			fmt.Fprintf(&b, "%d %q: %t", pane, key, ok && slices.Contains(refs, rowRef{pane, key}))
			for _, st := range states {
				fmt.Fprintf(&b, " %x", st.Append(nil))
			}
			b.WriteByte('\n')
		}
	}
	_, ok := u.states(q, rowRef{0, "no group"})
	fmt.Fprintf(&b, "%d rows, %t", len(refs), ok)
	return b.String()
}

// byItself prints the same, from going through all of the query's segments for every
// question.
func byItself(q *query) string {
	n := q.node
	var segs []*segment
	for _, s := range n.segments {
		if s.start >= q.Position {
			segs = append(segs, s)
		}
	}
	var b bytes.Buffer
	var c counters
	panes, rows, most := map[int64]bool{}, map[rowRef][]*group{}, int64(0)
	for _, s := range segs {
		c.add(s.counters)
		for r, g := range s.all() {
			panes[r.pane] = true
			rows[r] = append(rows[r], g)
			most++
		}
	}
	fmt.Fprintf(&b, "%v, %d groups, at most %d\n", c, len(rows), most)
	for _, pane := range slices.Sorted(maps.Keys(panes)) {
		fmt.Fprintf(&b, "has %d\n", pane)
	}
	for _, r := range slices.SortedFunc(maps.Keys(rows), compareRefs) {
		fmt.Fprintf(&b, "%d %q: true", r.pane, r.key)
		for _, want := range q.Table.Aggs {
			sum := want.Func.New()
			for _, g := range rows[r] {
				if st := g.states[n.aggIndex(want.ID)]; st != nil {
					sum.Merge(st)
				}
			}
			fmt.Fprintf(&b, " %x", sum.Append(nil))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%d rows, false", len(rows))
	return b.String()
}
