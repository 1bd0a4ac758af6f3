package build_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
)

// Whatever is made for queries goes with the last of them, in whatever order they
// come, change and go, with programs in between or without.
func TestDroppingAllLeavesNothing(t *testing.T) {
	c, def := tweets(t)
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 3))
		b := build.NewBuilder(c)
		b.SetFunctions(testFunction)
		there := map[string]bool{}
		for range 600 {
			id := fmt.Sprint(r.IntN(150))
			if r.IntN(3) == 0 {
				b.Drop(id)
				delete(there, id)
			} else {
				if err := b.Add(id, mixedQuery(r, def)); err != nil {
					t.Fatal(err)
				}
				there[id] = true
			}
			if r.IntN(5) == 0 {
				b.Program()
			}
		}
		if b.Held() == 0 {
			t.Fatal("nothing is held of queries that are there")
		}
		for id := range there {
			b.Drop(id)
		}
		if n := b.Held(); n != 0 {
			t.Errorf("seed %d: %d things are left", seed, n)
		}
		p := b.Program()
		for _, s := range p.Streams {
			for sel := range s.Selections() {
				t.Errorf("seed %d: selection %s is left", seed, sel.ID)
			}
		}
	}
}
