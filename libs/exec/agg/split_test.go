package agg

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// same compares states; doubles with a tolerance.
func same(t *testing.T, what string, a, b State) {
	t.Helper()
	if x, ok := a.(*sumDoubleState); ok {
		y := b.(*sumDoubleState)
		if x.n != y.n || x.flags != y.flags || math.Abs(x.small.total()-y.small.total()) > 1e-12*1e15 {
			t.Errorf("%s: %+v and %+v", what, x, y)
		}
		return
	}
	if x, ok := a.(*momentsDoubleState); ok {
		y := b.(*momentsDoubleState)
		v, err := x.Result()
		w, err2 := y.Result()
		if x.n != y.n || x.flags != y.flags || !errors.Is(err2, err) || math.Abs(v.Float()-w.Float()) > 1e-12*math.Abs(v.Float()) {
			t.Errorf("%s: %+v and %+v: %v and %v", what, x, y, v, w)
		}
		return
	}
	if x, y := a.Append(nil), b.Append(nil); !bytes.Equal(x, y) {
		t.Errorf("%s: %x and %x", what, x, y)
	}
}

// What a state is split into merges into an equal one, in any order, and each piece is as
// small as it is to be unless it is one item.
func TestSplitStatesMerge(t *testing.T) {
	split := 0
	for _, s := range subjects(t) {
		r := rand.New(rand.NewPCG(21, 22))
		state, cols := s.f.New(), columns(s.args)
		whole, ok := state.(Splitter)
		if !ok {
			continue
		}
		for row := range 200 {
			s.fill(r, cols)
			state.Update(cols, only(row))
		}
		for _, most := range []int{1, 64, 1 << 20} {
			parts := whole.Split(most)
			split += len(parts) - 1
			r.Shuffle(len(parts), func(i, k int) { parts[i], parts[k] = parts[k], parts[i] })
			merged := s.f.New()
			for _, p := range parts {
				if most > 1 && len(p) > most+64 {
					t.Errorf("%s: a piece of %d bytes, at most %d", s.name, len(p), most)
				}
				part, err := s.f.Decode(p)
				if err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				merged.Merge(part)
			}
			same(t, s.name, merged, state)
		}
		empty := s.f.New().(Splitter).Split(64)
		if len(empty) != 1 {
			t.Errorf("%s: nothing is split into %d", s.name, len(empty))
		}
	}
	if split < 1000 {
		t.Errorf("only %d pieces", split)
	}
}
