package merge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

const (
	topic  = "millrace.tweets"
	second = int64(1_000_000) // µs
)

// bench is a pipeline without a scan: the test writes blocks and seals itself.
type bench struct {
	t        *testing.T
	broker   *fakeBroker
	store    *fakeStore
	registry *fakeRegistry
	notifier *fakeNotifier
	topo     Topology
	stage    *Stage
	member   int
	to       map[int32]int64 // tweets read per scan partition
	wall     int64
}

func newBench(t *testing.T, scans, merges int32) *bench {
	b := &bench{
		t: t, broker: newBroker(merges), store: newStore(), notifier: &fakeNotifier{},
		registry: &fakeRegistry{defs: &Definitions{}},
		topo: Topology{
			Partitions: merges, Topics: map[string]string{topic: "uuid-1"},
			Streams: map[string]Stream{"tweets": {Topic: topic, Partitions: scans, Lateness: 5 * time.Second}},
		},
		to: map[int32]int64{}, wall: 1_000_000,
	}
	b.restart()
	return b
}

// restart makes a new member take over, as after a crash.
func (b *bench) restart() {
	b.member++
	b.stage = NewStage(Config{
		Topology: b.topo, Log: b.broker.give(b.member), Store: b.store, Registry: b.registry,
		Notifier: b.notifier, Owner: "test", Logger: slog.New(slog.DiscardHandler),
	})
}

func (b *bench) log() *fakeLog { return b.stage.cfg.Log.(*fakeLog) }

// step runs a round, flushing and checkpointing everything.
func (b *bench) step() {
	b.t.Helper()
	if err := b.stage.step(context.Background(), true); err != nil {
		b.t.Fatal(err)
	}
}

// define sets the registered queries.
func (b *bench) define(queries []*Query, drops map[string]int64) {
	d := &Definitions{Queries: map[string]*Query{}, Drops: maps.Clone(drops)}
	for _, q := range queries {
		d.Queries[q.ID] = q
		d.Position = max(d.Position, q.Position+1)
	}
	for _, epoch := range drops {
		d.Position = max(d.Position, epoch+1)
	}
	b.registry.mu.Lock()
	defer b.registry.mu.Unlock()
	d.Position = max(d.Position, b.registry.defs.Position)
	b.registry.defs = d
}

// post is a post that matched: its key and event time.
type post struct {
	key  string
	time int64
}

// commit is one scan transaction of scan partition p: count deltas of the table
// query's node, routed, then a seal everywhere.
func (b *bench) commit(p int32, planAt int64, table *Query, posts ...post) {
	b.t.Helper()
	fn := table.Table.Aggs[0].Func
	groups := map[int32]map[rowRef]agg.State{}
	counts := map[int32]map[rowRef]uint64{}
	newest := int64(record.NoEventTime)
	for _, x := range posts {
		r := rowRef{key: string(record.AppendValue(nil, record.Text(x.key)))}
		if len(table.Table.Keys) == 0 {
			r.key = ""
		}
		if w := table.Table.Window; w > 0 {
			r.pane = x.time / w * w
		}
		newest = max(newest, x.time)
		e := delta.Route(table.Table.Node, table.Table.Routing, []byte(r.key), int(b.topo.Partitions))
		if groups[e] == nil {
			groups[e], counts[e] = map[rowRef]agg.State{}, map[rowRef]uint64{}
		}
		if groups[e][r] == nil {
			groups[e][r] = fn.New()
		}
		groups[e][r].Update(nil, 0)
		counts[e][r]++
	}
	b.wall += 100
	seal := &delta.Seal{Plan: planAt, Wall: b.wall, Topics: b.topo.Topics, Parts: []delta.SealPart{{
		Topic: topic, Partition: p, From: b.to[p], To: b.to[p] + int64(len(posts)), Newest: newest,
	}}}
	b.to[p] += int64(len(posts))
	for e := range b.topo.Partitions {
		if len(groups[e]) > 0 {
			nd := delta.NodeDelta{Node: table.Table.Node, Kind: delta.Table, Aggs: []plan.ID{table.Table.Aggs[0].ID}}
			for _, r := range slices.SortedFunc(maps.Keys(groups[e]), compareRefs) {
				nd.Groups = append(nd.Groups, delta.Group{Pane: r.pane, Key: []byte(r.key), Rows: counts[e][r], States: [][]byte{groups[e][r].Append(nil)}})
			}
			b.broker.append(e, TypeBlock, delta.Encode(&delta.Block{Plan: planAt, Nodes: []delta.NodeDelta{nd}}))
		}
		b.seal(e, seal)
	}
}

func (b *bench) seal(e int32, seal *delta.Seal) {
	b.t.Helper()
	enc, err := delta.EncodeSeal(seal)
	if err != nil {
		b.t.Fatal(err)
	}
	b.broker.append(e, TypeSeal, enc)
	b.broker.marker(e)
}

func (b *bench) want(want string) {
	b.t.Helper()
	got := b.store.snapshot()
	if got != strings.TrimSpace(want) {
		b.t.Fatalf("store holds\n%s\nwant\n%s", got, strings.TrimSpace(want))
	}
	if len(b.store.back) > 0 {
		b.t.Fatalf("written offsets went back: %v", b.store.back)
	}
}

var countID = plan.HashID([]byte("count"))

// count is count(*) by key; node names what it shares.
func count(t testing.TB, id, node string, position int64, edit ...func(*Query)) *Query {
	t.Helper()
	fn, err := agg.Lookup(plan.Agg{Func: "count", Type: record.BigIntType})
	if err != nil {
		t.Fatal(err)
	}
	q := &Query{
		ID: id, Epoch: position, Position: position, Stream: "tweets", Selection: plan.HashID([]byte(node)),
		Table: &Table{
			Node: plan.HashID([]byte("node"), []byte(node)), Routing: delta.ByKey, Keys: []record.Type{record.VarcharType},
			Aggs: []Aggregate{{ID: countID, Func: fn}},
			Cols: []plan.NamedExpr{{Name: "n", Expr: &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}}},
		},
	}
	for _, e := range edit {
		e(q)
	}
	return q
}

func global(q *Query)   { q.Table.Keys = nil }
func windowed(q *Query) { q.Table.Window = 10 * second }
func final(q *Query)    { q.Table.Final = true }

func atLeast(n int64) func(*Query) {
	return func(q *Query) {
		q.Table.Having = &plan.Call{Func: plan.FuncNot, Typ: record.BooleanType, Args: []plan.Expr{
			&plan.Call{Func: plan.FuncLt, Typ: record.BooleanType, Args: []plan.Expr{
				&plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}, &plan.Literal{Value: record.Int(n)},
			}},
		}}
	}
}

func top(k int64) func(*Query) {
	return func(q *Query) {
		q.Table.K, q.Table.Routing = k, delta.ByTable
		q.Table.Order = []plan.SortKey{{Expr: &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}, Desc: true, NullsFirst: true}}
		q.Table.Cols = append([]plan.NamedExpr{{Name: "k", Expr: &plan.Ref{Kind: plan.KeyRef, Typ: record.VarcharType}}}, q.Table.Cols...)
	}
}

func TestGlobalAggregateHasItsRowFromLiveOn(t *testing.T) {
	b := newBench(t, 2, 4)
	q := count(t, "q", "all", 3, global)
	b.define([]*Query{q}, nil)
	b.commit(0, 3, q)
	b.step()
	b.want("")
	b.commit(1, 3, q)
	b.step()
	b.want(`q [] {"n":0}`)
	if got := fmt.Sprint(b.notifier.live); got != "[q@3]" {
		t.Fatalf("announced %s", got)
	}
	b.commit(0, 3, q, post{"a", second}, post{"b", second})
	b.step()
	b.want(`q [] {"n":2}`)
	if got := b.store.queries["q"].meta["status"]; got != "live" {
		t.Fatalf("status is %q", got)
	}
}

func TestHavingTakesRowsAwayAgain(t *testing.T) {
	b := newBench(t, 1, 2)
	small := count(t, "q", "all", 1, atLeast(2))
	b.define([]*Query{small}, nil)
	b.commit(0, 1, small, post{"a", 0}, post{"a", 0}, post{"b", 0})
	b.step()
	b.want(`q ["a"] {"n":2}`)
}

func TestTopKIsTheLeastUnderItsOrder(t *testing.T) {
	b := newBench(t, 1, 4)
	q := count(t, "q", "all", 1, top(2))
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"b", 0}, post{"c", 0}, post{"a", 0})
	b.step()
	b.want(`q top {"k":"a","n":1} {"k":"b","n":1}`)
	b.commit(0, 1, q, post{"c", 0})
	b.step()
	b.want(`q top {"k":"c","n":2} {"k":"a","n":1}`)
}

func TestSegmentsGiveEveryStartItsOwnAnswer(t *testing.T) {
	b := newBench(t, 1, 2)
	var qs []*Query
	var want []string
	for i := range 20 {
		qs = append(qs, count(t, fmt.Sprintf("q%02d", i), "all", int64(10*i), global))
		b.define(qs, nil)
		b.commit(0, int64(10*i), qs[0], post{"a", 0})
		if i%3 == 0 {
			b.step()
		}
	}
	// Another scheduler is still under an older plan: q00 to q05 take its posts.
	b.commit(0, 55, qs[0], post{"a", 0}, post{"a", 0})
	b.step()
	for i := range 20 {
		n := 20 - i
		if i <= 5 {
			n += 2
		}
		want = append(want, fmt.Sprintf(`q%02d [] {"n":%d}`, i, n))
	}
	b.want(strings.Join(want, "\n"))
	p := b.stage.owned[delta.Route(qs[0].Table.Node, delta.ByKey, nil, 2)]
	if len(p.nodes) != 1 || len(p.nodes[qs[0].Table.Node].segments) != 20 {
		t.Fatalf("%d nodes, want one of 20 segments", len(p.nodes))
	}
	// Dropping every second folds their segments into the ones before, and the
	// first one's goes.
	var left []*Query
	want = nil
	drops := map[string]int64{}
	for i, q := range qs {
		if i%2 == 0 {
			drops[q.ID] = 500
			continue
		}
		left = append(left, q)
	}
	b.define(left, drops)
	b.commit(0, 500, qs[0], post{"a", 0})
	b.restart()
	b.step()
	for i := 1; i < 20; i += 2 {
		n := 21 - i
		if i <= 5 {
			n += 2
		}
		want = append(want, fmt.Sprintf(`q%02d [] {"n":%d}`, i, n))
	}
	b.want(strings.Join(want, "\n"))
	p = b.stage.owned[delta.Route(qs[0].Table.Node, delta.ByKey, nil, 2)]
	if n := len(p.nodes[qs[0].Table.Node].segments); n != 10 {
		t.Fatalf("%d segments, want 10", n)
	}
}

func TestWindowsCloseByTheWatermark(t *testing.T) {
	b := newBench(t, 2, 2)
	changes := count(t, "changes", "all", 1, windowed)
	finals := count(t, "final", "all", 1, windowed, final)
	b.define([]*Query{changes, finals}, nil)
	b.commit(0, 1, changes, post{"a", 1 * second}, post{"a", 12 * second})
	b.commit(1, 1, changes, post{"a", 2 * second})
	b.step()
	b.want("changes 0-10000[\"a\"] {\"n\":2}\nchanges 10000-20000[\"a\"] {\"n\":1}")
	b.commit(0, 1, changes, post{"b", 40 * second})
	b.step() // partition 1 holds the watermark at 2 s - 5 s
	b.want("changes 0-10000[\"a\"] {\"n\":2}\nchanges 10000-20000[\"a\"] {\"n\":1}\nchanges 40000-50000[\"b\"] {\"n\":1}")
	b.commit(1, 1, changes, post{"a", 15 * second}) // watermark 10 s: the first window closes
	b.step()
	b.want(`changes 0-10000["a"] {"n":2}
changes 10000-20000["a"] {"n":2}
changes 40000-50000["b"] {"n":1}
final 0-10000["a"] {"n":2}`)
	b.commit(1, 1, changes, post{"a", 3 * second}, post{"a", 16 * second}) // the first of them is late
	b.step()
	b.want(`changes 0-10000["a"] {"n":2}
changes 10000-20000["a"] {"n":3}
changes 40000-50000["b"] {"n":1}
final 0-10000["a"] {"n":2}`)
	late := int64(0)
	for k, n := range b.store.queries["changes"].counts {
		if strings.HasPrefix(k, "late:") {
			late += n
		}
	}
	if late != 1 {
		t.Fatalf("%d late rows, want 1", late)
	}
}

func TestClosedWindowsExpireByCarriedTime(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1, windowed, func(q *Query) { q.Limits.Retention = time.Second })
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 1 * second})
	b.commit(0, 1, q, post{"a", 21 * second})
	b.step()
	b.want("q 0-10000[\"a\"] {\"n\":1}\nq 20000-30000[\"a\"] {\"n\":1}")
	b.wall += 2000
	b.commit(0, 1, q)
	b.step()
	b.want(`q 20000-30000["a"] {"n":1}`)
	b.restart()
	b.step()
	n := b.stage.owned[0].nodes[q.Table.Node]
	if len(n.panes) != 1 || len(n.segments[0].panes) != 1 {
		t.Fatalf("an expired window is still kept: %v", n.panes)
	}
}

func TestBoundedInputsAreNeverLate(t *testing.T) {
	b := newBench(t, 2, 2)
	b.topo.Bounded = true
	b.restart()
	q := count(t, "q", "all", 1, windowed, final)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 1000 * second}, post{"a", 1 * second})
	b.commit(1, 1, q, post{"a", 2 * second})
	b.step()
	b.want("")
	for p := range int32(2) {
		for e := range b.topo.Partitions {
			b.seal(e, &delta.Seal{Plan: 1, Wall: b.wall, Topics: b.topo.Topics, Parts: []delta.SealPart{{Topic: topic, Partition: p, From: b.to[p], To: b.to[p] + 1, Newest: record.NoEventTime, End: true}}})
		}
	}
	b.step()
	b.want("q 0-10000[\"a\"] {\"n\":2}\nq 1000000-1010000[\"a\"] {\"n\":1}")
	for p, a := range b.store.asOf {
		if !a.Ended {
			t.Fatalf("partition %d does not say that the input has ended", p)
		}
	}
}

func TestASealThatDoesNotContinueStopsTheStage(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0}, post{"a", 0})
	b.to[0]--
	b.commit(0, 1, q, post{"a", 0})
	if err := b.stage.step(context.Background(), true); !errors.Is(err, ErrContinuity) {
		t.Fatalf("got %v, want ErrContinuity", err)
	}
}

func TestOtherTopicsOfTheSameNameAreRefused(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	b.topo.Topics = map[string]string{topic: "uuid-2"}
	b.restart()
	if err := b.stage.step(context.Background(), true); !errors.Is(err, ErrIncarnation) {
		t.Fatalf("got %v, want ErrIncarnation", err)
	}
}

func TestAZombieLeavesTheStage(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	zombie := b.stage
	b.restart()
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	o := zombie.owned[0]
	b.commit(0, 1, q, post{"a", 0})
	if err := zombie.flush(context.Background(), o); err == nil {
		o.lastLook = time.Time{}
		err = zombie.finish(context.Background(), o)
		if !errors.Is(err, ErrFenced) {
			t.Fatalf("got %v, want ErrFenced", err)
		}
	} else if !errors.Is(err, ErrFenced) {
		t.Fatalf("got %v, want ErrFenced", err)
	}
}

func TestAReplacedQueryStartsFromNothing(t *testing.T) {
	b := newBench(t, 1, 2)
	old := count(t, "q", "old", 1)
	b.define([]*Query{old}, nil)
	b.commit(0, 1, old, post{"a", 0}, post{"b", 0})
	b.step()
	now := count(t, "q", "new", 5)
	b.define([]*Query{now}, nil)
	b.commit(0, 5, now, post{"a", 0})
	b.step()
	b.want(`q ["a"] {"n":1}`)
	b.define(nil, map[string]int64{"q": 9})
	b.step()
	b.want("")
	if r := b.store.queries["q"]; !r.dropped || r.epoch != 9 {
		t.Fatalf("the drop left %+v", r)
	}
}

func TestAFailedQueryKeepsItsRows(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1, func(q *Query) { q.Limits.MaxGroups = 1 })
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0}, post{"b", 0})
	b.step()
	b.step()
	if got := fmt.Sprint(b.notifier.fail); got != "[q: more than max_groups = 1 groups]" {
		t.Fatalf("reported %s", got)
	}
	failed := *q
	failed.Epoch, failed.Position, failed.Failed, failed.Table = 5, 5, "more than max_groups = 1 groups", nil
	b.define([]*Query{&failed}, nil)
	b.commit(0, 5, q, post{"a", 0})
	b.step()
	b.want("q [\"a\"] {\"n\":1}\nq [\"b\"] {\"n\":1}")
	if got := b.store.queries["q"].meta["status"]; got != "failed" {
		t.Fatalf("status is %q", got)
	}
}

// TestFaultsDoNotChangeTheAnswer runs the same blocks with and without crashes,
// aborts, store outages and store losses.
func TestFaultsDoNotChangeTheAnswer(t *testing.T) {
	for seed := range uint64(100) {
		want := scenario(t, seed, false)
		if got := scenario(t, seed, true); got != want {
			t.Fatalf("seed %d: with faults\n%s\nwithout\n%s", seed, got, want)
		}
	}
}

func scenario(t *testing.T, seed uint64, faults bool) string {
	b := newBench(t, 2, 2)
	rnd := rand.New(rand.NewPCG(seed, 1))
	fault := rand.New(rand.NewPCG(seed, 2))
	var qs []*Query
	drops := map[string]int64{}
	at := int64(0)
	last := map[int32]int64{} // plan position per scan: they lag each other
	for range 60 {
		if rnd.IntN(5) == 0 {
			at += int64(1 + rnd.IntN(3))
			id := fmt.Sprintf("q%d", rnd.IntN(4))
			qs = slices.DeleteFunc(qs, func(q *Query) bool { return q.ID == id })
			if rnd.IntN(4) == 0 {
				drops[id] = at
			} else {
				delete(drops, id)
				node := fmt.Sprint("n", rnd.IntN(2))
				var edit []func(*Query)
				switch node {
				case "n0":
					edit = append(edit, windowed)
					if rnd.IntN(2) == 0 {
						edit = append(edit, final)
					}
				case "n1":
					if rnd.IntN(2) == 0 {
						edit = append(edit, atLeast(3))
					}
				}
				qs = append(qs, count(t, id, node, at, edit...))
			}
			b.define(qs, drops)
		}
		p := int32(rnd.IntN(2))
		last[p] = max(last[p], at-int64(rnd.IntN(3)), 0)
		node := count(t, "x", fmt.Sprint("n", rnd.IntN(2)), 0)
		if node.Table.Node == count(t, "x", "n0", 0).Table.Node {
			windowed(node)
		}
		var posts []post
		for range rnd.IntN(4) {
			posts = append(posts, post{string(rune('a' + rnd.IntN(3))), (b.wall/100 - 10_000 + int64(rnd.IntN(5))) * second})
		}
		b.commit(p, last[p], node, posts...)
		if faults {
			b.inject(fault)
		} else {
			b.step()
		}
	}
	b.store.failing = nil
	for range 5 {
		b.step()
	}
	if len(b.store.back) > 0 {
		t.Fatalf("seed %d: written offsets went back: %v", seed, b.store.back)
	}
	return b.store.snapshot()
}

// inject makes one random fault, and runs a part of a round.
func (b *bench) inject(rnd *rand.Rand) {
	b.t.Helper()
	ctx := context.Background()
	switch rnd.IntN(10) {
	case 0:
		b.restart()
	case 1:
		b.log().abort = true
		_ = b.stage.step(ctx, true)
	case 2:
		b.store.flushAll()
	case 3:
		b.store.failing = errors.New("away")
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		_ = b.stage.step(short, true)
		cancel()
		b.store.failing = nil
		if rnd.IntN(2) == 0 {
			b.restart()
		}
	case 4: // flushed, not checkpointed, crashed
		if len(b.stage.owned) > 0 {
			_ = b.stage.flushDue(ctx, true)
		}
		b.restart()
		b.log().limit = 1
		b.step()
		b.log().limit = 0
	case 5:
		b.step()
	case 6:
		b.log().limit = 1 + rnd.IntN(3)
		b.step()
		b.log().limit = 0
	default:
	}
}
