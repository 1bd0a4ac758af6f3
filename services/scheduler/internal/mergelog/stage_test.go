package mergelog_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/services/scheduler/internal/mergelog"
	"github.com/millrace/millrace/services/scheduler/internal/resultstore"
)

const exchange = 3

// pipeline is merge over embedded servers; the test is the scan.
type pipeline struct {
	t      *testing.T
	cfg    kafka.Config
	rdb    redis.UniversalClient
	topics map[string]string
	defs   *merge.Definitions
	txn    *kafka.Txn
	to     int64 // of the one tweets partition
	posts  int64
}

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	servers, err := embedded.Start(embedded.Options{Log: true, Redis: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	p := &pipeline{t: t, cfg: kafka.Config{Brokers: servers.Brokers, Embedded: true}, rdb: results.Connect(results.Server{Addr: servers.RedisAddr})}
	t.Cleanup(func() {
		if err := errors.Join(p.rdb.Close(), servers.Close()); err != nil {
			t.Error(err)
		}
	})
	topics, err := kafka.Ensure(t.Context(), p.cfg, kafka.Layout{Partitions: 1, ExchangePartitions: exchange})
	if err != nil {
		t.Fatal(err)
	}
	p.topics = map[string]string{}
	for _, name := range []string{kafka.TopicTweets, kafka.TopicExchange, kafka.TopicCheckpoints} {
		p.topics[name] = topics.ID(name)
	}
	if p.txn, err = kafka.NewTxn(t.Context(), p.cfg, "test-scan", 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.txn.Close)
	count, err := agg.Lookup(plan.Agg{Func: "count", Type: record.BigIntType})
	if err != nil {
		t.Fatal(err)
	}
	n := []plan.NamedExpr{{Name: "n", Expr: &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}}}
	p.defs = &merge.Definitions{Position: 2, Queries: merge.DirectoryOf(map[string]*merge.Query{
		"counts": {ID: "counts", Epoch: 1, Position: 0, Stream: "tweets", Table: &merge.Table{
			Node: plan.ID{1}, Routing: delta.ByKey, Keys: []record.Type{record.VarcharType}, Aggs: []merge.Aggregate{{ID: plan.ID{2}, Func: count}}, Cols: n,
		}},
		"rows": {ID: "rows", Epoch: 2, Position: 1, Stream: "tweets", Selection: plan.ID{3}, Rows: &merge.Rows{
			Node: plan.ID{4}, Cols: []plan.NamedExpr{{Name: "i", Expr: &plan.Column{Name: "i", Typ: record.BigIntType}}},
		}},
	})}
	return p
}

// Snapshot, Wait and End make the pipeline a registry that does not change, Live
// and Fail a notifier that nobody listens to.
func (p *pipeline) Snapshot() *merge.Definitions                     { return p.defs }
func (p *pipeline) Wait(context.Context, int64) error                { return nil }
func (p *pipeline) End(context.Context) (int64, error)               { return p.defs.Position, nil }
func (p *pipeline) Live(context.Context, []merge.Live) error         { return nil }
func (p *pipeline) Fail(context.Context, *merge.Query, string) error { return nil }
func (p *pipeline) Complete(context.Context, *merge.Query) error     { return nil }

// start runs a member on a slot, anew after every error, until stop.
func (p *pipeline) start(slot int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if err := p.run(ctx, slot); errors.Is(err, merge.ErrContinuity) || errors.Is(err, merge.ErrIncarnation) {
				p.t.Errorf("slot %d: %v", slot, err)
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

func (p *pipeline) run(ctx context.Context, slot int) error {
	log, err := mergelog.Open(ctx, p.cfg, slot, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer log.Close()
	return merge.NewStage(merge.Config{
		Topology: merge.Topology{
			Partitions: exchange, Topics: p.topics,
			Streams: map[string]merge.Stream{"tweets": {Topic: kafka.TopicTweets, Partitions: 1}},
		},
		Log: log, Store: resultstore.New(p.rdb, exchange, p.topics), Registry: p, Notifier: p, Owner: fmt.Sprint(slot),
		Logger: slog.New(slog.DiscardHandler), FlushInterval: 5 * time.Millisecond, LookInterval: 50 * time.Millisecond,
		CheckpointInterval: 30 * time.Millisecond,
	}).Run(ctx)
}

// scan commits a transaction of n posts, each with a key of its own of ten.
func (p *pipeline) scan(n int) {
	p.t.Helper()
	blocks := make([]delta.Block, exchange)
	add := func(node plan.ID, routing delta.Routing, key []byte) *delta.Block {
		return &blocks[delta.Route(node, routing, key, exchange)]
	}
	rows := delta.NodeDelta{Node: plan.ID{4}, Kind: delta.Rows}
	for range n {
		p.posts++
		key := record.AppendValue(nil, record.Text(fmt.Sprint(p.posts%10)))
		b := add(plan.ID{1}, delta.ByKey, key)
		b.Nodes = append(b.Nodes, delta.NodeDelta{Node: plan.ID{1}, Kind: delta.Table, Aggs: []plan.ID{{2}}, Groups: []delta.Group{
			{Key: key, Rows: 1, States: [][]byte{agg.AppendCount(nil, 1)}},
		}})
		rows.Rows = append(rows.Rows, delta.Row{Data: record.AppendValue(nil, record.Int(p.posts))})
	}
	b := add(plan.ID{4}, delta.ByTable, nil)
	b.Nodes = append(b.Nodes, rows)
	seal, err := delta.EncodeSeal(&delta.Seal{Plan: 1, Wall: time.Now().UnixMilli(), Topics: p.topics, Parts: []delta.SealPart{
		{Topic: kafka.TopicTweets, From: p.to, To: p.to + 1, Newest: record.NoEventTime},
	}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.to++
	if err := p.txn.Begin(); err != nil {
		p.t.Fatal(err)
	}
	produce := func(e int, kind string, value []byte) {
		p.txn.Produce(p.t.Context(), &kafka.Record{
			Topic: kafka.TopicExchange, Partition: int32(e), Value: value, Headers: []kafka.Header{{Key: "type", Value: []byte(kind)}},
		})
	}
	for e := range blocks {
		if blocks[e].Plan = 1; len(blocks[e].Nodes) > 0 {
			produce(e, merge.TypeBlock, delta.Encode(&blocks[e]))
		}
		produce(e, merge.TypeSeal, seal)
	}
	if err := p.txn.Commit(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

// await waits until the counts are those of all posts, and every result up to date.
func (p *pipeline) await() {
	p.t.Helper()
	ctx := p.t.Context()
	r := results.NewReader(p.rdb)
	var got string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		rows, err := r.AllRows(ctx, "counts", results.Window{})
		if err != nil {
			p.t.Fatal(err)
		}
		got = fmt.Sprint(len(rows))
		want := len(rows) == 10
		for key, row := range rows {
			want = want && string(row) == fmt.Sprintf(`{"n":%d}`, p.posts/10)
			got += " " + key + string(row)
		}
		asOf, ok, err := r.AsOf(ctx)
		if err != nil {
			p.t.Fatal(err)
		}
		if got += fmt.Sprint(asOf.Vector); want && ok && asOf.Vector[kafka.TopicTweets][0] == p.to {
			return
		}
	}
	p.t.Fatalf("after %d posts in %d transactions the store holds %s", p.posts, p.to, got)
}

// TestMembersComeAndGo: what they leave behind is the answer, each post once.
func TestMembersComeAndGo(t *testing.T) {
	p := newPipeline(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	stops := map[int]func(){}
	for i := range 40 {
		p.scan(10 * (1 + rnd.IntN(5)))
		time.Sleep(time.Duration(rnd.IntN(60)) * time.Millisecond)
		if i%4 != 0 {
			continue
		}
		slot := rnd.IntN(2)
		if stop := stops[slot]; stop != nil {
			stop()
			delete(stops, slot)
		} else {
			stops[slot] = p.start(slot)
		}
	}
	if stops[0] == nil {
		stops[0] = p.start(0)
	}
	p.await()
	log, err := results.NewReader(p.rdb).Log(t.Context(), "rows", "", 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range log {
		if want := fmt.Sprintf(`{"i":%d}`, i+1); e.Gap || string(e.Row) != want {
			t.Fatalf("entry %d of the log is %s (gap %v), want %s", i, e.Row, e.Gap, want)
		}
	}
	if int64(len(log)) != p.posts {
		t.Fatalf("the log has %d rows of %d", len(log), p.posts)
	}
	if err := p.rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	p.scan(10)
	p.await()
	for _, stop := range stops {
		stop()
	}
	admin, err := kafka.NewAdmin(p.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	starts, err := admin.Starts(t.Context(), kafka.TopicExchange)
	if err != nil {
		t.Fatal(err)
	}
	for e, start := range starts {
		if start == 0 {
			t.Errorf("nothing of exchange partition %d was deleted", e)
		}
	}
}
