package index_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/record"
)

var between = index.Target{Column: "c", Test: index.Between, Kind: record.BigInt}

// integers returns a batch of one column.
func integers(values []int64) *record.Batch {
	b := record.NewBatch(&record.Schema{Fields: []record.Field{{Name: "c", Type: record.BigIntType}}})
	for _, v := range values {
		b.Columns[0].AppendInt(v)
	}
	return b
}

// ranges is what a set holds, by slot.
type ranges struct{ wanted, counted map[int32]index.Key }

func (h *ranges) has(slot int32) bool {
	_, wanted := h.wanted[slot]
	_, counted := h.counted[slot]
	return wanted || counted
}

// compare evaluates x and looks whether it is of those intervals.
func (h *ranges) compare(t *testing.T, r *rand.Rand, x *index.Range, slots int) {
	t.Helper()
	values := make([]int64, 100)
	for i := range values {
		values[i] = r.Int64N(6000)
	}
	values[0], values[1] = math.MinInt64, math.MaxInt64
	b := integers(values)
	var in expr.Input
	in.Reset([]*record.Column{&b.Columns[0]}, len(values))
	var hits index.Hits
	hits.Begin(slots, len(values))
	hits.Fragments = make([]uint64, x.Fragments())
	x.Eval(&in, nil, &hits)
	got := map[int32]int{}
	if x.Fragments() > 0 {
		x.Sum(hits.Fragments, func(slot int32, n uint64) { got[slot] = int(n) })
	}
	for slot, k := range h.counted {
		want := 0
		for _, v := range values {
			if k.Lo <= v && v <= k.Hi {
				want++
			}
		}
		if got[slot] != want {
			t.Fatalf("%+v has %d rows, want %d", k, got[slot], want)
		}
		delete(got, slot)
	}
	if len(got) > 0 {
		t.Fatalf("rows of intervals that are not there: %v", got)
	}
	touched := 0
	for slot, k := range h.wanted {
		rows, some := hits.Rows(slot), false
		for row, v := range values {
			want := k.Lo <= v && v <= k.Hi
			some = some || want
			if found := rows != nil && rows[row>>6]>>(row&63)&1 != 0; found != want {
				t.Fatalf("%+v: %v for %d", k, found, v)
			}
		}
		if some {
			touched++
		}
	}
	if touched != len(hits.Touched()) || x.Len() != len(h.wanted)+len(h.counted) {
		t.Fatalf("%d of %d intervals have rows, want %d of %d", len(hits.Touched()), x.Len(), touched, len(h.wanted)+len(h.counted))
	}
}

// Thousands of intervals come and go: indexes stay as they were, and are of what was
// there.
func TestManyRanges(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 7))
		set := index.NewSet(between).(*index.RangeSet)
		now := ranges{map[int32]index.Key{}, map[int32]index.Key{}}
		keys := map[index.Key]bool{}
		const most = 8000
		key := func() index.Key {
			lo := r.Int64N(6000)
			return index.Key{Lo: lo, Hi: lo + r.Int64N(60) - 3}
		}
		add := func(slot int32) {
			k := key()
			if slot%2 == 0 {
				set.PutCounted(k, slot)
				now.counted[slot] = k
			} else if !keys[k] {
				set.Put(k, slot)
				now.wanted[slot], keys[k] = k, true
			}
		}
		drop := func(slot int32) {
			if k, ok := now.counted[slot]; ok {
				set.DeleteCounted(k, slot)
				delete(now.counted, slot)
			} else if k, ok := now.wanted[slot]; ok {
				set.Delete(k)
				delete(now.wanted, slot)
				delete(keys, k)
			}
		}
		var before *index.Range
		var was ranges
		for _, size := range []int32{100, most, most / 2, 300, most / 4, 1, 0} { // slots from 0 on are there
			for range 4 {
				for slot := range int32(most) {
					if slot >= size {
						drop(slot)
					} else if r.IntN(4) == 0 {
						drop(slot)
						add(slot)
					} else if !now.has(slot) {
						add(slot)
					}
				}
				if before != nil {
					was.compare(t, r, before, most)
				}
				before = set.Index(0).(*index.Range)
				was = ranges{map[int32]index.Key{}, map[int32]index.Key{}}
				for slot, k := range now.wanted {
					was.wanted[slot] = k
				}
				for slot, k := range now.counted {
					was.counted[slot] = k
				}
				now.compare(t, r, before, most)
			}
		}
		if set.Len() != 0 || before.Fragments() != 0 {
			t.Errorf("%d intervals and %d fragments are left", set.Len(), before.Fragments())
		}
	}
}

// BenchmarkRange looks for intervals, in each value of some ten of those that are
// wanted, or counts those that are counted.
func BenchmarkRange(b *testing.B) {
	for _, n := range []int{10, 1000, 10000, 100000} {
		for _, counted := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d/counted=%v", n, counted), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				set := index.NewSet(between).(*index.RangeSet)
				for i := range n {
					lo := r.Int64N(1_000_000)
					k := index.Key{Lo: lo, Hi: lo + 10_000_000/int64(n)}
					if counted {
						set.PutCounted(k, int32(i))
					} else {
						set.Put(k, int32(i))
					}
				}
				values := make([]int64, 200)
				for i := range values {
					values[i] = r.Int64N(1_000_000)
				}
				batch := integers(values)
				x := set.Index(0).(*index.Range)
				var in expr.Input
				var hits index.Hits
				hits.Fragments = make([]uint64, x.Fragments())
				for b.Loop() {
					in.Reset([]*record.Column{&batch.Columns[0]}, len(values))
					hits.Begin(n, len(values))
					x.Eval(&in, nil, &hits)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(values)), "ns/doc")
			})
		}
	}
}

// BenchmarkRangeAdd adds an interval, makes the index, and drops it.
func BenchmarkRangeAdd(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			set := index.NewSet(between).(*index.RangeSet)
			key := func() index.Key {
				lo := r.Int64N(1_000_000)
				return index.Key{Lo: lo, Hi: lo + 100}
			}
			for i := range n {
				set.PutCounted(key(), int32(i))
				set.Put(key(), int32(i))
			}
			b.ReportAllocs()
			for b.Loop() {
				k := key()
				set.PutCounted(k, int32(n))
				set.Index(0)
				set.DeleteCounted(k, int32(n))
			}
		})
	}
}
