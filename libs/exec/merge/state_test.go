package merge

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql/plan"
)

// chunks counts the checkpointed sub-keys of the node's groups in partition 0.
func (b *bench) chunks(node plan.ID) int {
	n := 0
	for key := range b.broker.latest(0) {
		if key[0] != keyGroup {
			continue
		}
		k, _, err := parseStateKey([]byte(key))
		if err != nil {
			b.t.Fatal(err)
		}
		if k.node == node {
			n++
		}
	}
	return n
}

func TestLargeStatesAreSplitAndShrinkAgain(t *testing.T) {
	b := newBench(t, 1, 1)
	q := topPosts(t, "q", "first", 1, 40)
	b.define([]*Query{q}, nil)
	var posts []post
	for i := range 40 {
		posts = append(posts, post{fmt.Sprintf("%04d", i) + strings.Repeat("x", 4000), int64(1000 + i)})
	}
	b.commit(0, 1, q, posts...)
	b.step()
	if n := b.chunks(q.Table.Node); n != 3 {
		t.Fatalf("160 KB of state are %d chunks, want 3", n)
	}
	for _, r := range b.broker.checkpoint[0] {
		if len(r.Value) > maxChunk {
			t.Fatalf("a value of %d bytes", len(r.Value))
		}
	}
	large := b.store.snapshot()
	b.restart()
	b.store.flushAll()
	b.step() // republished from the restored chunks
	b.step()
	if got := b.store.snapshot(); got != large {
		t.Fatal("the restored list is another")
	}
	posts = posts[:0]
	for i := range 40 {
		posts = append(posts, post{fmt.Sprintf("%04d", i), int64(i)}) // these are all before the others
	}
	b.commit(0, 1, q, posts...)
	b.step()
	if n := b.chunks(q.Table.Node); n != 1 {
		t.Fatalf("a state that has shrunk is %d chunks, want 1", n)
	}
	b.restart()
	b.commit(0, 1, q, post{"z", -1})
	b.step()
	rows := b.store.queries["q"].tops[""]
	if len(rows) != 40 || rows[0] != `{"k":"z","n":81}` || rows[39] != `{"k":"0038","n":79}` {
		t.Fatalf("%d rows from %s to %s", len(rows), rows[0], rows[len(rows)-1])
	}
	b.define(nil, map[string]int64{"q": 9})
	b.step()
	if n := b.chunks(q.Table.Node); n != 0 {
		t.Fatalf("a state that nobody wants is %d chunks", n)
	}
}

func TestAStateGoneBeforeTheRestoreLeavesNoChunk(t *testing.T) {
	b := newBench(t, 1, 1)
	q := topPosts(t, "q", "first", 1, 40)
	b.define([]*Query{q}, nil)
	var posts []post
	for i := range 40 {
		posts = append(posts, post{strings.Repeat("x", 4000), int64(i)})
	}
	b.commit(0, 1, q, posts...)
	b.step()
	b.define(nil, map[string]int64{"q": 9})
	b.restart()
	b.step()
	if n := b.chunks(q.Table.Node); n != 0 {
		t.Fatalf("a state that nobody wants is %d chunks", n)
	}
}

func TestAMissingChunkIsNoticed(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	k := stateKey{kind: keyGroup, node: q.Table.Node, segment: 1, key: "k"}
	s := newPartition(0, &b.topo, 0)
	s.sync(b.registry.defs)
	if err := s.load(map[stateRecord][]byte{{k, 1}: {1}}); err == nil || !strings.Contains(err.Error(), "chunk 0 of 2 is missing") {
		t.Fatalf("got %v", err)
	}
}

// TestNoOffsetGoesOutOfRangeAfterAnAbort: an abort takes every partition back to
// the group's offset, and what lies there is deleted by the next checkpoint.
func TestNoOffsetGoesOutOfRangeAfterAnAbort(t *testing.T) {
	b := newBench(t, 1, 2)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0}, post{"b", 0}, post{"c", 0})
	b.step()
	b.commit(0, 1, q, post{"a", 0}, post{"b", 0}, post{"c", 0})
	b.log().abort = true
	b.step() // one partition aborts, the other commits and truncates
	b.commit(0, 1, q, post{"a", 0})
	for range 3 {
		b.step()
	}
	b.want(`q ["a"] {"n":3}
	        q ["b"] {"n":2}
	        q ["c"] {"n":2}`)
	for p := range b.topo.Partitions {
		if end := int64(len(b.broker.exchange[p])); b.broker.group[p] != end || b.broker.starts[p] != end {
			t.Fatalf("partition %d ends at %d, the group is at %d, the start at %d", p, end, b.broker.group[p], b.broker.starts[p])
		}
	}
	b.restart()
	b.step()
	b.want(`q ["a"] {"n":3}
	        q ["b"] {"n":2}
	        q ["c"] {"n":2}`)
}

// TestAnAbortKeepsWhatIsQueued: records that wait for the registry are neither
// lost nor folded twice.
func TestAnAbortKeepsWhatIsQueued(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1, global)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0})
	b.commit(0, 7, q, post{"a", 0}, post{"a", 0}) // the registry is not read that far
	b.log().abort = true
	b.step()
	b.step()
	b.want(`q [] {"n":1}`)
	b.define([]*Query{q, count(t, "p", "all", 7, global)}, nil)
	b.step()
	b.want(`p [] {"n":2}
	        q [] {"n":3}`)
}

// TestACheckpointWaitsForTheStore: nothing is committed that the store has not
// acknowledged, and a refusal is no acknowledgement.
func TestACheckpointWaitsForTheStore(t *testing.T) {
	for _, failure := range []error{ErrRefused, errNoAnswer} {
		b := newBench(t, 1, 1)
		q := count(t, "q", "all", 1)
		b.define([]*Query{q}, nil)
		b.commit(0, 1, q, post{"a", 0})
		b.step()
		commits := b.log().commits
		b.store.failing = failure
		b.commit(0, 1, q, post{"a", 0})
		for range 3 {
			b.step()
		}
		if n := b.log().commits; n != commits {
			t.Fatalf("%v: %d checkpoints", failure, n-commits)
		}
		if errors.Is(failure, ErrRefused) && b.stage.cfg.Metrics.Refused.Read()[failure.Error()] == 0 {
			t.Fatal("the refusals are not counted")
		}
		b.store.failing = nil
		b.step()
		b.want(`q ["a"] {"n":2}`)
		commits++
		b.store.failing = failure
		b.sealAll(0, 1, nil) // not a row, and still something to finish
		b.step()
		if n := b.log().commits; n != commits {
			t.Fatalf("%v: %d checkpoints of what is not finished", failure, n-commits)
		}
		b.store.failing = nil
		b.step()
		if n := b.log().commits; n != commits+1 {
			t.Fatalf("%v: %d checkpoints after it had passed", failure, n-commits)
		}
	}
}

// TestARefusalIsNoAcknowledgement: a store that is out of memory refuses some calls
// and takes others. Nothing that it refused is checkpointed, and what takes over
// meanwhile writes it.
func TestARefusalIsNoAcknowledgement(t *testing.T) {
	for _, refuses := range []string{"rows", "drops", "finish", "sweep"} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restart %v", refuses, restart), func(t *testing.T) {
				b := newBench(t, 1, 1)
				q, gone := count(t, "q", "all", 1), count(t, "gone", "others", 1)
				b.define([]*Query{q, gone}, nil)
				b.commitAll(0, 1, []*Query{q, gone}, post{"a", 0})
				b.step()
				if refuses == "sweep" {
					old := b.store.copy()
					b.sealAll(0, 1, nil)
					b.step()
					b.store.become(old)
					b.flushOnly() // sees the loss
					b.store.queries["q"].rows[`["stale"]`] = `{}`
				}
				commits, asOf := b.log().commits, b.store.asOf[0].Vector[topic][0]
				b.store.refuses = refuses
				b.define([]*Query{q}, map[string]int64{"gone": 5})
				b.commit(0, 5, q, post{"a", 0})
				for range 3 {
					b.step()
				}
				if n := b.log().commits; n != commits {
					t.Fatalf("%d checkpoints", n-commits)
				}
				if to := b.store.asOf[0].Vector[topic][0]; to != asOf {
					t.Fatalf("the results are said to go up to %d, after %d", to, asOf)
				}
				if restart {
					b.restart()
					b.step()
				}
				b.store.refuses = ""
				for range 3 {
					b.step()
				}
				b.want(`q ["a"] {"n":2}`)
				if r := b.store.queries["gone"]; !r.dropped || r.epoch != 5 {
					t.Errorf("the drop left %+v", r)
				}
				if o := b.stage.owned[0]; o.saved != o.pos || !o.clean() {
					t.Errorf("checkpointed up to %d of %d", o.saved, o.pos)
				}
			})
		}
	}
}

func TestRecordsThatComeAgainAreSkipped(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.step()
	b.commit(0, 1, q, post{"a", 0})
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	if err := b.stage.enqueue(b.broker.exchange[0]); err != nil {
		t.Fatal(err)
	}
	b.step()
	b.want(`q ["a"] {"n":2}`)
}
