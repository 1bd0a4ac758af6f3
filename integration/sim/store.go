package sim

import (
	"context"
	"fmt"
	"maps"
	"slices"

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
	logs map[int32]map[int32]int64 // the same of the declared stream

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
	shares  map[string]int64 // counters: name and merge partition → the partition's share
	listed  bool
	passed  string // what the facts say of the documents before the query

	epochs map[int32]int64 // by merge partition: planted.EpochPerPartition
}

type logged struct {
	offset, index int64
	row           string // "" for a gap entry
}

func newResult(epoch int64) *result {
	return &result{epoch: epoch, rows: map[string]string{}, lists: map[string][]string{}, shares: map[string]int64{}, epochs: map[int32]int64{}}
}

func (r *result) clone() *result {
	if r == nil {
		return nil
	}
	c := *r
	c.rows, c.lists, c.log = maps.Clone(r.rows), maps.Clone(r.lists), slices.Clone(r.log)
	c.shares, c.epochs = maps.Clone(r.shares), maps.Clone(r.epochs)
	return &c
}

func newStore(w *world) *store {
	return &store{w: w, fences: map[int32]merge.Fence{}, queries: map[string]*result{}, greatest: map[int32]int64{}, asOf: map[int32]map[int32]int64{}, logs: map[int32]map[int32]int64{}}
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
	s.greatest, s.asOf, s.logs = map[int32]int64{}, map[int32]map[int32]int64{}, map[int32]map[int32]int64{}
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
