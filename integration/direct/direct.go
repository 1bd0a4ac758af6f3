// Package direct runs queries through the shared plan, the scan's program and
// the merge stage without Kafka, Redis or services: the log and the store are
// maps. It is the engine that tests use for thousands of queries.
//
// The main noun is the [Engine]. How its input is cut into partitions, batches
// and transactions, and over how many merge partitions state is spread, are
// settings: no result may depend on them.
//
// It does not test the protocol around the stages; the pipeline does.
//
//	rows, err := direct.Engine{}.Run(ctx, map[string]string{"q1": "SELECT count(*) FROM tweets"}, docs)
package direct

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

const (
	stream = "tweets"
	topic  = "millrace.tweets"
	uuid   = "direct"
)

// Engine implements slt.Engine. Zero settings mean 1.
type Engine struct {
	Scans       int // partitions of the input
	Merges      int // partitions of the exchange
	Batch       int // documents of a Kafka record
	Transaction int // records of a transaction

	// Catalog is the catalog of Millrace, read once for many runs; nil: each run
	// reads it.
	Catalog *catalog.Catalog

	// Outcome, if set, is given what a run took.
	Outcome *Outcome
}

// Outcome is what all queries together took.
type Outcome struct {
	Shared   *share.Plan // that they were merged into
	Counters scan.Counters
}

// Run implements slt.Engine.
func (e Engine) Run(ctx context.Context, queries map[string]string, docs [][]byte) (map[string][]reference.Row, error) {
	e.Scans, e.Merges, e.Batch, e.Transaction = max(e.Scans, 1), max(e.Merges, 1), max(e.Batch, 1), max(e.Transaction, 1)
	if e.Catalog == nil {
		var err error
		if e.Catalog, err = catalog.Default(); err != nil {
			return nil, err
		}
	}
	r := &run{
		Engine: e, builder: build.NewBuilder(e.Catalog), log: newLog(e.Merges), store: newStore(),
		defs: &merge.Definitions{Queries: map[string]*merge.Query{}},
	}
	for _, id := range slices.Sorted(maps.Keys(queries)) {
		if err := r.register(id, queries[id]); err != nil {
			return nil, fmt.Errorf("query %s: %w", id, err)
		}
	}
	if err := r.scan(docs); err != nil {
		return nil, err
	}
	if err := r.merge(ctx); err != nil {
		return nil, err
	}
	if e.Outcome != nil {
		*e.Outcome = Outcome{Shared: r.builder.Shared(), Counters: r.program.Counters()}
	}
	out := map[string][]reference.Row{}
	for id, q := range r.defs.Queries {
		out[id] = r.store.rows(q)
	}
	return out, nil
}

type run struct {
	Engine
	builder *build.Builder
	program *scan.Program
	log     *memLog
	store   *memStore
	defs    *merge.Definitions
}

func (r *run) register(id, text string) error {
	root, err := sql.Compile(text, r.Catalog)
	if err != nil {
		return err
	}
	// Through its bytes, as the registry has it.
	if root, err = plan.Decode(plan.Encode(root)); err != nil {
		return err
	}
	q, err := build.Query(root)
	if err != nil {
		return err
	}
	q.ID, q.Epoch, q.Position = id, r.defs.Position, r.defs.Position
	r.defs.Queries[id] = q
	r.defs.Position++
	return r.builder.Add(id, root)
}

// scan spreads the documents over records and partitions and writes what the
// program makes of them, transaction by transaction.
func (r *run) scan(docs [][]byte) error {
	r.program = r.builder.Program()
	decoder, err := r.program.Decoder(stream)
	if err != nil {
		return err
	}
	batch := record.NewBatch(r.program.Schema(stream))
	partial := scan.NewPartial(r.program)
	at := make([]int64, r.Scans)
	newest := make([]int64, r.Scans)
	for p := range newest {
		newest[p] = record.NoEventTime
	}
	records := 0
	from := slices.Clone(at)
	for chunk := range slices.Chunk(docs, r.Batch) {
		p := records % r.Scans
		batch.Reset()
		for i, doc := range chunk {
			var bad *jsonscan.DocumentError
			if err := decoder.Decode(doc, batch); errors.As(err, &bad) {
				continue
			} else if err != nil {
				return err
			}
			batch.Name(int32(p), at[p], i)
		}
		for _, t := range batch.EventTime {
			newest[p] = max(newest[p], t)
		}
		partial.Add(batch)
		at[p]++
		if records++; records%r.Transaction == 0 {
			if err := r.commit(partial, from, at, newest, false); err != nil {
				return err
			}
			copy(from, at)
		}
	}
	return r.commit(partial, from, at, newest, true)
}

func (r *run) commit(partial *scan.Partial, from, to, newest []int64, end bool) error {
	position := r.defs.Position - 1
	for e, blocks := range partial.Blocks(position, r.Merges, delta.MaxBlock) {
		for _, b := range blocks {
			r.log.append(int32(e), merge.TypeBlock, b)
		}
	}
	seal := &delta.Seal{Plan: position, Wall: 1, Topics: map[string]string{topic: uuid}}
	for p := range to {
		seal.Parts = append(seal.Parts, delta.SealPart{Topic: topic, Partition: int32(p), From: from[p], To: to[p], Newest: newest[p], End: end})
	}
	enc, err := delta.EncodeSeal(seal)
	if err != nil {
		return err
	}
	for e := range r.Merges {
		r.log.append(int32(e), merge.TypeSeal, enc)
	}
	partial.Reset(r.program)
	return nil
}

// merge runs the merge stage until every partition has seen the end.
func (r *run) merge(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.store.ended, r.store.want = cancel, r.Merges
	stage := merge.NewStage(merge.Config{
		Topology: merge.Topology{
			Partitions: int32(r.Merges), Topics: map[string]string{topic: uuid}, Bounded: true,
			Streams: map[string]merge.Stream{stream: {Topic: topic, Partitions: int32(r.Scans)}},
		},
		Log: r.log, Store: r.store, Registry: registry{r.defs}, Notifier: silent{},
		Logger: slog.New(slog.DiscardHandler), FlushInterval: time.Microsecond, CheckpointInterval: time.Hour, CheckpointBytes: 1 << 50,
	})
	if err := stage.Run(ctx); err != nil {
		return err
	}
	if !r.store.done() {
		return fmt.Errorf("the merge stage ended early: %w", context.Cause(ctx))
	}
	return nil
}

// registry is definitions that do not change.
type registry struct{ defs *merge.Definitions }

func (r registry) Snapshot() *merge.Definitions      { return r.defs }
func (r registry) Wait(context.Context, int64) error { return nil }

func (r registry) End(context.Context) (int64, error) { return r.defs.Position, nil }

// silent tells nobody.
type silent struct{}

func (silent) Live(context.Context, *merge.Query, int64) error  { return nil }
func (silent) Fail(context.Context, *merge.Query, string) error { return nil }
