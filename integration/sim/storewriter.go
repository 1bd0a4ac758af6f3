package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/planted"
)

// writer is merge.Writer: of its own are all n from the last acknowledged to the
// last sent.
type writer struct {
	view
	part int32
	last merge.Fence
	sent int64
	held bool // the fence was taken, and no answer said otherwise since
	rng  *rand.Rand
}

// Fence implements [merge.Writer].
func (w *writer) Fence() merge.Fence { return w.last }

// call asks the schedule what becomes of a request.
func (w *writer) call(ctx context.Context, what string) (verdict, error) {
	v, err := w.w.await(ctx, w.p, fmt.Sprintf("%s partition %d", what, w.part), true)
	if err == nil && w.away {
		w.w.count("store away")
		return lost, errLink
	}
	return v, err
}

// Take implements [merge.Writer].
func (w *writer) Take(ctx context.Context, token int64, least merge.Fence, mustRepair bool) (merge.Fence, bool, error) {
	w.held = false
	v, err := w.call(ctx, "store takes fence of")
	if err != nil {
		return merge.Fence{}, false, err
	}
	stored, ok := w.fences[w.part]
	if ok && stored.Token > token {
		if v == mute {
			return merge.Fence{}, false, errLink
		}
		return merge.Fence{}, false, merge.ErrFenced
	}
	if !ok {
		stored = merge.Fence{Offset: -1}
	}
	repair := mustRepair || stored.Repair || stored.Less(least)
	w.remember(w.part, nil)
	n := stored.N
	switch {
	case mustRepair && w.last.Token == token:
		n = max(n, w.sent)
	case !mustRepair && least.Token == token:
		n = max(n, least.N)
	}
	next := merge.Fence{Token: token, N: n + 1, Offset: stored.Offset, Repair: repair && !w.on(planted.RepairForgotten)}
	w.fences[w.part] = next
	switch {
	case repair && stored.Repair && !mustRepair:
		w.w.count("repair inherited")
	case repair:
		w.w.count("repair begun")
	case ok:
		w.w.count("fence taken over")
	}
	if v == mute {
		return merge.Fence{}, false, errLink
	}
	w.last = next
	w.last.Repair, w.held = repair, true
	w.sent = w.last.N
	w.w.note("%s takes partition %d at token %d, stored %+v, repair %t", w.p.name, w.part, token, stored, repair)
	return stored, repair, nil
}

// script runs one script: change is called if the fence is this writer's. The
// same request may arrive twice.
func (w *writer) script(ctx context.Context, what string, offset int64, drops bool, ids []string, change func(*merge.Fence) error) error {
	v, failed := w.call(ctx, fmt.Sprintf("%s at %d", what, offset))
	if failed != nil && !errors.Is(failed, errLink) {
		return failed
	}
	if !w.held {
		return merge.ErrLost
	}
	token, low, next := w.last.Token, w.last.N, w.sent+1
	w.sent = next
	run := func() error {
		f, ok := w.fences[w.part]
		ignored := w.on(planted.FenceIgnored)
		switch {
		case ok && f.Token > token && !ignored:
			w.w.count("former owner fenced by the store")
			return merge.ErrFenced
		case !ok, !ignored && (f.Token < token || f.N < low || f.N > next):
			w.w.count("loss noticed")
			return merge.ErrLost
		case f.N == next:
			return nil // it was done before
		case offset < f.Offset && !drops:
			w.w.violated("partition %d: offset %d is written after %d", w.part, offset, f.Offset)
			if !w.on(planted.LowerOffsets) {
				return errBehind
			}
		}
		w.remember(w.part, ids)
		f.Token, f.N, f.Offset = token, next, max(offset, f.Offset)
		if err := change(&f); err != nil {
			w.undo[len(w.undo)-1]()
			w.undo = w.undo[:len(w.undo)-1]
			return err
		}
		w.fences[w.part] = f
		if g, ok := w.greatest[w.part]; ok && f.Offset < g {
			w.w.violated("partition %d: offset %d after %d", w.part, f.Offset, g)
		}
		w.greatest[w.part] = f.Offset
		return nil
	}
	if w.w.twice() {
		w.flying = append(w.flying, func() { _ = run() })
	}
	if failed != nil {
		return failed
	}
	if err := run(); err != nil && v == mute {
		return errLink
	} else if err != nil {
		w.held = errors.Is(err, errBehind) || !errors.Is(err, merge.ErrFenced) && !errors.Is(err, merge.ErrLost)
		return err
	}
	if v == mute {
		return errLink
	}
	w.last.N, w.last.Offset = next, max(offset, w.last.Offset)
	return nil
}

// Apply implements [merge.Writer]: in two scripts, of which the second may not
// arrive.
func (w *writer) Apply(ctx context.Context, offset int64, ops []merge.Op) (refused []string, err error) {
	for len(ops) > 0 {
		n := len(ops)
		if n > 1 && w.w.direct == nil {
			n = 1 + w.rng.IntN(n)
		}
		_, drops := ops[0].(merge.DropOp)
		some := ops[:n]
		ops = ops[n:]
		var no []string
		err := w.script(ctx, "store writes", offset, drops, idsOf(some), func(f *merge.Fence) error {
			no = nil
			for _, op := range some {
				if err := w.apply(op, f.Offset, &no); err != nil {
					return err
				}
			}
			return nil
		})
		refused = append(refused, no...)
		if err != nil {
			return refused, err
		}
	}
	return refused, nil
}

// Finish implements [merge.Writer].
func (w *writer) Finish(ctx context.Context, offset int64, asOf merge.AsOf, repaired bool) error {
	err := w.script(ctx, "store finishes", offset, false, nil, func(f *merge.Fence) error {
		vector := asOf.Vector[topicTweets]
		for p, before := range w.asOf[w.part] {
			if vector[p] < before {
				w.w.violated("partition %d: as_of of tweets-%d goes back from %d to %d", w.part, p, before, vector[p])
			}
		}
		w.asOf[w.part], w.logs[w.part] = maps.Clone(vector), maps.Clone(asOf.Vector[topicLogs])
		f.Repair = f.Repair && !repaired
		return nil
	})
	if err == nil {
		w.last.Repair = w.last.Repair && !repaired
	}
	return err
}

// Look implements [merge.Writer].
func (w *writer) Look(ctx context.Context) error {
	if _, err := w.call(ctx, "store looks at"); err != nil {
		return err
	}
	f, ok := w.fences[w.part]
	switch {
	case !w.held:
		return merge.ErrLost
	case ok && f.Token > w.last.Token:
		return merge.ErrFenced
	case !ok || f.Token != w.last.Token || f.N < w.last.N || f.N > w.sent:
		return merge.ErrLost
	}
	return nil
}

// Sweep implements [merge.Writer]: it reads, and deletes what it has found with
// a script for each window's list and for each window's rows.
func (w *writer) Sweep(ctx context.Context, offset int64, s merge.Sweep) ([]string, error) {
	if v, err := w.call(ctx, "store lists windows of "+s.Query+" for"); err != nil || v == mute {
		return nil, cmp.Or(err, errLink)
	}
	for _, window := range w.queries[s.Query].windows() {
		if r := w.queries[s.Query]; r != nil && !s.StaysTop(window) && len(r.lists[spanKey(window)]) > 0 {
			if no, err := w.sweep(ctx, offset, merge.TopOp{Query: s.Query, Epoch: s.Epoch, Window: window}); err != nil || len(no) > 0 {
				return no, err
			}
		}
		gone := merge.RowsOp{Query: s.Query, Epoch: s.Epoch, Window: window}
		if r := w.queries[s.Query]; r != nil {
			for _, full := range slices.Sorted(maps.Keys(r.rows)) {
				if at, key := cutSpan(full); spanKey(at) == spanKey(window) && !s.Stays(at, key) {
					gone.Del = append(gone.Del, key)
				}
			}
		}
		if len(gone.Del) == 0 {
			continue
		}
		if no, err := w.sweep(ctx, offset, gone); err != nil || len(no) > 0 {
			return no, err
		}
	}
	return nil, nil
}

func (w *writer) sweep(ctx context.Context, offset int64, op merge.Op) (refused []string, err error) {
	ids := idsOf([]merge.Op{op})
	err = w.script(ctx, "store sweeps "+ids[0], offset, false, ids, func(f *merge.Fence) error {
		refused = nil
		return w.apply(op, f.Offset, &refused)
	})
	return refused, err
}
