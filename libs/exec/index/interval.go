package index

import (
	"math"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// IntervalOf returns the target and the interval of a comparison of a column with
// a literal by < or <=, or of NOT of one; ok is false for anything else. Several
// of one column, under AND, are one interval, their intersection: see
// [Key.Intersect].
func IntervalOf(e plan.Expr) (t Target, k Key, ok bool) {
	call, isCall := e.(*plan.Call)
	if !isCall {
		return t, k, false
	}
	not := false
	if call.Func == plan.FuncNot {
		not = true
		if call, isCall = call.Args[0].(*plan.Call); !isCall {
			return t, k, false
		}
	}
	if call.Func != plan.FuncLt && call.Func != plan.FuncLe || len(call.Args) != 2 {
		return t, k, false
	}
	lit, isLiteral := call.Args[1].(*plan.Literal)
	if !isLiteral || lit.Value.IsNull() {
		return t, k, false
	}
	t, typ, ok := over(call.Args[0])
	if !ok {
		return t, k, false
	}
	last, some, ok := lastBelow(typ.Kind, lit.Value, call.Func == plan.FuncLe)
	if !ok {
		return t, k, false
	}
	k = Key{Lo: math.MinInt64, Hi: last}
	switch {
	case not && !some:
		k.Hi = math.MaxInt64
	case not && last == math.MaxInt64, !not && !some:
		k = Key{Lo: math.MaxInt64, Hi: math.MinInt64}
	case not:
		k = Key{Lo: last + 1, Hi: math.MaxInt64}
	}
	t.Test, t.Kind = Between, typ.Kind
	return t, k, true
}

// Intersect returns the interval of what lies in both.
func (k Key) Intersect(l Key) Key { return Key{Lo: max(k.Lo, l.Lo), Hi: min(k.Hi, l.Hi)} }

// lastBelow returns the greatest value, as an integer that sorts like the column's
// values, that is less than the literal, or with orEqual not greater; some is false
// where there is none. ok is false where types do not compare so.
func lastBelow(kind record.Kind, v record.Value, orEqual bool) (last int64, some, ok bool) {
	switch kind {
	case record.BigInt:
		switch v.Type().Kind {
		case record.BigInt:
			last, some = before(v.Int(), orEqual)
			return last, some, true
		case record.Double:
			last, some = intBelow(v.Float(), orEqual)
			return last, some, true
		default:
		}
	case record.Timestamp, record.Date:
		if v.Type().Kind == kind {
			last, some = before(v.Int(), orEqual)
			return last, some, true
		}
	case record.Double:
		switch v.Type().Kind {
		case record.Double:
			last, some = before(ordered(v.Float()), orEqual)
			return last, some, true
		case record.BigInt:
			if n := v.Int(); -1<<53 <= n && n <= 1<<53 { // exact as a double
				last, some = before(ordered(float64(n)), orEqual)
				return last, some, true
			}
		default:
		}
	default:
	}
	return 0, false, false
}

func before(v int64, orEqual bool) (int64, bool) {
	switch {
	case orEqual:
		return v, true
	case v == math.MinInt64:
		return 0, false
	default:
		return v - 1, true
	}
}

// intBelow returns the greatest integer less than f, or with orEqual not greater.
// NaN is greater than every number.
func intBelow(f float64, orEqual bool) (int64, bool) {
	switch {
	case math.IsNaN(f) || f >= 1<<63:
		return math.MaxInt64, true
	case f < -1<<63:
		return 0, false
	}
	floor := math.Floor(f)
	return before(int64(floor), orEqual || floor < f)
}

// ordered returns an integer that sorts as doubles do: -0 is 0, and NaN is equal
// to itself and greater than every number.
func ordered(f float64) int64 {
	switch {
	case math.IsNaN(f):
		return math.MaxInt64
	case f == 0:
		return 0
	}
	n := int64(math.Float64bits(f))
	return n ^ n>>63&math.MaxInt64
}
