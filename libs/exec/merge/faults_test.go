package merge

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestFaultsDoNotChangeTheAnswer runs the same blocks and definitions with and
// without crashes, zombies, aborts, lost answers, store outages, and stores that
// lose everything or go back to an older copy. Rows, counters and as_of must be
// the same; row logs are compared as sets, and may lack rows only behind a gap
// entry, only after a loss.
func TestFaultsDoNotChangeTheAnswer(t *testing.T) {
	seeds := uint64(200)
	if testing.Short() {
		seeds = 50
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			want := newScenario(t, seed, false).run()
			got := newScenario(t, seed, true).run()
			if diff := got.differs(want); diff != "" {
				t.Fatalf("seed %d: %s", seed, diff)
			}
		})
	}
}

// scenario is a random history, and random faults beside it.
type scenario struct {
	*bench
	rnd, fault *rand.Rand
	faults     bool

	queries []*Query
	drops   map[string]int64
	nodes   []*Query // one of every node, for what the scans send
	at      int64    // end of the registry
	last    map[int32]int64

	copies []*fakeStore
	zombie *Stage
	lossy  bool
}

func newScenario(t *testing.T, seed uint64, faults bool) *scenario {
	s := &scenario{
		bench: newBench(t, 2, 3), rnd: rand.New(rand.NewPCG(seed, 1)), fault: rand.New(rand.NewPCG(seed, 2)),
		faults: faults, drops: map[string]int64{}, last: map[int32]int64{},
	}
	for kind := range kinds {
		s.nodes = append(s.nodes, s.query("x", kind, 0))
	}
	return s
}

const kinds = 6

// query returns a query of one of the kinds of node, with a random HAVING or
// emission.
func (s *scenario) query(id string, kind int, at int64) *Query {
	var edit []func(*Query)
	maybe := func(e func(*Query)) {
		if s.rnd.IntN(2) == 0 {
			edit = append(edit, e)
		}
	}
	switch kind {
	case 0:
		edit = append(edit, windowed)
		maybe(final)
		maybe(retention(20 * time.Second))
		return count(s.t, id, "windows", at, edit...)
	case 1:
		maybe(atLeast(3))
		maybe(fewerThan(5))
		return count(s.t, id, "groups", at, edit...)
	case 2:
		return count(s.t, id, "top", at, top(2))
	case 3:
		return count(s.t, id, "global", at, global)
	case 4:
		return topPosts(s.t, id, "first", at, 3)
	default:
		return rowsOf(id, "rows", at)
	}
}

func (s *scenario) run() *outcome {
	const rounds = 60
	for range rounds {
		if s.rnd.IntN(4) == 0 {
			s.register()
		}
		s.transact()
		time.Sleep(time.Millisecond)
		if s.faults {
			s.inject()
		} else {
			s.step()
		}
	}
	*s.store = fakeStore{fences: s.store.fences, asOf: s.store.asOf, queries: s.store.queries, back: s.store.back}
	s.stepZombie()
	for range 5 {
		time.Sleep(2 * time.Second)
		s.step()
	}
	if len(s.store.back) > 0 {
		s.t.Errorf("written offsets went back: %v", s.store.back)
	}
	return s.outcome()
}

// register submits, replaces or drops a query, or lets compaction take the
// tombstone of a drop.
func (s *scenario) register() {
	s.at += int64(1 + s.rnd.IntN(3))
	id := fmt.Sprintf("q%d", s.rnd.IntN(6))
	if _, dropped := s.drops[id]; dropped && s.rnd.IntN(3) == 0 {
		delete(s.drops, id)
		s.define(s.queries, s.drops)
		return
	}
	before := len(s.queries)
	s.queries = slices.DeleteFunc(slices.Clone(s.queries), func(q *Query) bool { return q.ID == id })
	if len(s.queries) < before && s.rnd.IntN(3) == 0 {
		s.drops[id] = s.at
	} else {
		delete(s.drops, id)
		s.queries = append(s.queries, s.query(id, s.rnd.IntN(kinds), s.at))
	}
	s.define(s.queries, s.drops)
}

// transact is a transaction of one of two scans, whose plan positions lag each
// other. Its posts are late now and then.
func (s *scenario) transact() {
	p := int32(s.rnd.IntN(2))
	s.last[p] = max(s.last[p], s.at-int64(s.rnd.IntN(3)), 0)
	var posts []post
	for range s.rnd.IntN(4) {
		posts = append(posts, post{string(rune('a' + s.rnd.IntN(3))), (s.wall/100 - 10_000 + int64(s.rnd.IntN(5))) * second})
	}
	s.commitAll(p, s.last[p], s.nodes, posts...)
	s.wall += int64(s.rnd.IntN(2000))
}

// inject makes one random fault, and runs a part of a round.
func (s *scenario) inject() {
	s.t.Helper()
	ctx := context.Background()
	if s.fault.IntN(8) == 0 {
		s.copies = append(s.copies, s.store.copy())
	}
	switch s.fault.IntN(13) {
	case 0:
		s.crash()
	case 1:
		s.log().abort = true
		s.step()
	case 2:
		if s.fault.IntN(3) == 0 {
			s.lossy = true
			s.store.flushAll()
		}
	case 3:
		if n := len(s.copies); n > 0 {
			s.lossy = true
			s.store.become(s.copies[s.fault.IntN(n)])
		}
	case 4:
		s.store.failing = errors.New("away")
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		_ = s.stage.step(short, true)
		cancel()
		s.store.failing = nil
		if s.fault.IntN(2) == 0 {
			s.crash()
		}
	case 5: // flushed, not checkpointed, crashed, replayed in part
		if len(s.stage.owned) > 0 {
			_ = s.stage.flushDue(ctx, true)
		}
		s.crash()
		s.log().limit = 1
		s.step()
		s.log().limit = 0
	case 6:
		s.log().limit = 1 + s.fault.IntN(3)
		s.step()
		s.log().limit = 0
	case 7:
		s.store.mute = 1 + s.fault.IntN(3)
		s.step()
	case 8: // folded and written in part, crashed
		s.store.torn = 1 + s.fault.IntN(2)
		s.step()
		s.crash()
	case 9:
		s.stepZombie()
	case 10: // folded, crashed
		records, err := s.log().Poll(ctx)
		if err == nil && s.stage.enqueue(records) == nil {
			_ = s.stage.foldQueued(ctx)
		}
		s.crash()
	case 11:
		s.notifier.failing = errors.New("away")
		s.step()
		s.notifier.failing = nil
		if s.fault.IntN(2) == 0 {
			s.crash()
		}
	default:
		s.step()
	}
}

// crash lets a new member take over; the old one may not have noticed.
func (s *scenario) crash() {
	if s.fault.IntN(3) == 0 {
		s.zombie = s.stage
	}
	s.restart()
}

// stepZombie lets a member that was expelled go on with what it has.
func (s *scenario) stepZombie() {
	if s.zombie == nil {
		return
	}
	ctx := context.Background()
	if s.zombie.foldQueued(ctx) != nil || s.zombie.flushDue(ctx, true) != nil || s.zombie.checkpointDue(ctx, true) != nil {
		s.zombie = nil
	}
}
