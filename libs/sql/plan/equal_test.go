package plan

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
)

// deep returns the type of arrays within arrays.
func deep(levels int) record.Type {
	t := record.BigIntType
	for range levels {
		t = record.ArrayOf(t)
	}
	return t
}

func TestEqualIsEncodedAlike(t *testing.T) {
	var all []Expr
	for seed := range uint64(40) {
		r := newRandom(seed)
		for range 10 {
			all = append(all, r.expr(3), r.boolean())
		}
	}
	// Lengths of more than a byte are not in the order of numbers.
	for _, n := range []int{1, 127, 128, 129, 255, 256, 300, 16_384} {
		all = append(all, &Column{Name: strings.Repeat("x", n)}, keyRef(n, record.BigIntType),
			&Call{Func: "f", Args: slices.Repeat([]Expr{lit(record.Int(int64(n)))}, n)}, &Column{Name: "x", Typ: deep(n % 10)})
	}
	var ids IDs
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
			if (ids.Of(a) == ids.Of(b)) != want {
				t.Fatalf("%s and %s: one id is to be %v", FormatExpr(a), FormatExpr(b), want)
			}
			if want {
				equal++
			}
			if got, want := CompareExpr(a, b), bytes.Compare(EncodeExpr(nil, a), EncodeExpr(nil, b)); got != want {
				t.Fatalf("%s and %s: order %d, want %d", FormatExpr(a), FormatExpr(b), got, want)
			}
		}
	}
	if equal == 0 {
		t.Error("no two expressions were equal")
	}
}
