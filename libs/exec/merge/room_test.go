package merge

import (
	"fmt"
	"maps"
	"runtime"
	"testing"
	"time"
)

// A partition that has run many queries and runs none, or few, any more takes no more
// memory than before.
func TestQueriesThatGoGiveTheirMemoryBack(t *testing.T) {
	for _, c := range []struct {
		n, left int
		most    uint64 // bytes more than before
	}{{100_000, 0, 5 << 20}, {10_000, 1, 1 << 19}} {
		if raced && c.n > 10_000 {
			continue
		}
		b := newNullBench(t)
		now := time.UnixMilli(0)
		edit := b.edit
		b.edit = func(c *Config) { edit(c); c.Now = func() time.Time { return now } }
		b.restart()
		settle := func() uint64 {
			for range 3 {
				b.step()
				now = now.Add(2 * roomEvery)
			}
			for p := range b.topo.Partitions { // what the test's log keeps is no matter
				b.broker.exchange[p] = make([]Record, len(b.broker.exchange[p]))
				b.broker.checkpoint[p] = make([]Record, 0, 16)
			}
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		stays := count(t, "stays", "stays", 1)
		b.define([]*Query{stays}, nil)
		b.commit(0, 1, stays, post{"a", 0})
		before := settle()
		during := crowd(b, stays, c.n, settle)
		if held := b.stage.owned[0].held.groups; held < int64(c.n) {
			t.Fatalf("%d groups", held)
		}
		b.define([]*Query{stays}[:c.left], nil) // compaction has removed their drops
		b.sealAll(0, int64(c.n+2), nil)
		after := settle()
		t.Logf("%d queries stay: %d KB before, %d KB with the others, %d KB after them", c.left, before>>10, during>>10, after>>10)
		if during < before+4*c.most {
			t.Fatalf("with %d queries it takes %d bytes, without %d: nothing can be told of that", c.n, during, before)
		}
		if after > before+c.most {
			t.Errorf("%d queries stay: %d bytes more than before are held", c.left, after-before)
		}
		runtime.KeepAlive(b)
	}
}

// crowd runs n queries, some with a node of their own, some with windows, some of one
// node, and returns what it is with them.
func crowd(b *bench, stays *Query, n int, settle func() uint64) uint64 {
	queries, posting := []*Query{stays}, []*Query{stays}
	for i := range n {
		id, at := fmt.Sprintf("q%06d", i), int64(i+2)
		var q *Query
		switch i % 3 {
		case 0:
			q = count(b.t, id, "shared", int64(n+1))
		case 1:
			q = count(b.t, id, id, at, windowed)
		default:
			q = count(b.t, id, id, at)
		}
		queries = append(queries, q)
		if i%3 > 0 || i == 0 {
			posting = append(posting, q)
		}
	}
	b.define(queries, nil)
	b.commitAll(0, int64(n+1), posting, post{"a", 0}, post{"b", 0})
	return settle()
}

// What fills again with every round keeps its room; what does not is made anew, with all
// that is in it.
func TestRoomIsGivenBackWhenItIsNotNeeded(t *testing.T) {
	m, r := map[int]int{}, room{}
	anew := func(entries int) bool {
		clear(m)
		for i := range entries {
			m[i] = i
		}
		want, old := maps.Clone(m), m
		fit(&m, &r, false)
		for i := range m {
			if i >= 3 {
				delete(m, i)
				delete(want, i)
			}
		}
		fit(&m, &r, true)
		if !maps.Equal(m, want) {
			t.Fatalf("%v is left of %v", m, want)
		}
		m[-1] = 0
		defer delete(m, -1)
		return len(old) != len(m) // it is another map
	}
	for i, c := range []struct {
		entries int
		anew    bool
	}{{muchRoom, false}, {muchRoom, false}, {muchRoom / 4, false}, {muchRoom / 8, true}, {1, false}, {muchRoom - 1, false}, {0, false}} {
		if got := anew(c.entries); got != c.anew {
			t.Errorf("round %d, of %d entries: made anew %v", i, c.entries, got)
		}
	}
}
