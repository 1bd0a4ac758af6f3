package merge

import (
	"context"
	"log/slog"
	"maps"
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
	t        testing.TB
	broker   *fakeBroker
	store    *fakeStore
	registry *fakeRegistry
	notifier *fakeNotifier
	topo     Topology
	edit     func(*Config) // of every stage
	stage    *Stage
	member   int
	to       map[int32]int64 // tweets read per scan partition
	wall     int64
	serial   int64 // of the last post
	declared map[string]*Stream
}

func newBench(t testing.TB, scans, merges int32) *bench {
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
	cfg := Config{
		Topology: b.topo, Log: b.broker.give(b.member), Store: b.store, Registry: b.registry,
		Notifier: b.notifier, Owner: "test", Program: "this", Logger: slog.New(slog.DiscardHandler),
		LookInterval: -1, // at every round
	}
	if b.edit != nil {
		b.edit(&cfg)
	}
	b.stage = NewStage(cfg)
}

func (b *bench) log() *fakeLog { return b.stage.cfg.Log.(*fakeLog) }

// step runs a round, flushing and checkpointing everything.
func (b *bench) step() {
	b.t.Helper()
	if err := b.stage.step(context.Background(), true); err != nil {
		b.t.Fatal(err)
	}
	b.checkTotals()
}

// flushOnly folds and flushes, and does not checkpoint.
func (b *bench) flushOnly() {
	b.t.Helper()
	ctx := context.Background()
	records, err := b.log().Poll(ctx)
	for _, err := range []error{err, b.stage.enqueue(records), b.stage.foldQueued(ctx), b.stage.flushDue(ctx, true)} {
		if err != nil {
			b.t.Fatal(err)
		}
	}
	b.checkTotals()
}

func (b *bench) checkTotals() {
	b.t.Helper()
	for _, o := range b.stage.owned {
		wantTotals(b.t, o.Partition)
	}
}

// define sets the registered queries.
func (b *bench) define(queries []*Query, drops map[string]int64) {
	d, byID := &Definitions{Drops: DirectoryOf(drops)}, map[string]*Query{}
	for _, q := range queries {
		byID[q.ID] = q
		d.Position = max(d.Position, q.Position+1)
	}
	d.Queries, d.Streams = DirectoryOf(byID), DirectoryOf(b.declared)
	for _, st := range b.declared {
		d.Position = max(d.Position, st.Position+1)
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

// commit is one scan transaction of scan partition p: deltas of one query's node,
// routed, then a seal everywhere.
func (b *bench) commit(p int32, planAt int64, q *Query, posts ...post) {
	b.t.Helper()
	b.commitAll(p, planAt, []*Query{q}, posts...)
}

// commitAll is commit for the nodes of several queries, which all match the
// posts.
func (b *bench) commitAll(p int32, planAt int64, queries []*Query, posts ...post) {
	b.t.Helper()
	newest := int64(record.NoEventTime)
	for _, x := range posts {
		newest = max(newest, x.time)
	}
	blocks := make([]delta.Block, b.topo.Partitions)
	done := map[plan.ID]bool{}
	for _, q := range queries {
		if id := q.node(); !done[id] {
			done[id] = true
			b.add(blocks, q, posts)
		}
	}
	b.serial += int64(len(posts))
	for e := range blocks {
		if len(blocks[e].Nodes) > 0 {
			blocks[e].Plan = planAt
			b.broker.append(int32(e), TypeBlock, delta.Encode(&blocks[e]))
		}
	}
	b.sealAll(p, planAt, func(part *delta.SealPart) {
		part.To += int64(len(posts))
		part.Newest = newest
		if part.Documents = int64(len(posts)); len(posts) > 0 {
			part.Appended = b.wall
		}
	})
}

// add adds a node's deltas to the blocks of the partitions that own them.
func (b *bench) add(blocks []delta.Block, q *Query, posts []post) {
	if len(posts) == 0 {
		return
	}
	if q.Rows != nil {
		nd := delta.NodeDelta{Node: q.Rows.Node, Kind: delta.Rows}
		for i, x := range posts {
			data := record.AppendValue(nil, record.Text(x.key))
			data = record.AppendValue(data, record.Int(b.serial+int64(i)+1))
			nd.Rows = append(nd.Rows, delta.Row{EventTime: x.time, Offset: b.serial, Index: int32(i), Data: data})
		}
		e := delta.Route(q.Rows.Node, delta.ByTable, nil, len(blocks))
		blocks[e].Nodes = append(blocks[e].Nodes, nd)
		return
	}
	t := q.Table
	groups := make([]map[rowRef]*group, len(blocks))
	for i, x := range posts {
		var r rowRef
		if len(t.Keys) > 0 {
			r.key = string(record.AppendValue(nil, record.Text(x.key)))
		}
		if t.Window > 0 {
			r.pane = x.time / t.Window * t.Window
		}
		e := delta.Route(t.Node, t.Routing, []byte(r.key), len(blocks))
		if groups[e] == nil {
			groups[e] = map[rowRef]*group{}
		}
		if groups[e][r] == nil {
			groups[e][r] = &group{states: []agg.State{t.Aggs[0].Func.New()}}
		}
		groups[e][r].rows++
		groups[e][r].states[0].Update(b.arguments(q, x, b.serial+int64(i)+1), []int32{0})
	}
	for e := range groups {
		if len(groups[e]) == 0 {
			continue
		}
		nd := delta.NodeDelta{Node: t.Node, Kind: delta.Table, Aggs: []plan.ID{t.Aggs[0].ID}}
		for _, r := range slices.SortedFunc(maps.Keys(groups[e]), compareRefs) {
			g := groups[e][r]
			nd.Groups = append(nd.Groups, delta.Group{Pane: r.pane, Key: []byte(r.key), Rows: g.rows, States: [][]byte{g.states[0].Append(nil)}})
		}
		blocks[e].Nodes = append(blocks[e].Nodes, nd)
	}
}

// arguments are the columns that the query's aggregate is updated with: for top
// rows the event time, by which they are ordered, the key and the serial number;
// else the event time.
func (b *bench) arguments(q *Query, x post, serial int64) []*record.Column {
	ints := func(n int64) *record.Column {
		c := &record.Column{Type: record.BigIntType}
		c.AppendInt(n)
		return c
	}
	if !q.Table.TopRows {
		return []*record.Column{ints(x.time)}
	}
	text := &record.Column{Type: record.VarcharType}
	text.AppendStr(x.key)
	return []*record.Column{ints(x.time), text, ints(serial)}
}

// sealAll writes a seal of scan partition p to every exchange partition; edit
// changes what it says, from an empty transaction without a new event time on.
func (b *bench) sealAll(p int32, planAt int64, edit func(*delta.SealPart)) {
	b.t.Helper()
	b.wall += 100
	part := delta.SealPart{Topic: topic, Partition: p, From: b.to[p], To: b.to[p], Newest: record.NoEventTime}
	if edit != nil {
		edit(&part)
	}
	b.to[p] = part.To
	for e := range b.topo.Partitions {
		b.seal(e, &delta.Seal{Plan: planAt, Wall: b.wall, Topics: b.topo.Topics, Parts: []delta.SealPart{part}})
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

// want compares the store with lines, in any order.
func (b *bench) want(want string) {
	b.t.Helper()
	lines := strings.FieldsFunc(want, func(r rune) bool { return r == '\n' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
	slices.Sort(lines)
	got := b.store.snapshot()
	if want := strings.Join(lines, "\n"); got != want {
		b.t.Fatalf("store holds\n%s\nwant\n%s", got, want)
	}
	if len(b.store.back) > 0 {
		b.t.Fatalf("written offsets went back: %v", b.store.back)
	}
}
