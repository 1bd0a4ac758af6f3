package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// together is how many records a transaction takes at most.
const together = 1000

func queryID(i int) string { return fmt.Sprintf("q%d", i+1) }

// record is the registration of a query.
func (r *runner) record(i int) (kafka.Record, error) {
	root, err := sql.Compile(r.texts[i], r.catalog)
	if err != nil {
		return kafka.Record{}, fmt.Errorf("query %s: %w", queryID(i), err)
	}
	rec := r.tombstone(i)
	def := wire.Registry{
		ID: queryID(i), Epoch: r.epoch, Options: wire.DefaultSettings(), SQL: r.texts[i], Plan: plan.Encode(root), Submitted: time.Now(),
	}
	rec.Value, err = def.Marshal()
	return rec, err
}

// tombstone is the drop of a query, under an epoch of its own.
func (r *runner) tombstone(i int) kafka.Record {
	r.epoch++
	return kafka.Record{
		Topic: kafka.TopicRegistry, Key: wire.RegistryKey(queryID(i)),
		Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(r.epoch)}},
	}
}

// records makes the records of queries from and below to.
func (r *runner) records(from, to int) ([]kafka.Record, error) {
	out := make([]kafka.Record, 0, to-from)
	for i := from; i < to; i++ {
		rec, err := r.record(i)
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	return out, nil
}

// commit writes records to the registry, in transactions, and returns the offset of
// the last.
func (r *runner) commit(ctx context.Context, records []kafka.Record) (last int64, err error) {
	for len(records) > 0 {
		some := records[:min(together, len(records))]
		records = records[len(some):]
		if err := r.txn.Begin(); err != nil {
			return 0, err
		}
		for i := range some {
			r.txn.Produce(ctx, &some[i])
		}
		if err := r.txn.Commit(ctx); err != nil {
			return 0, err
		}
		last = some[len(some)-1].Offset
	}
	return last, nil
}

// fill registers all queries.
func (r *runner) fill(ctx context.Context) error {
	for from := 0; from < r.Queries; from += together {
		records, err := r.records(from, min(from+together, r.Queries))
		if err != nil {
			return err
		}
		if _, err := r.commit(ctx, records); err != nil {
			return fmt.Errorf("register queries: %w", err)
		}
	}
	return nil
}
