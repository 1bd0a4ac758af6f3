package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/exec/merge"
)

// undoDepth is how many of its last writes a store may lose.
const undoDepth = 40

// store is the result store: it obeys the contract of package results.
type store struct {
	w       *world
	fences  map[int32]merge.Fence
	queries map[string]*result
	undo    []func()
	losses  int
	away    bool

	// greatest is the greatest offset written per partition since the last
	// loss: no written offset goes back.
	greatest map[int32]int64
	flying   []func() // requests sent twice: the second is still under way
}

type result struct {
	epoch   int64
	dropped bool
	rows    map[string]string   // window and key → row
	lists   map[string][]string // window → rows in order
	log     []logged
	status  string
}

type logged struct {
	offset, index int64
	row           string // "" for a gap entry
}

func newResult(epoch int64) *result {
	return &result{epoch: epoch, rows: map[string]string{}, lists: map[string][]string{}}
}

func (r *result) clone() *result {
	if r == nil {
		return nil
	}
	c := *r
	c.rows, c.lists, c.log = maps.Clone(r.rows), maps.Clone(r.lists), slices.Clone(r.log)
	return &c
}

func newStore(w *world) *store {
	return &store{w: w, fences: map[int32]merge.Fence{}, queries: map[string]*result{}, greatest: map[int32]int64{}}
}

// flush loses everything.
func (s *store) flush() {
	s.fences, s.queries, s.undo = map[int32]merge.Fence{}, map[string]*result{}, nil
	s.lose()
	s.w.note("STORE flushed")
}

// crash loses the last writes.
func (s *store) crash() {
	n := s.w.rng.IntN(len(s.undo) + 1)
	for range n {
		s.undo[len(s.undo)-1]()
		s.undo = s.undo[:len(s.undo)-1]
	}
	s.undo = nil
	s.lose()
	s.w.note("STORE lost its last %d writes", n)
}

func (s *store) lose() {
	s.greatest = map[int32]int64{}
	s.losses++
}

// remember makes the next write one that can be undone.
func (s *store) remember(p int32, ids []string) {
	fence, had := s.fences[p]
	old := map[string]*result{}
	for _, id := range ids {
		old[id] = s.queries[id].clone()
	}
	s.undo = append(s.undo, func() {
		delete(s.fences, p)
		if had {
			s.fences[p] = fence
		}
		for id, r := range old {
			delete(s.queries, id)
			if r != nil {
				s.queries[id] = r
			}
		}
	})
	if len(s.undo) > undoDepth {
		s.undo = s.undo[1:]
	}
}

// resend lets a request that was sent twice arrive for the second time.
func (s *store) resend() bool {
	if len(s.flying) == 0 {
		return false
	}
	i := s.w.rng.IntN(len(s.flying))
	s.w.note("a request arrives for the second time")
	s.flying[i]()
	s.flying = slices.Delete(s.flying, i, i+1)
	return true
}

// view is the store as one process reaches it.
type view struct {
	*store
	p *process
}

func (s *store) of(p *process) merge.Store { return view{s, p} }

// Reason implements [merge.Store].
func (v view) Reason(error) string { return "error" }

// Listed implements [merge.Store].
func (v view) Listed(ctx context.Context) (map[string]int64, error) {
	if _, err := v.w.await(ctx, v.p, "asks what the store lists", true); err != nil {
		return nil, err
	}
	if v.away {
		return nil, errLink
	}
	out := map[string]int64{}
	for id, r := range v.queries {
		if !r.dropped {
			out[id] = r.epoch
		}
	}
	return out, nil
}

// Writer implements [merge.Store].
func (v view) Writer(p int32) merge.Writer {
	return &writer{view: v, part: p, rng: v.p.random(fmt.Sprint("writer", p))}
}

// writer is merge.Writer: of its own are all n from the last acknowledged to the
// last sent.
type writer struct {
	view
	part int32
	last merge.Fence
	sent int64
	rng  *rand.Rand
}

// Fence implements [merge.Writer].
func (w *writer) Fence() merge.Fence { return w.last }

// call asks the schedule what becomes of a request.
func (w *writer) call(ctx context.Context, what string) (verdict, error) {
	v, err := w.w.await(ctx, w.p, fmt.Sprintf("%s partition %d", what, w.part), true)
	if err == nil && w.away {
		return lost, errLink
	}
	return v, err
}

// Take implements [merge.Writer].
func (w *writer) Take(ctx context.Context, token int64, least merge.Fence, mustRepair bool) (merge.Fence, bool, error) {
	v, err := w.call(ctx, "store takes fence of")
	if err != nil {
		return merge.Fence{}, false, err
	}
	stored, ok := w.fences[w.part]
	if ok && stored.Token > token {
		return merge.Fence{}, false, merge.ErrFenced
	}
	if !ok {
		stored = merge.Fence{Offset: -1}
	}
	repair := mustRepair || stored.Repair || stored.Less(least)
	w.remember(w.part, nil)
	n := max(stored.N, w.sent)
	if least.Token == token {
		n = max(n, least.N)
	}
	w.fences[w.part] = merge.Fence{Token: token, N: n + 1, Offset: stored.Offset, Repair: repair}
	if v == mute {
		return merge.Fence{}, false, errLink
	}
	w.last = w.fences[w.part]
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
	token, low, next := w.last.Token, w.last.N, w.sent+1
	w.sent = next
	run := func() error {
		f, ok := w.fences[w.part]
		switch {
		case ok && f.Token > token:
			return merge.ErrFenced
		case ok && f.Token == token && f.N == next:
			return nil // it was done before
		case !ok || f.Token != token || f.N < low || f.N > next:
			return merge.ErrLost
		case offset < f.Offset && !drops:
			w.w.violated("partition %d: offset %d is written after %d", w.part, offset, f.Offset)
		}
		w.remember(w.part, ids)
		f.N, f.Offset = next, max(offset, f.Offset)
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
	if w.w.load.duplicated() {
		w.flying = append(w.flying, func() { _ = run() })
	}
	if failed != nil {
		return failed
	}
	if err := run(); err != nil {
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
		if n > 1 {
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
func (w *writer) Finish(ctx context.Context, offset int64, _ merge.AsOf, repaired bool) error {
	err := w.script(ctx, "store finishes", offset, false, nil, func(f *merge.Fence) error {
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
	case ok && f.Token > w.last.Token:
		return merge.ErrFenced
	case !ok || f.Token != w.last.Token || f.N < w.last.N || f.N > w.sent:
		return merge.ErrLost
	}
	return nil
}

// Sweep implements [merge.Writer].
func (w *writer) Sweep(ctx context.Context, offset int64, s merge.Sweep) ([]string, error) {
	if r := w.queries[s.Query]; r == nil || r.epoch != s.Epoch {
		return []string{s.Query}, nil
	}
	return nil, w.script(ctx, "store sweeps "+s.Query, offset, false, []string{s.Query}, func(*merge.Fence) error {
		r := w.queries[s.Query]
		if r == nil || r.epoch != s.Epoch {
			return nil
		}
		for full := range r.rows {
			if window, key := cutSpan(full); !s.Stays(window, key) {
				delete(r.rows, full)
			}
		}
		for full := range r.lists {
			if window, _ := cutSpan(full); !s.StaysTop(window) {
				delete(r.lists, full)
			}
		}
		return nil
	})
}

func (w *writer) apply(op merge.Op, at int64, refused *[]string) error {
	switch op := op.(type) {
	case merge.RowsOp:
		return w.write(op.Query, op.Epoch, op.Known, false, refused, func(r *result) {
			for _, row := range op.Set {
				r.rows[spanKey(op.Window)+row.Key] = string(row.JSON)
			}
			for _, key := range op.Del {
				delete(r.rows, spanKey(op.Window)+key)
			}
		})
	case merge.TopOp:
		return w.write(op.Query, op.Epoch, op.Known, false, refused, func(r *result) {
			rows := []string{}
			for _, row := range op.Rows {
				rows = append(rows, string(row.JSON))
			}
			r.lists[spanKey(op.Window)] = rows
		})
	case merge.LogOp:
		return w.write(op.Query, op.Epoch, op.Known, false, refused, func(r *result) { r.append(&op, at) })
	case merge.MetaOp:
		return w.write(op.Query, op.Epoch, op.Known, op.Failed, refused, func(r *result) {
			if s, ok := op.Fields["status"]; ok {
				r.status = s
			}
		})
	case merge.ForgetWindowOp:
		return w.write(op.Query, op.Epoch, op.Known, false, refused, func(r *result) {
			maps.DeleteFunc(r.rows, func(key, _ string) bool { return strings.HasPrefix(key, spanKey(&op.Window)) })
			delete(r.lists, spanKey(&op.Window))
		})
	case merge.DropOp:
		if r := w.queries[op.Query]; r == nil || r.epoch < op.Epoch {
			w.queries[op.Query] = &result{epoch: op.Epoch, dropped: true}
		}
		return nil
	default:
		return fmt.Errorf("operation %T", op)
	}
}

// write changes the results of a query's epoch: a lower one is refused, a higher
// one unlinks what there was.
func (w *writer) write(id string, epoch int64, known, keep bool, refused *[]string, change func(*result)) error {
	r := w.queries[id]
	switch {
	case r == nil && known:
		return fmt.Errorf("%w: the epoch of query %s is gone", merge.ErrLost, id)
	case r != nil && epoch < r.epoch:
		*refused = append(*refused, id)
		return nil
	case r == nil, epoch > r.epoch && !keep, r.dropped:
		r = newResult(epoch)
		w.queries[id] = r
	}
	r.epoch = epoch
	change(r)
	return nil
}

// append appends what comes after the last id.
func (r *result) append(op *merge.LogOp, at int64) {
	var last [2]int64
	if n := len(r.log); n > 0 {
		last = [2]int64{r.log[n-1].offset, r.log[n-1].index}
	}
	add := func(id [2]int64, row string) {
		r.log = append(r.log, logged{id[0], id[1], row})
		last = id
	}
	if op.Gap {
		first := at
		if len(op.Entries) > 0 {
			first = op.Entries[0].Offset
		}
		switch {
		case first > last[0]:
			add([2]int64{first, 0}, "")
		case len(op.Entries) == 0 && last != [2]int64{}:
			add([2]int64{last[0], last[1] + 1}, "")
		}
	}
	for _, e := range op.Entries {
		if id := [2]int64{e.Offset, e.Index}; slices.Compare(last[:], id[:]) < 0 {
			add(id, string(e.JSON))
		}
	}
}

func spanKey(w *merge.WindowSpan) string {
	if w == nil {
		return ""
	}
	return fmt.Sprintf("%d-%d", w.Start, w.End)
}

// cutSpan takes the window off a key.
func cutSpan(full string) (*merge.WindowSpan, string) {
	at := strings.IndexByte(full+"[", '[')
	if at == 0 {
		return nil, full
	}
	window := &merge.WindowSpan{}
	if _, err := fmt.Sscanf(full[:at], "%d-%d", &window.Start, &window.End); err != nil {
		panic(err)
	}
	return window, full[at:]
}

func idsOf(ops []merge.Op) []string {
	var out []string
	for _, op := range ops {
		switch op := op.(type) {
		case merge.RowsOp:
			out = append(out, op.Query)
		case merge.TopOp:
			out = append(out, op.Query)
		case merge.LogOp:
			out = append(out, op.Query)
		case merge.MetaOp:
			out = append(out, op.Query)
		case merge.ForgetWindowOp:
			out = append(out, op.Query)
		case merge.DropOp:
			out = append(out, op.Query)
		}
	}
	return out
}
