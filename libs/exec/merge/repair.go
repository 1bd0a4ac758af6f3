package merge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/record"
)

// take takes the store's fence over. Where the store has lost writes, everything
// is republished before the next checkpoint.
func (st *Stage) take(ctx context.Context, o *owned, least Fence, lost bool) error {
	stored, repair, err := o.writer.Take(ctx, o.token, least, lost)
	if err != nil {
		return err
	}
	o.lost = false
	o.silentUntil, o.repair, o.listed = stored.Offset, repair, false
	o.finished = min(stored.Offset, o.pos-1)
	o.sweeps = nil
	if repair {
		st.cfg.Metrics.Repairs.Add(1)
		st.log(st.repairs.begin(o.id, st.cfg.Now()), "the result store lost writes: republishing everything", "partition", o.id)
		// Where there was no fence, the store holds nothing that this partition has
		// written: all of that came after it, and what a store loses is the newest.
		// To look for some, every partition would have to read all rows of all.
		o.republish(stored != Fence{Offset: -1})
	}
	return nil
}

// takeOver is take for a restore: it waits for a store that is away.
func (st *Stage) takeOver(ctx context.Context, o *owned, least Fence) error {
	for {
		err := st.take(ctx, o, least, false)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, ErrFenced) || errors.Is(err, ErrIncarnation) {
			return fmt.Errorf("merge partition %d: %w", o.id, st.refused(err))
		}
		st.trouble(o, err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// republish marks everything that the store should hold: rows, meta, drops; row
// logs go on with a gap entry. With sweep, what it should not hold is looked for,
// too.
func (s *Partition) republish(sweep bool) {
	for _, q := range s.queries {
		q.known = false
		s.markCount(q)
		if q.facts {
			s.markMeta(q)
		}
		if q.node != nil && q.Rows != nil && s.ownsLog(q) {
			s.markGap(q)
		}
	}
	for _, n := range s.nodes {
		var u sums
		for _, q := range slices.Backward(n.queries) {
			if q.Table != nil {
				s.republishTable(&u, q, sweep)
			}
		}
	}
	for id, epoch := range s.defs.Drops.All() {
		if s.ownsDrop(id) {
			s.drops[id] = epoch
		}
	}
}

func (s *Partition) republishTable(u *sums, q *query, sweep bool) {
	if sweep {
		s.markSweep(q)
	}
	if q.global() && s.ownsRow(q, "") {
		s.markRow(q, rowRef{})
	}
	for _, pane := range u.windowsOf(q) {
		if !s.shown(q, pane) {
			continue
		}
		for _, key := range u.keysOf(q, pane) {
			s.markRow(q, rowRef{pane, key})
		}
	}
}

// dropUnregistered drops the ids in the store's listing that the registry lacks,
// tombstones having been compacted away: after every restore, and as a part of
// every repair. An id was registered before it was listed, so the registry is
// read to the end that it has after the listing was read.
func (st *Stage) dropUnregistered(ctx context.Context) {
	var todo []*owned
	now := st.cfg.Now()
	for _, o := range st.owned {
		if !o.listed && !now.Before(o.nextListing) {
			todo = append(todo, o)
		}
	}
	if len(todo) == 0 {
		return
	}
	listed, err := st.cfg.Store.Listed(ctx)
	defs := st.cfg.Registry.Snapshot()
	if err == nil && len(listed) > 0 {
		defs, err = st.registryToEnd(ctx)
	}
	for _, o := range todo {
		if err != nil {
			o.nextListing = now.Add(time.Second)
			st.cfg.Logger.Debug("cannot look for results of queries that are gone; trying again", "partition", o.id, "error", err)
			continue
		}
		o.sync(defs)
		for id, epoch := range listed {
			if !defs.Queries.Has(id) && !defs.Drops.Has(id) && o.ownsDrop(id) {
				o.drops[id] = epoch + 1 // its drop had a greater epoch, and so will any later one have
			}
		}
		o.listed = true
	}
}

// registryToEnd returns the definitions up to the end that the registry has now,
// if that comes soon.
func (st *Stage) registryToEnd(ctx context.Context) (*Definitions, error) {
	end, err := st.cfg.Registry.End(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the end of the registry: %w", err)
	}
	if !st.reach(ctx, end) {
		return nil, fmt.Errorf("the registry is not read up to %d yet", end)
	}
	return st.cfg.Registry.Snapshot(), nil
}

// sweep deletes what the store has under the queries' keys, belongs to this
// partition and is not in its state.
func (st *Stage) sweep(ctx context.Context, o *owned) error {
	var u sums // they are in the order in which they were written
	for len(o.sweeps) > 0 {
		q := o.sweeps[0]
		if o.queries[q.ID] == q {
			if _, err := o.writer.Sweep(ctx, o.pos-1, o.sweepOf(&u, q)); err != nil {
				return err
			}
		}
		o.sweeps = o.sweeps[1:]
	}
	o.sweeps = nil
	return nil
}

func (s *Partition) sweepOf(u *sums, q *query) Sweep {
	return Sweep{
		Query: q.ID,
		Epoch: q.Epoch,
		Stays: func(window *WindowSpan, key string) bool {
			ref, err := q.ref(window, key)
			if err != nil || !s.ownsRow(q, ref.key) {
				return true // no row that this partition has written
			}
			if !s.shown(q, ref.pane) {
				return false
			}
			_, keep, err := s.compute(u, q, ref)
			return keep || err != nil
		},
		StaysTop: func(window *WindowSpan) bool {
			if !s.ownsRow(q, "") {
				return true
			}
			ref, err := q.ref(window, "")
			return err == nil && s.shown(q, ref.pane) && u.has(q, ref.pane)
		},
	}
}

// ref finds the row that a window and a canonical JSON key name; key is empty
// for a window's ordered list.
func (q *query) ref(window *WindowSpan, key string) (rowRef, error) {
	var r rowRef
	if (window != nil) != (q.Table.Window > 0) {
		return r, errors.New("window does not fit the query")
	}
	if window != nil {
		r.pane = window.Start * 1000
	}
	if key == "" {
		return r, nil
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
