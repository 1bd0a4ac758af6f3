package plan

import (
	"bytes"
	"testing"
)

func TestEqualIsEncodedAlike(t *testing.T) {
	var all []Expr
	for seed := range uint64(40) {
		r := newRandom(seed)
		for range 10 {
			all = append(all, r.expr(3), r.boolean())
		}
	}
	equal := 0
	for i, a := range all {
		b := EncodeExpr(nil, a)
		d := &decoder{all: b, rest: b}
		again := d.expr(0)
		if d.err != nil {
			t.Fatal(d.err)
		}
		if !EqualExpr(a, again) {
			t.Errorf("%s is not equal to itself, encoded and decoded", FormatExpr(a))
		}
		for _, b := range all[:i] {
			want := bytes.Equal(EncodeExpr(nil, a), EncodeExpr(nil, b))
			if EqualExpr(a, b) != want {
				t.Fatalf("%s and %s: equal is to be %v", FormatExpr(a), FormatExpr(b), want)
			}
			if want {
				equal++
			}
		}
	}
	if equal == 0 {
		t.Error("no two expressions were equal")
	}
}
