// Package resultstore is merge.Store over the Redis contract of package results.
//
// [Store] only translates: fencing, batching and what the scripts do are package
// results', what is written and when is package merge's.
//
//	store := resultstore.New(rdb, topics.Partitions(kafka.TopicExchange), ids)
//	stage := merge.NewStage(merge.Config{Store: store, …})
package resultstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/results"
)

// Store opens fenced writers on one Redis.
type Store struct {
	rdb        redis.UniversalClient
	partitions int32
	topics     map[string]string

	// Answers hears what becomes of what is asked.
	Answers *Answers
	// Changed hears of which queries something was written; nil: nobody does. It is
	// called by several goroutines.
	Changed func(id string)
}

// New returns a store whose results are made from the topics (name → UUID), the
// exchange having that many partitions.
func New(rdb redis.UniversalClient, partitions int32, topics map[string]string) *Store {
	return &Store{rdb: rdb, partitions: partitions, topics: topics, Answers: &Answers{}}
}

// Writer implements [merge.Store].
func (s *Store) Writer(p int32) merge.Writer {
	return &heard{Writer: &writer{w: results.NewWriter(s.rdb, p, s.partitions, s.topics), changed: s.Changed}, answers: s.Answers}
}

// Listed implements [merge.Store]. An id of which the store has no epoch any more
// has -1, which is lower than any.
func (s *Store) Listed(ctx context.Context) (epochs map[string]int64, err error) {
	defer s.Answers.hear(&err)()
	r := results.NewReader(s.rdb)
	ids, err := r.IDs(ctx)
	if err != nil {
		return nil, err
	}
	if epochs, err = r.Epochs(ctx, ids); err != nil {
		return nil, err
	}
	for _, id := range ids {
		if _, known := epochs[id]; !known {
			epochs[id] = -1
		}
	}
	return epochs, nil
}

// Reason implements [merge.Store].
func (s *Store) Reason(err error) string { return results.Reason(err) }

// writer is merge.Writer over a fenced writer of package results.
type writer struct {
	w       *results.Writer
	changed func(id string)
}

// translate makes the errors of package results those of package merge.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, results.ErrFenced):
		return fmt.Errorf("%w: %w", merge.ErrFenced, err)
	case errors.Is(err, results.ErrIncarnation):
		return fmt.Errorf("%w: %w", merge.ErrIncarnation, err)
	case errors.Is(err, results.ErrLost), errors.Is(err, results.ErrBehind):
		return fmt.Errorf("%w: %w", merge.ErrLost, err)
	case errors.Is(err, results.ErrRefused):
		return fmt.Errorf("%w: %w", merge.ErrRefused, err)
	default:
		return err
	}
}

func fence(f results.Fence) merge.Fence {
	return merge.Fence{Token: f.Token, N: f.N, Offset: f.Offset, Repair: f.Repair}
}

// Take implements [merge.Writer].
func (w *writer) Take(ctx context.Context, token int64, least merge.Fence, lost bool) (merge.Fence, bool, error) {
	if lost {
		stored, err := w.w.TakeLost(ctx, token)
		return fence(stored), true, translate(err)
	}
	stored, repair, err := w.w.Take(ctx, token, results.Fence{Token: least.Token, N: least.N, Offset: least.Offset, Repair: least.Repair})
	return fence(stored), repair, translate(err)
}

// Apply implements [merge.Writer].
func (w *writer) Apply(ctx context.Context, offset int64, ops []merge.Op) ([]string, error) {
	var out []results.Op
	for _, op := range ops {
		out = append(out, convert(op)...)
	}
	refusals, err := w.w.Apply(ctx, offset, out)
	if err == nil && w.changed != nil {
		for _, op := range out {
			w.changed(results.QueryOf(op))
		}
	}
	var ids []string
	for _, r := range refusals {
		ids = append(ids, r.ID)
	}
	return ids, translate(err)
}

// Finish implements [merge.Writer].
func (w *writer) Finish(ctx context.Context, offset int64, asOf merge.AsOf, repaired bool) error {
	return translate(w.w.Finish(ctx, offset, results.AsOf{Vector: asOf.Vector, Time: asOf.Time, Times: asOf.Times, Ended: asOf.Ended}, repaired))
}

// Look implements [merge.Writer].
func (w *writer) Look(ctx context.Context) error { return translate(w.w.Look(ctx)) }

// Fence implements [merge.Writer].
func (w *writer) Fence() merge.Fence { return fence(w.w.Fence()) }

// Sweep implements [merge.Writer].
func (w *writer) Sweep(ctx context.Context, offset int64, s merge.Sweep) ([]string, error) {
	ok, err := w.w.Sweep(ctx, offset, results.Sweep{
		Target:   results.Target{ID: s.Query, Epoch: s.Epoch},
		StaleRow: func(win results.Window, key string) bool { return !s.Stays(span(win), key) },
		StaleTop: func(win results.Window) bool { return !s.StaysTop(span(win)) },
	})
	if err != nil || ok {
		return nil, translate(err)
	}
	return []string{s.Query}, nil
}

func span(w results.Window) *merge.WindowSpan {
	if w.IsZero() {
		return nil
	}
	return &merge.WindowSpan{Start: w.Start, End: w.End}
}

func window(w *merge.WindowSpan) results.Window {
	if w == nil {
		return results.Window{}
	}
	return results.Window{Start: w.Start, End: w.End}
}

// convert spells one operation as package results has it.
func convert(op merge.Op) []results.Op {
	switch op := op.(type) {
	case merge.RowsOp:
		set := make(map[string][]byte, len(op.Set))
		for _, r := range op.Set {
			set[r.Key] = r.JSON
		}
		return []results.Op{&results.Rows{
			Target: results.Target{ID: op.Query, Epoch: op.Epoch, Seen: op.Known},
			Window: window(op.Window), Set: set, Del: op.Del, TTL: op.Expires,
		}}
	case merge.TopOp:
		rows := make([][]byte, len(op.Rows))
		for i, r := range op.Rows {
			rows[i] = ranked(r)
		}
		return []results.Op{&results.Top{
			Target: results.Target{ID: op.Query, Epoch: op.Epoch, Seen: op.Known},
			Window: window(op.Window), Rows: rows, TTL: op.Expires,
		}}
	case merge.LogOp:
		entries := make([]results.LogRow, len(op.Entries))
		for i, e := range op.Entries {
			entries[i] = results.LogRow{Offset: e.Offset, Index: e.Index, Row: e.JSON}
		}
		return []results.Op{&results.Log{
			Target:  results.Target{ID: op.Query, Epoch: op.Epoch, Seen: op.Known},
			Entries: entries, Gap: op.Gap, MaxLen: op.MaxLen,
		}}
	case merge.MetaOp:
		return metaOps(&op)
	case merge.ForgetWindowOp:
		return []results.Op{&results.DropWindow{
			Target: results.Target{ID: op.Query, Epoch: op.Epoch, Seen: op.Known}, Window: window(&op.Window),
		}}
	case merge.DropOp:
		return []results.Op{&results.Drop{Target: results.Target{ID: op.Query, Epoch: op.Epoch}}}
	default:
		panic(fmt.Sprintf("resultstore: unknown operation %T", op))
	}
}

func metaOps(op *merge.MetaOp) []results.Op {
	target := results.Target{ID: op.Query, Epoch: op.Epoch, Seen: op.Known, Keep: op.Keep, Kept: op.Kept}
	var out []results.Op
	if op.Fields != nil {
		out = append(out, &results.Meta{Target: target, Fields: op.Fields})
	}
	if op.Listing != nil {
		out = append(out, &results.Listing{Target: target, Summary: op.Listing})
	}
	if op.Counters != nil {
		out = append(out, &results.Counters{Target: target, Values: op.Counters})
	}
	return out
}

// ranked writes an element of an ordered list: its group key and its row.
func ranked(r merge.Row) []byte {
	b := append([]byte(`{"key":`), r.Key...)
	b = append(b, `,"row":`...)
	b = append(b, r.JSON...)
	return append(b, '}')
}
