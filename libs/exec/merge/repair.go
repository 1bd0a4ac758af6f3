package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/record"
)

// take takes the store's fence over. Where the store lost writes, everything is
// republished before the next checkpoint.
func (st *Stage) take(ctx context.Context, o *owned, least Fence, lost bool) error {
	for {
		stored, repair, err := o.writer.Take(ctx, o.token, least, lost)
		switch {
		case err == nil:
			o.silentUntil, o.repair, o.listed = stored.Offset, repair, false
			o.finished = min(stored.Offset, o.pos-1)
			if repair {
				st.cfg.Metrics.Repairs.Add(1)
				st.cfg.Logger.Warn("the result store lost writes: republishing everything", "partition", o.id)
				o.republish()
			}
			return nil
		case errors.Is(err, ErrFenced):
			return fmt.Errorf("merge partition %d: %w", o.id, err)
		}
		st.trouble(o, err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// recover takes the fence over after the store was found to have lost writes.
func (st *Stage) recover(ctx context.Context, o *owned) error {
	return st.take(ctx, o, Fence{}, true)
}

// republish marks everything that the store should hold: rows, meta, drops; row
// logs go on with a gap entry.
func (s *Partition) republish() {
	for _, id := range slices.Sorted(maps.Keys(s.queries)) {
		q := s.queries[id]
		q.known = false
		s.markCount(q)
		if s.ownsFacts(q.Query) {
			s.markMeta(q)
		}
		switch {
		case q.node == nil:
		case q.Rows != nil:
			if s.ownsLog(q) {
				s.markGap(q)
			}
		default:
			s.republishTable(q)
		}
	}
	for id, epoch := range s.defs.Drops {
		if s.ownsDrop(id) {
			s.drops[id] = epoch
		}
	}
}

func (s *Partition) republishTable(q *query) {
	s.markSweep(q)
	if q.global() && s.ownsRow(q, "") {
		s.markRow(q, rowRef{})
	}
	for _, pane := range q.node.windows(q.Position) {
		if q.Table.Final && q.node.window > 0 && !q.node.panes[pane].closed {
			continue
		}
		for _, key := range q.node.keys(q.Position, pane) {
			s.markRow(q, rowRef{pane, key})
		}
	}
}

// sweep deletes what the store has under the queries' keys, belongs to this
// partition and is not in its state.
func (st *Stage) sweep(ctx context.Context, o *owned) error {
	for len(o.sweeps) > 0 {
		q := o.sweeps[0]
		if o.queries[q.ID] == q {
			if _, err := o.writer.Sweep(ctx, o.pos-1, o.sweepOf(q)); err != nil {
				return err
			}
		}
		o.sweeps = o.sweeps[1:]
	}
	return nil
}

func (s *Partition) sweepOf(q *query) Sweep {
	return Sweep{
		Query: q.ID,
		Epoch: q.Epoch,
		Stays: func(window *WindowSpan, key string) bool {
			ref, err := q.ref(window, key)
			if err != nil {
				return false // no key of this query's
			}
			if !s.ownsRow(q, ref.key) {
				return true
			}
			_, keep, err := s.compute(q, ref)
			return keep || err != nil
		},
		StaysTop: func(window *WindowSpan) bool {
			if !s.ownsRow(q, "") {
				return true
			}
			ref, err := q.ref(window, "[]")
			return err == nil && len(q.node.keys(q.Position, ref.pane)) > 0
		},
	}
}

// ref finds the row that a window and a canonical JSON key name.
func (q *query) ref(window *WindowSpan, key string) (rowRef, error) {
	var r rowRef
	if (window != nil) != (q.Table.Window > 0) {
		return r, errors.New("window does not fit the query")
	}
	if window != nil {
		r.pane = window.Start * 1000
	}
	vals, err := record.ParseJSONArray([]byte(key), q.Table.Keys)
	if err != nil {
		return r, err
	}
	var b []byte
	for _, v := range vals {
		b = record.AppendValue(b, v)
	}
	r.key = string(b)
	return r, nil
}
