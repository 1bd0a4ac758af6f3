package index_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/record"
)

// Thousands of values come and go, one at a time and many: indexes are of what was
// there when they were made.
func TestManyValues(t *testing.T) {
	const most = 6000
	r := rand.New(rand.NewPCG(3, 7))
	set := index.NewSet(index.Target{Column: "c", Test: index.Equals, Kind: record.Varchar})
	now := map[string]int32{}
	var free []int32
	for slot := range int32(most) {
		free = append(free, slot)
	}
	toggle := func(v string) {
		if slot, there := now[v]; there {
			set.Delete(index.Key{Text: v})
			delete(now, v)
			free = append(free, slot)
			return
		}
		now[v] = free[len(free)-1]
		free = free[:len(free)-1]
		set.Put(index.Key{Text: v}, now[v])
	}
	type snapshot struct {
		x    index.Index
		want map[string]int32
	}
	check := func(s snapshot) {
		b := record.NewBatch(&record.Schema{Fields: []record.Field{{Name: "c", Type: record.VarcharType}}})
		for i := range most {
			b.Columns[0].AppendStr(fmt.Sprint(i))
		}
		var in expr.Input
		in.Reset([]*record.Column{&b.Columns[0]}, most)
		var hits index.Hits
		hits.Begin(most, most)
		s.x.Eval(&in, nil, &hits)
		if s.x.Len() != len(s.want) || len(hits.Touched()) != len(s.want) {
			t.Fatalf("%d of %d values are found, want %d", len(hits.Touched()), s.x.Len(), len(s.want))
		}
		for v, slot := range s.want {
			var row int
			if _, err := fmt.Sscan(v, &row); err != nil {
				t.Fatal(err)
			}
			if rows := hits.Rows(slot); rows == nil || rows[row>>6]>>(row&63)&1 == 0 {
				t.Fatalf("%s is not found", v)
			}
		}
	}
	var old []snapshot
	for step := range 30 {
		changes := []int{1, 20, 700}[r.IntN(3)]
		if step == 0 {
			changes = 3000
		}
		for range changes {
			toggle(fmt.Sprint(r.IntN(most)))
		}
		old = append(old, snapshot{set.Index(0), maps.Clone(now)})
		check(old[len(old)-1])
		check(old[r.IntN(len(old))])
	}
	for v := range maps.Clone(now) {
		toggle(v)
	}
	if set.Len() != 0 {
		t.Errorf("%d values are left", set.Len())
	}
	check(old[len(old)-1])
}
