package index_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/record"
)

var contains = index.Target{Column: "text", Test: index.Contains, Kind: record.Varchar}

// differs says how what x finds in texts is not what is wanted of it, by needle;
// empty: it is.
func differs(x index.Index, texts []string, needles map[string]int32, slots int) string {
	b := record.NewBatch(&record.Schema{Fields: []record.Field{{Name: "text", Type: record.VarcharType}}})
	for _, s := range texts {
		b.Columns[0].AppendStr(s)
	}
	var in expr.Input
	in.Reset([]*record.Column{&b.Columns[0]}, len(texts))
	var hits index.Hits
	hits.Begin(slots, len(texts))
	x.Eval(&in, nil, &hits)
	touched := 0
	for needle, slot := range needles {
		rows, some := hits.Rows(slot), false
		for row, s := range texts {
			want := strings.Contains(s, needle)
			some = some || want
			if found := rows != nil && rows[row>>6]>>(row&63)&1 != 0; found != want {
				return fmt.Sprintf("%q in %q: %v", needle, s, found)
			}
		}
		if some {
			touched++
		}
	}
	if touched != len(hits.Touched()) || x.Len() != len(needles) {
		return fmt.Sprintf("%d of %d needles are found, want %d of %d", len(hits.Touched()), x.Len(), touched, len(needles))
	}
	return ""
}

// Thousands of needles come and go, one at a time and many: indexes stay as they
// were, also while others read them, and are of what was there.
func TestManyNeedles(t *testing.T) {
	const most = 6000
	r := rand.New(rand.NewPCG(1, 7))
	set := index.NewSet(contains)
	now, free, names := map[string]int32{}, []int32{}, []string{}
	for slot := range int32(most) {
		free = append(free, slot)
	}
	add := func() {
		s := word(r) + word(r)
		s = s[:min(1+r.IntN(len(s)), len(s))]
		if _, ok := now[s]; ok || len(free) == 0 {
			return
		}
		now[s], free, names = free[len(free)-1], free[:len(free)-1], append(names, s)
		set.Put(index.Key{Text: s}, now[s])
	}
	drop := func() {
		i := r.IntN(len(names))
		s := names[i]
		names[i] = names[len(names)-1]
		names = names[:len(names)-1]
		set.Delete(index.Key{Text: s})
		free = append(free, now[s])
		delete(now, s)
	}
	type snapshot struct {
		x       index.Index
		needles map[string]int32
	}
	var old []snapshot
	var readers sync.WaitGroup
	look := func() {
		texts := make([]string, 20)
		for i := range texts {
			for range 8 {
				texts[i] += word(r) + " "
			}
		}
		s := snapshot{set.Index(0), maps.Clone(now)}
		old = append(old, s)
		back := old[r.IntN(len(old))]
		readers.Go(func() {
			for _, s := range []snapshot{s, back} {
				if d := differs(s.x, texts, s.needles, most); d != "" {
					t.Error(d)
				}
			}
		})
	}
	for _, size := range []int{3, 4, 1000, 5000, 5100, 2000, 900, 5, 3, 2, 0} {
		for tries := 0; len(now) < size && tries < 10*most; tries++ {
			if add(); size == 5100 || tries%700 == 0 { // by ones
				look()
			}
		}
		for len(now) > size {
			if drop(); len(now)%300 == 0 || len(now) < 8 {
				look()
			}
		}
		for range 30 { // some instead of others
			if len(now) > 0 {
				drop()
				add()
			}
			look()
		}
	}
	readers.Wait()
	if set.Len() != len(now) {
		t.Errorf("%d needles are left, want %d", set.Len(), len(now))
	}
}

// BenchmarkSubstringAdd adds a needle to so many, and makes the index.
func BenchmarkSubstringAdd(b *testing.B) {
	for _, n := range []int{100, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			set := index.NewSet(contains)
			for i := range n {
				set.Put(index.Key{Text: word(r) + word(r) + word(r)}, int32(i))
			}
			set.Index(0)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				set.Put(index.Key{Text: word(r) + word(r) + word(r)}, int32(n+i))
				set.Index(0)
			}
		})
	}
}
