package merge

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// dropsSeen makes the store remember the drops that are applied.
func (b *bench) dropsSeen() *[]DropOp {
	var seen []DropOp
	b.store.onApply = func(ops []Op) {
		for _, op := range ops {
			if d, ok := op.(DropOp); ok {
				seen = append(seen, d)
			}
		}
	}
	return &seen
}

func TestRestoresAndRepairsRepeatDrops(t *testing.T) {
	b := newBench(t, 1, 2)
	seen := b.dropsSeen()
	b.define(nil, map[string]int64{"first": 0, "gone": 9})
	b.step()
	want := []DropOp{{Query: "first"}, {Query: "gone", Epoch: 9}}
	check := func(when string) {
		t.Helper()
		slices.SortFunc(*seen, func(a, b DropOp) int { return int(a.Epoch - b.Epoch) })
		if !slices.Equal(*seen, want) {
			t.Fatalf("%s: drops %v, want %v", when, *seen, want)
		}
		*seen = nil
	}
	check("as they are read")
	b.step()
	if len(*seen) > 0 {
		t.Fatalf("drops repeated without need: %v", *seen)
	}
	b.restart()
	b.step()
	check("after a restart")
	b.store.flushAll()
	for range 3 {
		b.step()
	}
	check("after a loss")
}

// TestWhatTheRegistryLacksIsDropped: compaction has taken the tombstone, so only
// the listing tells of the query.
func TestWhatTheRegistryLacksIsDropped(t *testing.T) {
	setUp := func(t *testing.T) (*bench, *Query, *fakeStore) {
		b := newBench(t, 1, 3)
		q, stays := count(t, "q", "all", 4), count(t, "stays", "all", 5)
		b.define([]*Query{q, stays}, nil)
		b.commit(0, 5, q, post{"a", 0})
		b.step()
		old := b.store.copy()
		b.define([]*Query{stays}, map[string]int64{"q": 9})
		b.step()
		b.define([]*Query{stays}, nil)
		b.step()
		return b, stays, old
	}
	const left = `stays ["a"] {"n":1}`
	t.Run("on restore", func(t *testing.T) {
		b, _, old := setUp(t)
		// Not lost: an earlier owner wrote the query again, before it read the drop.
		b.store.queries["q"] = old.queries["q"]
		b.restart()
		b.step()
		b.want(left)
		if r := b.store.queries["q"]; r.epoch != 5 {
			t.Fatalf("dropped at epoch %d, one more than the query's is 5", r.epoch)
		}
	})
	t.Run("on repair", func(t *testing.T) {
		b, _, old := setUp(t)
		b.store.become(old)
		for range 4 {
			b.step()
		}
		b.want(left)
	})
	t.Run("not before the registry is read", sleeping(func(t *testing.T) {
		b, stays, old := setUp(t)
		b.store.queries["q"] = old.queries["q"]
		again := count(t, "q", "all", 12)
		b.registry.end = 20
		b.restart()
		b.step()
		if r := b.store.queries["q"]; r.dropped {
			t.Fatal("dropped by a reader that is behind")
		}
		b.define([]*Query{stays, again}, nil) // registered anew meanwhile
		b.registry.end = 0
		time.Sleep(time.Second)
		b.step()
		if r := b.store.queries["q"]; r.dropped || r.epoch != 12 {
			t.Fatalf("%+v", r)
		}
	}))
	t.Run("a repair is owed until then", sleeping(func(t *testing.T) {
		b, _, old := setUp(t)
		b.store.become(old)
		b.registry.end = 20
		before := maps.Clone(b.broker.group)
		for range 4 {
			b.sealAll(0, 5, nil)
			b.step()
		}
		owed := 0
		for p, f := range b.store.fences {
			if f.Repair {
				owed++
				if b.broker.group[p] != before[p] {
					t.Fatalf("partition %d has checkpointed at %d meanwhile", p, b.broker.group[p])
				}
			}
		}
		if owed == 0 {
			t.Fatal("every repair is cleared")
		}
		b.registry.end = 0
		time.Sleep(time.Second) // until the listing is looked at again
		b.step()
		b.want(left)
		for p, f := range b.store.fences {
			if f.Repair {
				t.Fatalf("partition %d still owes a repair", p)
			}
		}
	}))
}

// sleeping runs a test in which time passes at once.
func sleeping(test func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

// TestRepairSweepsWhatTheStateLacks: an older copy has rows that have left.
func TestRepairSweepsWhatTheStateLacks(t *testing.T) {
	for _, c := range []struct {
		name string
		q    *Query
		want string
	}{
		{"rows", count(t, "q", "all", 1, fewerThan(2)), `q ["b"] {"n":1}`},
		{"windows", count(t, "q", "all", 1, windowed, retention(time.Second)), `q 40000-50000["b"] {"n":1}`},
		{"ordered lists of windows", count(t, "q", "all", 1, top(5), windowed, retention(time.Second)), `q top40000-50000 {"k":"b","n":1}`},
		{"final windows", count(t, "q", "all", 1, windowed, final, retention(time.Second)), ``},
		{"an ordered list", count(t, "q", "all", 1, top(5)), `q top {"k":"a","n":2} {"k":"b","n":1}`},
		{"posts in order", topPosts(t, "q", "all", 1, 5), `q top {"k":"a","n":1} {"k":"a","n":2} {"k":"b","n":3}`},
	} {
		for _, restart := range []bool{false, true} {
			name := c.name
			if restart {
				name += ", restart"
			}
			t.Run(name, func(t *testing.T) {
				b := newBench(t, 1, 3)
				b.define([]*Query{c.q}, nil)
				b.commit(0, 1, c.q, post{"a", second})
				b.step()
				b.commit(0, 1, c.q, post{"a", 2 * second}, post{"b", 40 * second}) // closes the first window
				old := b.store.copy()
				b.step()
				b.wall += 2000
				b.sealAll(0, 1, nil) // and expires it
				b.step()
				b.want(c.want)
				b.store.become(old)
				if restart {
					b.restart()
				}
				for range 4 {
					b.step()
				}
				b.want(c.want)
				for p, f := range b.store.fences {
					if f.Repair {
						t.Fatalf("partition %d still owes a repair", p)
					}
				}
			})
		}
	}
}

// TestRepairSweepsStrayRows, and leaves what no partition can have written.
func TestRepairSweepsStrayRows(t *testing.T) {
	b := newBench(t, 1, 3)
	q, w := count(t, "q", "all", 1), count(t, "w", "w", 2, windowed)
	b.define([]*Query{q, w}, nil)
	b.commitAll(0, 2, []*Query{q, w}, post{"a", second})
	b.step()
	old := b.store.copy()
	for _, key := range []string{"s", "t", "u", "v"} { // of several partitions
		old.queries["q"].rows[`["`+key+`"]`] = "{}"
		old.queries["w"].rows[`0-10000["`+key+`"]`] = "{}"
	}
	old.queries["q"].rows[`[17]`] = "{}"
	b.sealAll(0, 2, nil)
	b.step()
	b.store.become(old)
	for range 4 {
		b.step()
	}
	b.want(`q ["a"] {"n":1}
	        q [17] {}
	        w 0-10000["a"] {"n":1}`)
}

// TestAnEmptyStoreIsNotSwept: a repair of a store that has lost all reads nothing.
func TestAnEmptyStoreIsNotSwept(t *testing.T) {
	b := newBench(t, 1, 3)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commitAll(0, 1, []*Query{q}, post{"a", 0}, post{"b", 0})
	b.step()
	b.store.flushAll()
	b.store.refuses = "sweep"
	for range 4 {
		b.step()
	}
	b.want(`q ["a"] {"n":1}
	        q ["b"] {"n":1}`)
	for p, f := range b.store.fences {
		if f.Repair {
			t.Errorf("partition %d still owes a repair", p)
		}
	}
}

// TestNothingIsCheckpointedBeforeTheRepair: only then the next owner repairs.
func TestNothingIsCheckpointedBeforeTheRepair(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	b.store.flushAll()
	b.sealAll(0, 1, nil)
	b.step() // notices
	commits := b.log().commits
	b.store.torn = 2
	b.step() // takes the fence; the rest is torn
	b.restart()
	if err := b.stage.reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if o := b.stage.owned[0]; !o.repair || o.clean() || commits != 2 {
		t.Fatalf("repair %v, clean %v after %d commits", o.repair, o.clean(), commits)
	}
	b.store.torn = 0
	for range 2 {
		b.step()
	}
	b.want(`q ["a"] {"n":1}`)
}

func TestTheFencesErrorsAreToldApart(t *testing.T) {
	for _, c := range []struct {
		err  error
		ends bool
	}{
		{ErrFenced, true}, {ErrIncarnation, true}, {ErrRefused, false}, {errNoAnswer, false},
	} {
		b := newBench(t, 1, 1)
		b.store.failing = c.err
		ctx := t.Context()
		done := make(chan error, 1)
		go func() { done <- b.stage.step(ctx, true) }()
		select {
		case err := <-done:
			if !c.ends || !errors.Is(err, c.err) {
				t.Fatalf("%v: the restore ends with %v", c.err, err)
			}
		case <-time.After(100 * time.Millisecond):
			if c.ends {
				t.Fatalf("%v: the restore tries again", c.err)
			}
			b.store.mu.Lock()
			b.store.failing = nil
			b.store.mu.Unlock()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	}
}
