// Package direct runs queries through the shared plan, the scan's program and
// the merge stage without Kafka, Redis or services: the log and the store are
// maps. It is the engine that tests use for thousands of queries.
//
// The main noun is the [Engine]. How its input is cut into partitions, batches
// and transactions, and over how many merge partitions state is spread, are
// settings: no result may depend on them. Nor may it depend on who else is there:
// [Engine.Stand] adds and drops queries in mid-stream.
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
	"slices"
	"sync/atomic"
	"time"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
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
	Together    int // records whose documents are evaluated together

	// Apart is what queries do not share.
	Apart share.Apart

	// Portable: documents are decoded by the pure-Go path.
	Portable bool

	// Ahead: merge knows of a query that is added in mid-stream while blocks still
	// come that were made before. Else it learns of it with the first that count.
	Ahead bool

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

	// Counted are the counters of each query that stands at the end, by name: matched,
	// errors, no_time, mismatches.
	Counted map[string]map[string]int64
}

// Run implements slt.Engine.
func (e Engine) Run(ctx context.Context, queries map[string]string, docs [][]byte) (map[string][]reference.Row, error) {
	stand := make(map[string]Standing, len(queries))
	for id, text := range queries {
		stand[id] = Standing{SQL: text}
	}
	return e.Stand(ctx, stand, docs)
}

// run is one run: the scan's side is driven by the merge stage's log, which asks
// for more when all that it had has been merged.
type run struct {
	Engine
	queries map[string]Standing
	changes []change
	docs    [][]byte
	rows    map[string][]reference.Row // of queries that are gone

	builder *build.Builder
	program *scan.Program
	schema  *record.Schema
	decoder jsonscan.Decoder
	batch   *record.Batch
	partial *scan.Partial

	read       int     // documents
	records    int     // that they were in
	from, at   []int64 // positions by partition: of the transaction's start, and now
	newest     []int64 // event time by partition
	plan       int64   // position of the last change that the scan took account of
	ended      bool
	log        *memLog
	store      *memStore
	registry   *registry
	position   int64 // of the next change
	registered map[string]*merge.Query
	plans      map[string]*plan.Output
	dropped    map[string]int64 // query → epoch of its drop
}

// take makes the builder's program the one that runs. The partial is empty.
func (r *run) take() error {
	if p := r.builder.Program(); p != r.program {
		r.program = p
		if r.partial == nil {
			r.partial = scan.NewPartial(p)
		}
		r.partial.Reset(p)
	}
	if schema := r.program.Schema(stream); schema != r.schema {
		s, _ := r.program.Stream(stream)
		spec := s.Spec
		spec.Portable = r.Portable
		var err error
		if r.decoder, err = jsonscan.New(spec); err != nil {
			return err
		}
		r.schema, r.batch = schema, record.NewBatch(schema)
	}
	return nil
}

// scan spreads the documents up to one over records and partitions and writes
// what the program makes of them, transaction by transaction.
func (r *run) scan(until int, end bool) error {
	for chunk := range slices.Chunk(r.docs[r.read:until], r.Batch) {
		p := r.records % r.Scans
		before := r.batch.Len
		for i, doc := range chunk {
			var bad *jsonscan.DocumentError
			if err := r.decoder.Decode(doc, r.batch); errors.As(err, &bad) {
				continue
			} else if err != nil {
				return err
			}
			r.batch.Name(int32(p), r.at[p], i)
		}
		for _, t := range r.batch.EventTime[before:] {
			r.newest[p] = max(r.newest[p], t)
		}
		r.at[p]++
		if r.records++; r.records%r.Together == 0 {
			r.evaluate()
		}
		if r.records%r.Transaction == 0 {
			if err := r.commit(false); err != nil {
				return err
			}
		}
	}
	r.read = until
	return r.commit(end)
}

// evaluate folds in what has been decoded since it was called last.
func (r *run) evaluate() {
	if r.batch.Len > 0 {
		r.partial.Add(r.batch)
		r.batch.Reset()
	}
}

// commit ends a transaction; end says that it is the last.
func (r *run) commit(end bool) error {
	r.evaluate()
	for e, blocks := range r.partial.Blocks(r.plan, r.Merges, delta.MaxBlock) {
		for _, b := range blocks {
			r.log.append(int32(e), merge.TypeBlock, b)
		}
	}
	seal := &delta.Seal{Plan: r.plan, Wall: 1, Topics: map[string]string{topic: uuid}}
	for p := range r.at {
		seal.Parts = append(seal.Parts, delta.SealPart{Topic: topic, Partition: int32(p), From: r.from[p], To: r.at[p], Newest: r.newest[p], End: end})
	}
	enc, err := delta.EncodeSeal(seal)
	if err != nil {
		return err
	}
	for e := range r.Merges {
		r.log.append(int32(e), merge.TypeSeal, enc)
	}
	r.partial.Reset(r.program)
	copy(r.from, r.at)
	r.ended = end
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
		Log: r.log, Store: r.store, Registry: r.registry, Notifier: silent{},
		Logger: slog.New(slog.DiscardHandler), Now: still, FlushInterval: -1, CheckpointInterval: time.Hour, CheckpointBytes: 1 << 50,
	})
	if err := stage.Run(ctx); err != nil {
		return err
	}
	if !r.store.done() {
		return fmt.Errorf("the merge stage ended early: %w", context.Cause(ctx))
	}
	return nil
}

// still is a clock that stands still: however long a flush takes, the next is due.
func still() time.Time { return time.Unix(0, 0) }

// registry is definitions that a run publishes.
type registry struct {
	defs atomic.Pointer[merge.Definitions]
}

func (r *registry) Snapshot() *merge.Definitions      { return r.defs.Load() }
func (r *registry) Wait(context.Context, int64) error { return nil }

func (r *registry) End(context.Context) (int64, error) { return r.defs.Load().Position, nil }

// silent tells nobody.
type silent struct{}

func (silent) Live(context.Context, []merge.Live) error         { return nil }
func (silent) Fail(context.Context, *merge.Query, string) error { return nil }
func (silent) Complete(context.Context, *merge.Query) error     { return nil }
