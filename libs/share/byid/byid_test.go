package byid_test

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/share/byid"
	"github.com/millrace/millrace/libs/sql/plan"
)

type thing struct{ id plan.ID }

func (t *thing) PlanID() plan.ID { return t.id }

func TestSetIsAMap(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		var s byid.Set[*thing]
		want := map[plan.ID]*thing{}
		ids := make([]plan.ID, 1+r.IntN(500))
		for i := range ids {
			ids[i] = plan.ID{byte(r.IntN(8)), byte(r.IntN(2)), 2: byte(i), 3: byte(i >> 8)} // many begin alike
		}
		for range 20_000 {
			id := ids[r.IntN(len(ids))]
			if r.IntN(2) == 0 {
				s.Delete(id)
				delete(want, id)
			} else {
				x := &thing{id}
				s.Put(x)
				want[id] = x
			}
			probe := ids[r.IntN(len(ids))]
			if got := s.Get(probe); got != want[probe] {
				t.Fatalf("seed %d: got %v for %s, want %v", seed, got, probe, want[probe])
			}
			if s.Len() != len(want) {
				t.Fatalf("seed %d: %d things, want %d", seed, s.Len(), len(want))
			}
		}
		seen := 0
		for x := range s.All() {
			if want[x.id] != x {
				t.Errorf("seed %d: %s is there", seed, x.id)
			}
			seen++
		}
		if seen != len(want) {
			t.Errorf("seed %d: %d things, want %d", seed, seen, len(want))
		}
		for _, id := range ids {
			s.Delete(id)
		}
		if s.Get(ids[0]) != nil || s.Len() != 0 {
			t.Errorf("seed %d: %d things are left", seed, s.Len())
		}
	}
}
