package registry

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// table is what one reading of the topic has found so far.
type table struct {
	reader  *Reader
	builder *build.Builder
	queries *merge.Editor[*merge.Query]
	drops   *merge.Editor[int64] // epochs
	changed bool                 // since the last snapshot
	streams streams
	age     age // of the drops

	// meanings are those of the plans that were read since the last snapshot: of many
	// queries that are read at once, as at a start, many have the same.
	meanings map[string]*meaning
}

func newTable(r *Reader) *table {
	return &table{
		reader: r, builder: build.NewBuilder(r.catalog),
		queries: merge.Directory[*merge.Query]{}.Edit(), drops: merge.Directory[int64]{}.Edit(),
		changed: true, // what an earlier reading found may be gone
		age:     newAge(),
		streams: newStreams(r.catalog),
	}
}

func (t *table) apply(rec *kafka.Record) error {
	if rec.Control {
		return nil
	}
	id, ok := wire.ParseRegistryKey(rec.Key)
	if !ok {
		if declared, err := t.declare(rec); declared || err != nil {
			return err
		}
		t.reader.logger.Warn("the registry holds a record that is about no query, stream or view; it is skipped", "offset", rec.Offset, "key", string(rec.Key))
		return nil
	}
	header, _ := rec.Header(wire.HeaderEpoch)
	epoch, err := wire.ParseEpoch(header)
	if err != nil {
		return fmt.Errorf("registry record at offset %d: header %s: %w", rec.Offset, wire.HeaderEpoch, err)
	}
	last := t.epoch(id)
	if epoch <= last {
		return fmt.Errorf("%w: query %s has epoch %d at offset %d after epoch %d: stop all but one query-parser", ErrEpochs, id, epoch, rec.Offset, last)
	}
	t.changed = true
	t.age.see(epoch)
	t.builder.Drop(id)
	if rec.Value == nil {
		t.queries.Delete(id)
		t.drops.Set(id, epoch)
		return nil
	}
	t.drops.Delete(id)
	var def wire.Registry
	if err := def.Unmarshal(rec.Value); err != nil {
		return fmt.Errorf("registry record at offset %d: %w", rec.Offset, err)
	}
	if def.ID != id || def.Epoch != epoch {
		return fmt.Errorf("registry record at offset %d: %w: its key and header name query %s at epoch %d, its value %s at %d",
			rec.Offset, wire.ErrInvalid, id, epoch, def.ID, def.Epoch)
	}
	t.queries.Set(id, t.define(&def, rec.Offset))
	return nil
}

// epoch returns the last epoch of a query, of its registration or drop; where there
// was none, or it is forgotten, the greatest that is forgotten, -1 for none.
func (t *table) epoch(id string) int64 {
	if q := t.queries.Get(id); q != nil {
		return q.Epoch
	}
	if epoch, dropped := t.drops.Find(id); dropped {
		return epoch
	}
	return t.age.forgotten
}

// define makes a definition of a registration, of nothing else: merge's state
// follows from it, and must come out the same in every scheduler. One that this program cannot run
// is failed here, and no other query notices.
func (t *table) define(def *wire.Registry, position int64) *merge.Query {
	m := t.meaning(def.Plan)
	q, err := m.query, m.err
	if err == nil && def.Failed == nil {
		err = t.builder.AddShape(def.ID, m.shape)
	}
	if m.err != nil {
		q.Selection = plan.HashID([]byte(def.ID))
	}
	q.ID, q.Epoch, q.Position, q.Failing = def.ID, def.Epoch, position, -1
	q.Info.SQL, q.Info.Owner, q.Info.Labels, q.Info.Submitted = def.SQL, def.Owner, def.Labels, def.Submitted
	q.History = def.Options.History
	q.Limits = merge.Limits{
		MaxGroups:        def.Options.MaxGroups,
		MaxRowsPerSecond: def.Options.MaxRowsPerSecond,
		MaxResultBytes:   def.Options.MaxResultBytes,
		MaxStateBytes:    def.Options.MaxStateBytes,
		Retention:        time.Duration(def.Options.Retention),
		LogRows:          def.Options.LogRows,
	}
	switch {
	case def.Failed != nil:
		q.Failed, q.Complete = *def.Failed, def.Completed
		if def.Failing != nil {
			q.Failing = *def.Failing
		}
	case err != nil:
		q.Failed = "this scheduler cannot run it: " + err.Error()
		t.reader.logger.Error("a registered query cannot be run here", "query", def.ID, "epoch", def.Epoch, "error", err)
	}
	if q.Failed != "" {
		q.Table, q.Rows = nil, nil
	}
	return &q
}

// meaning is what all queries with a plan have in common.
type meaning struct {
	shape *share.Shape
	query merge.Query
	err   error // why this program can make nothing of it
}

// mostMeanings bounds the room that they take: those that many queries have come again
// soon.
const mostMeanings = 1 << 14

// meaning returns what a plan means.
func (t *table) meaning(encoded []byte) *meaning {
	if m := t.meanings[string(encoded)]; m != nil {
		return m
	}
	m := new(meaning)
	root, err := plan.Decode(encoded)
	if err == nil {
		m.shape, err = share.Decompose(root)
	}
	if err == nil {
		var q *merge.Query
		if q, err = build.QueryOf(m.shape); err == nil {
			m.query = *q
		}
	}
	m.err = err
	if t.meanings == nil || len(t.meanings) == mostMeanings {
		t.meanings = map[string]*meaning{}
	}
	t.meanings[string(encoded)] = m
	return m
}
