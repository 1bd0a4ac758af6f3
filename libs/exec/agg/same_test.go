package agg

import (
	"bytes"
	"errors"
	"math"
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
