package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
)

const (
	logsTopic = "logs-topic"
	logsID    = "uuid-of-logs"
)

// logs is the stream that is declared at a position of the registry, of two partitions
// that begin at 10 and 20.
func logs(position int64) *Stream {
	return &Stream{Topic: logsTopic, TopicID: logsID, Partitions: 2, Position: position, From: []int64{10, 20}}
}

func overLogs(q *Query) { q.Stream = "logs" }

// declare replaces the streams that are declared; the queries are those given.
func (b *bench) declare(streams map[string]*Stream, queries ...*Query) {
	b.t.Helper()
	b.declared = streams
	b.define(queries, nil)
}

// logsSeal writes a seal about the partition p of logs everywhere.
func (b *bench) logsSeal(p int32, planAt, from, to int64, edit ...func(*delta.Seal)) {
	b.t.Helper()
	b.wall += 100
	seal := &delta.Seal{Plan: planAt, Wall: b.wall, Topics: maps.Clone(b.topo.Topics), Parts: []delta.SealPart{
		{Topic: logsTopic, Partition: p, From: from, To: to, Newest: record.NoEventTime, Documents: to - from, Since: b.sinceOf(planAt)},
	}}
	seal.Topics[logsTopic] = logsID
	for _, e := range edit {
		e(seal)
	}
	for e := range b.topo.Partitions {
		b.seal(e, seal)
	}
}

// sinceOf tells which stream those scan who are under the plan position: the one that is
// declared now, or the one before it.
func (b *bench) sinceOf(planAt int64) int64 {
	if now := b.declared["logs"]; now != nil && planAt >= now.Position {
		return now.Position + 1
	}
	return 1 + 5
}

// logsCommit is a transaction of a scan of logs.
func (b *bench) logsCommit(p int32, planAt, from int64, q *Query, posts ...post) {
	b.t.Helper()
	blocks := make([]delta.Block, b.topo.Partitions)
	b.add(blocks, q, posts)
	newest := int64(record.NoEventTime)
	for _, x := range posts {
		newest = max(newest, x.time)
	}
	for e := range blocks {
		if blocks[e].Plan = planAt; len(blocks[e].Nodes) > 0 {
			b.broker.append(int32(e), TypeBlock, delta.Encode(&blocks[e]))
		}
	}
	b.logsSeal(p, planAt, from, from+int64(len(posts)), func(s *delta.Seal) { s.Parts[0].Newest = newest })
}

// stepAnd makes a round, after which another owner may restore what it left.
func (b *bench) stepAnd(restart bool) {
	b.t.Helper()
	b.step()
	if restart {
		b.restart()
	}
}

// status is what the facts say of the queries.
func (b *bench) status() string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(b.store.queries)) {
		out = append(out, id+" "+b.store.queries[id].meta["status"])
	}
	return strings.Join(out, ", ")
}

// fails makes a round, which is to fail.
func (b *bench) fails(want error, text string) {
	b.t.Helper()
	err := b.stage.step(context.Background(), true)
	if !errors.Is(err, want) || !strings.Contains(err.Error(), text) {
		b.t.Fatalf("got %v, want %q", err, text)
	}
}

// A query is live when all partitions of its own streams have reached it: one that is
// new and of which nothing is heard holds no other's back.
func TestLivenessIsOfTheStreams(t *testing.T) {
	b := newBench(t, 1, 1)
	alone, over := count(t, "alone", "a", 6), count(t, "over", "b", 7, overLogs)
	union := count(t, "union", "c", 8, func(q *Query) { q.Others = []string{"logs"} })
	b.declare(map[string]*Stream{"logs": logs(5)}, alone, over, union)
	b.sealAll(0, 8, nil)
	b.step()
	if got := b.status(); got != "alone live, over accepted, union accepted" {
		t.Fatal(got)
	}
	b.logsSeal(0, 8, 10, 10)
	b.step()
	if got := b.status(); got != "alone live, over accepted, union accepted" {
		t.Fatalf("after one of two partitions: %s", got)
	}
	b.logsSeal(1, 7, 20, 20)
	b.step()
	if got := b.status(); got != "alone live, over live, union accepted" {
		t.Fatal(got)
	}
	b.restart()
	b.logsSeal(1, 8, 20, 20)
	b.step()
	if got := b.status(); got != "alone live, over live, union live" {
		t.Fatal(got)
	}
	if got := fmt.Sprint(b.notifier.live); got != "[alone@6 over@7 union@8]" {
		t.Fatal(got)
	}
}

// A stream that is dropped and declared again is another one: it continues nothing, and
// late seals of the one before count for nothing.
func TestIncarnations(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		b := newBench(t, 1, 1)
		first := count(t, "q", "a", 6, overLogs)
		b.declare(map[string]*Stream{"logs": logs(5)}, first)
		b.logsCommit(0, 6, 10, first, post{"a", 0}, post{"a", 0})
		b.logsCommit(1, 6, 20, first, post{"b", 0})
		b.stepAnd(restarts)
		b.want("q [\"a\"] {\"n\":2}\nq [\"b\"] {\"n\":1}")

		again := count(t, "q", "a", 12, overLogs)
		now := logs(11)
		now.From = []int64{15, 21}
		b.declare(map[string]*Stream{"logs": now}, again)
		b.logsCommit(0, 12, 15, again, post{"a", 0})
		b.logsCommit(0, 9, 12, first, post{"a", 0}, post{"a", 0}) // a scan of the first that is late
		b.logsCommit(0, 12, 16, again, post{"c", 0})
		b.logsCommit(0, 9, 40, first) // and even one that does not continue
		b.stepAnd(restarts)
		b.want("q [\"a\"] {\"n\":1}\nq [\"c\"] {\"n\":1}")
		if got := b.status(); got != "q accepted" {
			t.Fatalf("%s, with one of two partitions", got)
		}
		b.logsSeal(1, 12, 21, 22)
		b.stepAnd(restarts)
		b.passed("q", "0")
		later := count(t, "later", "b", 14, overLogs)
		b.declare(map[string]*Stream{"logs": now}, again, later)
		b.logsSeal(0, 14, 17, 17)
		b.logsSeal(1, 13, 22, 24) // still before it
		b.logsSeal(1, 9, 22, 99)  // of the first
		b.logsSeal(1, 14, 24, 24)
		b.stepAnd(restarts)
		b.passed("later", "5") // 15 and 16 of the one partition, 21 to 23 of the other

		b.logsSeal(0, 14, 16, 17)
		b.fails(ErrContinuity, "logs-topic/0 goes on from 16, the vector says 17")
	}
}

// What a stream that was declared begins with is not from before its declaration.
func TestNoPostsFromBeforeTheDeclaration(t *testing.T) {
	b := newBench(t, 1, 1)
	b.declare(map[string]*Stream{"logs": logs(5)})
	b.logsSeal(0, 5, 12, 13) // further on is well: offsets of a group outlive a reset
	b.step()
	b.logsSeal(1, 5, 19, 20)
	b.fails(ErrContinuity, "logs-topic/1 begins at 19, and stream logs was declared at 20")
}

// Topics of no stream, and those that have taken a stream's place, concern nobody.
func TestOtherTopics(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "a", 1)
	b.declare(nil, q)
	b.logsSeal(0, 1, 10, 12)
	b.logsSeal(0, 1, 5, 6)
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	over := count(t, "over", "b", 6, overLogs)
	b.declare(map[string]*Stream{"logs": logs(5)}, q, over)
	other := func(s *delta.Seal) { s.Topics[logsTopic] = "another" }
	b.logsSeal(0, 6, 3, 7, other)
	b.logsSeal(1, 6, 3, 7, other)
	b.logsSeal(2, 6, 3, 7) // a partition that it had not when it was declared
	b.commit(0, 6, q, post{"a", 0})
	b.step()
	if got := b.status(); got != "over accepted, q live" {
		t.Fatal(got)
	}
	b.want(`q ["a"] {"n":2}`)
	if n := len(b.stage.owned[0].vector); n != 1 {
		t.Errorf("the vector has %d partitions", n)
	}
}

// The windows of a stream that is declared again begin anew, with its own watermark, also
// where they were closed for the one before, and whoever restores.
func TestWindowsBeginAnew(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		b := newBench(t, 1, 1)
		one := func(position int64) *Stream {
			s := logs(position)
			s.Partitions, s.From = 1, []int64{10}
			return s
		}
		first := count(t, "q", "a", 6, overLogs, windowed)
		tweets := count(t, "tweets", "t", 7, windowed, final)
		b.declare(map[string]*Stream{"logs": one(5)}, first, tweets)
		b.logsCommit(0, 7, 10, first, post{"a", 1 * second}, post{"a", 50 * second})
		b.commit(0, 7, tweets, post{"a", 1 * second}, post{"a", 20 * second})
		b.stepAnd(restarts)
		b.want("q 0-10000[\"a\"] {\"n\":1}\nq 50000-60000[\"a\"] {\"n\":1}\ntweets 0-10000[\"a\"] {\"n\":1}")
		again := count(t, "q", "a", 12, overLogs, windowed)
		b.declare(map[string]*Stream{"logs": one(11)}, again, tweets)
		b.logsCommit(0, 12, 12, again, post{"a", 2 * second}, post{"b", 3 * second})
		b.stepAnd(restarts)
		b.want("q 0-10000[\"a\"] {\"n\":1}\nq 0-10000[\"b\"] {\"n\":1}\ntweets 0-10000[\"a\"] {\"n\":1}")
		b.step()
		c := b.checkpointed(0)
		if got := fmt.Sprint(c.Watermarks); got != "map[logs@11:3000000 tweets:15000000]" {
			t.Errorf("watermarks %s", got)
		}
		if got := fmt.Sprint(b.stage.owned[0].asOf().Times); got != "map[logs:3000 tweets:15000]" {
			t.Errorf("as of %s", got)
		}
		if at := b.stage.owned[0].asOf().Time; at == nil || *at != 15000 {
			t.Errorf("as of %v", at)
		}
	}
}

// checkpointed returns the newest checkpoint of a partition.
func (b *bench) checkpointed(p int32) *Checkpoint {
	b.t.Helper()
	c := new(Checkpoint)
	if err := json.Unmarshal(b.broker.latest(p)[string(keyCheckpoint)], c); err != nil {
		b.t.Fatal(err)
	}
	return c
}
