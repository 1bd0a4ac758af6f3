package index

import (
	"maps"
	"math/rand/v2"
	"testing"
)

// Layers hold what a set does, whatever comes, goes and comes back, and what an index
// was given of them does not change.
func TestLayersAreASet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	hashOf := func(entry int32) uint32 { return uint32(entry) / 3 } // some are alike
	var l layers
	set := map[int32]bool{}
	type given struct {
		l   layers
		set map[int32]bool
	}
	var before given
	check := func(l *layers, set map[int32]bool) {
		t.Helper()
		if l.held() != len(set) {
			t.Fatalf("%d entries, want %d", l.held(), len(set))
		}
		for entry := range int32(6000) {
			hash := hashOf(entry)
			there := l.table.has(hash, entry) || l.young.has(hash, entry)
			if there && l.left(hash, entry) != set[entry] || !there && set[entry] {
				t.Fatalf("entry %d: in a table %v, want %v", entry, there, set[entry])
			}
		}
	}
	for step := range 40_000 {
		entry := r.Int32N(6000)
		if step < 10_000 == set[entry] && r.IntN(2) == 0 { // mostly grows at first
			continue
		}
		if set[entry] {
			l.remove(hashOf(entry), entry)
			delete(set, entry)
		} else {
			l.enter(hashOf(entry), entry)
			set[entry] = true
		}
		if step%500 == 0 {
			check(&l, set)
			if before.set != nil {
				check(&before.l, before.set)
			}
			before = given{l, maps.Clone(set)}
			l.shared()
		}
	}
}
