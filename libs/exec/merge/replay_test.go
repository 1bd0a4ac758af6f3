package merge

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// A partition's state is a function of its exchange partition and of the definitions,
// whenever these are heard of and however often it is restored: the same records are
// folded while the registry comes, with restores in between, and by one to whom all of
// it is known from the beginning.
func TestStateIsAFunctionOfExchangeAndRegistry(t *testing.T) {
	again, late := 0, 0
	for seed := range uint64(200) {
		h := newPast(t, seed)
		want := newPartition(0, h.topo, 0)
		want.begin(familiesOf(h.at(h.end()), h.topo), 0)
		live, image := newPartition(0, h.topo, 0), map[stateRecord][]byte{}
		live.begin(familiesOf(h.at(0), h.topo), 0)
		known := int64(0)
		for i := range h.records {
			r := &h.records[i]
			if need := r.plan() + 1; known < need || h.rng.IntN(60) == 0 {
				known = max(need, known)
				known += h.rng.Int64N(min(h.end()-known, 8) + 1)
				live.sync(h.at(known))
			}
			for _, s := range []*Partition{live, want} {
				if err := s.fold(r); err != nil {
					t.Fatalf("seed %d, record %d: %v", seed, i, err)
				}
			}
			if h.rng.IntN(30) == 0 {
				known += h.rng.Int64N(min(h.end()-known, 8) + 1)
				live = h.restored(live, image, h.at(known))
			}
		}
		live.sync(h.at(h.end()))
		live = h.restored(live, image, h.at(h.end()))
		if got, want := h.state(live), h.state(want); got != want {
			t.Fatalf("seed %d: %s\nlive and with restores:\n%s\nof the whole registry:\n%s", seed, strings.Join(h.said, "\n"), got, want)
		}
		again, late = again+h.again, late+h.late
	}
	if again < 100 || late < 100 {
		t.Errorf("%d streams were declared again, %d late seals of those before", again, late)
	}
}

// past is a registry and an exchange partition.
type past struct {
	t       *testing.T
	rng     *rand.Rand
	topo    *Topology
	bench   *bench
	defs    []*Definitions // by position
	records []prepared
	said    []string

	again, late int
}

// scanOf is the scan of a stream in one incarnation.
type scanOf struct {
	stream   string
	position int64 // -1 for tweets
	until    int64 // it seals under no plan position from here on
	to       []int64
	plan     []int64
}

func newPast(t *testing.T, seed uint64) *past {
	h := &past{
		t: t, rng: rand.New(rand.NewPCG(seed, 5)), bench: &bench{t: t},
		topo: &Topology{Partitions: 1, Streams: map[string]Stream{"tweets": {Topic: topic, Partitions: 1}}, Topics: map[string]string{topic: "uuid-1"}},
	}
	scans := h.register()
	h.scan(scans)
	return h
}

func (h *past) end() int64 { return int64(len(h.defs)) - 1 }

// at returns the definitions up to a position.
func (h *past) at(position int64) *Definitions { return h.defs[position] }

// register makes the registry, and returns who scans.
func (h *past) register() []*scanOf {
	queries, streams := map[string]*Query{}, map[string]*Stream{}
	scans := []*scanOf{{stream: "tweets", position: -1, until: 1 << 40, to: []int64{0}, plan: []int64{-1}}}
	var now *scanOf
	position := int64(0)
	record := func(id string, kind int) { // of a query; kind < 0: its drop
		if delete(queries, id); kind >= 0 {
			queries[id] = h.query(id, kind, position)
		}
	}
	redeclare := func(declares bool) {
		if now != nil {
			now.until = position
			h.again++
		}
		if now = nil; !declares {
			delete(streams, "logs")
			return
		}
		from := []int64{h.rng.Int64N(50), h.rng.Int64N(50)}
		streams["logs"] = &Stream{Topic: logsTopic, TopicID: logsID, Partitions: 2, Position: position, From: from}
		now = &scanOf{stream: "logs", position: position, until: 1 << 40, to: slices.Clone(from), plan: []int64{position, position}}
		scans = append(scans, now)
	}
	var next []func()
	for ; position < 40; position++ {
		h.defs = append(h.defs, &Definitions{Position: position, Queries: DirectoryOf(queries), Streams: DirectoryOf(streams)})
		if len(next) > 0 {
			next[0]()
			next = next[1:]
			continue
		}
		var using []string
		for _, id := range slices.Sorted(maps.Keys(queries)) {
			if queries[id].reads("logs") {
				using = append(using, id)
			}
		}
		id, kind := []string{"a", "b", "c"}[h.rng.IntN(3)], h.rng.IntN(queryKinds)
		switch {
		case h.rng.IntN(4) == 0: // what uses the stream goes, and comes again over the next
			for _, id := range using {
				next = append(next, func() { record(id, -1) })
			}
			next = append(next, func() { redeclare(len(using) > 0 || h.rng.IntN(2) == 0) })
			for _, id := range using {
				next = append(next, func() { record(id, 0) })
			}
		case kind < overTweets && streams["logs"] == nil, queries[id] != nil && h.rng.IntN(2) == 0:
			record(id, -1)
		default:
			record(id, kind)
		}
	}
	h.defs = append(h.defs, &Definitions{Position: position, Queries: DirectoryOf(queries), Streams: DirectoryOf(streams)})
	return scans
}

// Queries are of some queryKinds, of which the first read logs.
const (
	overTweets = 3
	queryKinds = 5
)

func (h *past) query(id string, kind int, position int64) *Query {
	h.said = append(h.said, fmt.Sprintf("%d: query %s of kind %d", position, id, kind))
	edits := [queryKinds][]func(*Query){{overLogs, windowed}, {overLogs}, {func(q *Query) { q.Others = []string{"logs"} }}, {windowed}, {}}
	return count(h.t, id, fmt.Sprint(kind), position, edits[kind]...)
}

// scan makes the exchange: transactions of all scans, some of them late.
func (h *past) scan(scans []*scanOf) {
	newest := int64(0)
	for plan := int64(0); plan < h.end(); {
		if h.rng.IntN(12) == 0 {
			plan++
		}
		s := scans[h.rng.IntN(len(scans))]
		p := h.rng.IntN(len(s.to))
		at := max(min(plan, s.until, h.end())-1-h.rng.Int64N(3), s.plan[p])
		if s.position >= 0 && (plan <= s.position || at < s.position) || at >= plan {
			continue
		}
		if s.until <= plan {
			h.late++
		}
		s.plan[p] = at
		posts := make([]post, h.rng.IntN(3))
		for i := range posts {
			newest += h.rng.Int64N(4 * second)
			posts[i] = post{string(rune('a' + h.rng.IntN(3))), max(newest-h.rng.Int64N(60*second), 0)}
		}
		h.transaction(s, p, at, posts)
	}
}

// transaction appends the records of one: a block for every node over the stream, as the
// program of the plan position has it.
func (h *past) transaction(s *scanOf, p int, at int64, posts []post) {
	blocks := []delta.Block{{Plan: at}}
	done := map[plan.ID]bool{}
	for _, q := range h.at(at + 1).Queries.All() {
		if q.reads(s.stream) && !done[q.node()] {
			done[q.node()] = true
			h.bench.add(blocks, q, posts)
		}
	}
	seal := &delta.Seal{Plan: at, Wall: int64(1000 + len(h.records)), Topics: map[string]string{topic: "uuid-1", logsTopic: logsID}}
	part := delta.SealPart{Topic: topic, Partition: int32(p), From: s.to[p], To: s.to[p] + int64(len(posts)), Newest: record.NoEventTime, Documents: int64(len(posts))}
	for _, x := range posts {
		part.Newest = max(part.Newest, x.time)
	}
	if s.stream == "logs" {
		part.Topic, part.Since = logsTopic, s.position+1
	}
	s.to[p], seal.Parts = part.To, []delta.SealPart{part}
	h.said = append(h.said, fmt.Sprintf("%s@%d-%d under %d: %v", s.stream, s.position, p, at, posts))
	if len(blocks[0].Nodes) > 0 {
		block, err := delta.DecodeBlock(delta.Encode(&blocks[0]))
		if err != nil {
			h.t.Fatal(err)
		}
		h.records = append(h.records, prepared{offset: int64(len(h.records)), block: block})
	}
	h.records = append(h.records, prepared{offset: int64(len(h.records)), seal: seal})
}

// restored checkpoints a partition, and returns another one made of that.
func (h *past) restored(s *Partition, image map[stateRecord][]byte, defs *Definitions) *Partition {
	records, commit, err := s.checkpointRecords(Fence{}, 1<<40)
	if err != nil {
		h.t.Fatal(err)
	}
	commit()
	c := new(Checkpoint)
	for _, r := range records {
		if IsCheckpoint(r.Key) {
			err = json.Unmarshal(r.Value, c)
		} else {
			var k stateKey
			var chunk uint32
			if k, chunk, err = parseStateKey(r.Key); r.Value == nil {
				delete(image, stateRecord{k, chunk})
			} else {
				image[stateRecord{k, chunk}] = r.Value
			}
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
	next := newPartition(0, h.topo, c.Offset)
	next.adopt(c)
	next.begin(familiesOf(defs, h.topo), 0)
	if err := next.load(maps.Clone(image)); err != nil {
		h.t.Fatal(err)
	}
	return next
}

// state is all that results follow from.
func (h *past) state(s *Partition) string {
	var out bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	c := s.checkpoint(Fence{})
	line("offset %d, carried %d, watermarks %v", c.Offset, c.Carried, c.Watermarks)
	for _, v := range c.Vector {
		line("%+v", v)
	}
	for _, q := range sortedQueries(maps.Values(s.queries)) {
		line("query %s@%d: live %t, passed %d", q.ID, q.Position, q.live, q.passed)
		if q.node == nil || q.Table == nil {
			continue
		}
		var u sums
		for _, r := range slices.SortedFunc(u.rowsOf(q), compareRefs) {
			states, _ := u.states(q, r)
			line("  %d %q: %x, closed %t", r.pane, r.key, states[0].Append(nil), q.node.panes[r.pane] != nil && q.node.panes[r.pane].closed)
		}
		line("  %+v", u.countersOf(q))
	}
	return out.String()
}
