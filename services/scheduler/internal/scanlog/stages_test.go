package scanlog_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/services/scheduler/internal/scanlog"
)

func sealPart(p int32, to int64) delta.SealPart {
	return delta.SealPart{Partition: p, To: to, Newest: record.NoEventTime}
}

// fixed is a registry with one query that never changes.
type fixed struct{ program *scan.Program }

func (f fixed) Current() (*scan.Program, int64)  { return f.program, 0 }
func (fixed) End(context.Context) (int64, error) { return 1, nil }
func (fixed) Wait(context.Context, int64) error  { return nil }
func allRows(t *testing.T) fixed {
	t.Helper()
	c, err := catalog.Default()
	check(t, err)
	b := build.NewBuilder(c)
	check(t, b.Add("rows", &plan.Output{Emit: plan.EmitChanges, In: &plan.Project{
		In: &plan.Scan{Stream: "tweets"}, Cols: []plan.NamedExpr{{Name: "id", Expr: &plan.Column{Name: "id", Typ: record.BigIntType}}},
	}}))
	return fixed{b.Program()}
}

// run starts a member in a slot; leave ends it.
func (c *cluster) run(slot int, programs scan.Programs, settings ...func(*scan.Config)) (metrics *scan.Metrics, leave func()) {
	c.t.Helper()
	log, err := scanlog.Open(within(c.t), c.cfg, c.topics, scanlog.Source{}, slot, new(scanlog.Sizes))
	check(c.t, err)
	metrics = new(scan.Metrics)
	cfg := scan.Config{
		Log: log, Programs: programs, Clock: daemon.RealClock{}, Stream: "tweets", Topic: kafka.TopicTweets,
		Topics:   map[string]string{kafka.TopicTweets: c.topics.ID(kafka.TopicTweets)},
		Exchange: 2, Slot: int32(slot), Metrics: metrics,
		Interval: 10 * time.Millisecond, LookEvery: 50 * time.Millisecond,
	}
	for _, set := range settings {
		set(&cfg)
	}
	stage, err := scan.NewStage(cfg)
	check(c.t, err)
	ctx, cancel := context.WithCancel(within(c.t))
	done := make(chan error, 1)
	go func() {
		defer log.Close()
		done <- stage.Run(ctx)
	}()
	return metrics, func() {
		c.t.Helper()
		cancel()
		if err := <-done; err != nil {
			c.t.Errorf("slot %d: %v", slot, err)
		}
	}
}

// Two members split the partitions, come and go, and every post is counted once.
func TestTwoMembers(t *testing.T) {
	const partitions, posts = 4, 15
	c := start(t, partitions)
	programs := allRows(t)
	feed := func() {
		for p := range int32(partitions) {
			c.posts(p, posts)
		}
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for ctx := within(t); !ok(); time.Sleep(10 * time.Millisecond) {
			if ctx.Err() != nil {
				t.Fatalf("never: %s", what)
			}
		}
	}
	caughtUp := func(rounds int64) func() bool {
		return func() bool {
			done, err := c.admin.GroupOffsets(within(t), kafka.GroupScan, kafka.TopicTweets)
			check(t, err)
			for p := range int32(partitions) {
				if done[p] < rounds*posts {
					return false
				}
			}
			return true
		}
	}
	feed()
	one, leaveOne := c.run(0, programs)
	until("one member reads all", caughtUp(1))
	two, leaveTwo := c.run(1, programs)
	until("two members split the partitions", func() bool { return len(one.Lag()) == 2 && len(two.Lag()) == 2 })
	for p := range one.Lag() {
		if _, both := two.Lag()[p]; both {
			t.Errorf("partition %d has two owners", p)
		}
	}
	feed()
	until("two members read all", caughtUp(2))
	if one.Documents.Load() == 0 || two.Documents.Load() == 0 {
		t.Error("a member read nothing")
	}
	leaveOne()
	feed()
	until("the other member reads all", caughtUp(3))
	leaveTwo()

	counted := map[string]int{}
	vector := map[int32]map[int32]int64{}
	for _, r := range c.committed(kafka.TopicExchange) {
		if kind, _ := r.Header("type"); string(kind) == merge.TypeBlock {
			b, err := delta.DecodeBlock(r.Value)
			check(t, err)
			for _, n := range b.Nodes {
				for _, row := range n.Rows {
					counted[fmt.Sprint(row.Partition, "/", row.Offset)]++
				}
			}
			continue
		}
		s, err := delta.DecodeSeal(r.Value)
		check(t, err)
		if vector[r.Partition] == nil {
			vector[r.Partition] = map[int32]int64{}
		}
		for _, p := range s.Parts {
			if at := vector[r.Partition][p.Partition]; p.From != at {
				t.Errorf("exchange partition %d: partition %d goes on from %d, the vector says %d", r.Partition, p.Partition, p.From, at)
			}
			vector[r.Partition][p.Partition] = p.To
		}
	}
	for p := range int32(partitions) {
		for o := range 3 * posts {
			if n := counted[fmt.Sprint(p, "/", o)]; n != 1 {
				t.Errorf("post %d of partition %d is counted %d times", o, p, n)
			}
		}
	}
	if !maps.Equal(vector[0], vector[1]) {
		t.Errorf("exchange partitions end at %v and %v", vector[0], vector[1])
	}
}
