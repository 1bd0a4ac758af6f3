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
	"github.com/millrace/millrace/libs/planted"
)

// errBehind is what a writer is told that is behind what was written; package
// merge takes it for a loss.
var errBehind = fmt.Errorf("%w: it holds a greater offset", merge.ErrLost)

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

	asOf map[int32]map[int32]int64 // per partition: the vector of the last flush

	strict bool // no bugs, whatever is planted
}

// on reports whether a bug of the store is planted. The scripts of package results
// have them too; that they do what this store does, but for bugs, is held by
// TestStoreIsTheScripts.
func (s *store) on(b planted.Bug) bool { return !s.strict && planted.On(b) }

type result struct {
	epoch   int64
	dropped bool
	rows    map[string]string   // window and key → row
	lists   map[string][]string // window → rows in order
	log     []logged
	status  string
	listed  bool

	epochs map[int32]int64 // by merge partition: planted.EpochPerPartition
}

type logged struct {
	offset, index int64
	row           string // "" for a gap entry
}

func newResult(epoch int64) *result {
	return &result{epoch: epoch, rows: map[string]string{}, lists: map[string][]string{}, epochs: map[int32]int64{}}
}

func (r *result) clone() *result {
	if r == nil {
		return nil
	}
	c := *r
	c.rows, c.lists, c.log, c.epochs = maps.Clone(r.rows), maps.Clone(r.lists), slices.Clone(r.log), maps.Clone(r.epochs)
	return &c
}

func newStore(w *world) *store {
	return &store{w: w, fences: map[int32]merge.Fence{}, queries: map[string]*result{}, greatest: map[int32]int64{}, asOf: map[int32]map[int32]int64{}}
}

// flush loses everything.
func (s *store) flush() {
	s.fences, s.queries, s.undo = map[int32]merge.Fence{}, map[string]*result{}, nil
	s.lose()
	s.w.count("store flushed")
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
	if n > 0 {
		s.w.count("store lost its last writes")
	}
	s.w.note("STORE lost its last %d writes", n)
}

func (s *store) lose() {
	s.greatest, s.asOf = map[int32]int64{}, map[int32]map[int32]int64{}
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
	s.w.count("request arrived twice")
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
		if r.listed {
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
	if w.w.load.duplicated() {
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
		w.asOf[w.part] = maps.Clone(vector)
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
		return w.write(op.Query, op.Epoch, op.Known, none, refused, func(r *result) {
			for _, row := range op.Set {
				r.rows[spanKey(op.Window)+row.Key] = string(row.JSON)
			}
			for _, key := range op.Del {
				if _, there := r.rows[spanKey(op.Window)+key]; there {
					w.w.count("row deleted")
				}
				if !w.on(planted.DeletesForgotten) {
					delete(r.rows, spanKey(op.Window)+key)
				}
			}
		})
	case merge.TopOp:
		return w.write(op.Query, op.Epoch, op.Known, none, refused, func(r *result) {
			rows := []string{}
			for _, row := range op.Rows {
				rows = append(rows, string(row.JSON))
			}
			r.lists[spanKey(op.Window)] = rows
		})
	case merge.LogOp:
		return w.write(op.Query, op.Epoch, op.Known, none, refused, func(r *result) { r.append(&op, at) })
	case merge.MetaOp:
		kept := none
		if op.Keep {
			kept = op.Kept
		}
		return w.write(op.Query, op.Epoch, op.Known, kept, refused, func(r *result) {
			if s, ok := op.Fields["status"]; ok {
				r.status = s
			}
			r.listed = r.listed || op.Listing != nil
		})
	case merge.ForgetWindowOp:
		return w.write(op.Query, op.Epoch, op.Known, none, refused, func(r *result) {
			w.w.count("window deleted")
			maps.DeleteFunc(r.rows, func(key, _ string) bool { return strings.HasPrefix(key, spanKey(&op.Window)) })
			delete(r.lists, spanKey(&op.Window))
		})
	case merge.DropOp:
		switch r, stored, known := w.epoch(op.Query); {
		case known && stored > op.Epoch:
			*refused = append(*refused, op.Query)
		case !known || stored < op.Epoch:
			w.w.count("drop written")
			gone := newResult(op.Epoch)
			gone.dropped = true
			if r != nil {
				gone.epochs = r.epochs
			}
			gone.epochs[w.part] = op.Epoch
			w.queries[op.Query] = gone
		default:
			r.listed = false
		}
		return nil
	default:
		return fmt.Errorf("operation %T", op)
	}
}

// none is no epoch.
const none = int64(-1)

// write changes the results of a query's epoch: a lower one is refused, a higher
// one unlinks what there was, unless it is of the epoch that is kept.
func (w *writer) write(id string, epoch int64, known bool, kept int64, refused *[]string, change func(*result)) error {
	r, stored, has := w.epoch(id)
	switch {
	case !has && known:
		return fmt.Errorf("%w: the epoch of query %s is gone", merge.ErrLost, id)
	case has && epoch < stored:
		w.w.count("earlier epoch refused")
		*refused = append(*refused, id)
		return nil
	case r == nil, !has, epoch > stored && stored != kept:
		fresh := newResult(epoch)
		if r != nil {
			w.w.count("earlier epoch unlinked")
			fresh.listed, fresh.epochs = r.listed, r.epochs
		}
		r = fresh
		w.queries[id] = r
	}
	r.epochs[w.part] = epoch
	r.epoch = epoch
	change(r)
	return nil
}

// epoch returns what the store has of a query and the epoch that the writer's
// partition compares with.
func (w *writer) epoch(id string) (r *result, epoch int64, known bool) {
	r = w.queries[id]
	if r == nil {
		return nil, 0, false
	}
	if w.on(planted.EpochPerPartition) {
		epoch, known = r.epochs[w.part]
		return r, epoch, known
	}
	return r, r.epoch, true
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
