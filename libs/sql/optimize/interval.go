package optimize

import (
	"math"
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// interval is the values between two bounds, without some of them. The zero
// interval has all values but NULL. The bounds of whole numbers are always among
// them.
type interval struct {
	low, high edge
	without   []record.Value
}

// edge is a bound; without one there is none.
type edge struct {
	v     record.Value
	open  bool // v is not in the interval
	bound bool
}

// whole reports whether there is nothing between a value and the next one.
func whole(v record.Value) bool {
	switch v.Type().Kind {
	case record.BigInt, record.Timestamp, record.Date:
		return true
	default:
		return false
	}
}

// step returns the whole number beside v; false beyond the last.
func step(v record.Value, by int64) (record.Value, bool) {
	if by > 0 && v.Int() == math.MaxInt64 || by < 0 && v.Int() == math.MinInt64 {
		return v, false
	}
	switch v.Type().Kind {
	case record.Timestamp:
		return record.TimestampOf(v.Int() + by), true
	case record.Date:
		return record.DateOf(v.Int() + by), true
	default:
		return record.Int(v.Int() + by), true
	}
}

// narrow leaves the values for which a test is TRUE.
func (in *interval) narrow(t test) {
	switch {
	case t.fn == plan.FuncEq && t.negate:
		in.without = append(in.without, t.v)
	case t.fn == plan.FuncEq:
		in.above(edge{v: t.v, bound: true})
		in.below(edge{v: t.v, bound: true})
	case t.negate:
		in.above(edge{v: t.v, bound: true, open: t.fn == plan.FuncLe})
	default:
		in.below(edge{v: t.v, bound: true, open: t.fn == plan.FuncLt})
	}
}

func (in *interval) above(e edge) {
	if e.open && whole(e.v) {
		if next, ok := step(e.v, 1); ok {
			e.v, e.open = next, false
		}
	}
	order := 1
	if in.low.bound {
		order = record.Compare(e.v, in.low.v)
	}
	if order > 0 || order == 0 && e.open {
		in.low = e
	}
}

func (in *interval) below(e edge) {
	if e.open && whole(e.v) {
		if next, ok := step(e.v, -1); ok {
			e.v, e.open = next, false
		}
	}
	order := -1
	if in.high.bound {
		order = record.Compare(e.v, in.high.v)
	}
	if order < 0 || order == 0 && e.open {
		in.high = e
	}
}

// trim moves bounds that the interval is without, and forgets what is outside.
func (in *interval) trim() {
	slices.SortFunc(in.without, record.Compare)
	in.without = slices.CompactFunc(in.without, func(a, b record.Value) bool { return record.Compare(a, b) == 0 })
	for _, v := range in.without {
		if in.low.bound && record.Compare(v, in.low.v) == 0 {
			in.above(edge{v: v, open: true, bound: true})
		}
	}
	for _, v := range slices.Backward(in.without) {
		if in.high.bound && record.Compare(v, in.high.v) == 0 {
			in.below(edge{v: v, open: true, bound: true})
		}
	}
	in.without = slices.DeleteFunc(in.without, func(v record.Value) bool {
		return in.low.bound && record.Compare(v, in.low.v) <= 0 || in.high.bound && record.Compare(v, in.high.v) >= 0
	})
}

// empty reports that there is no value. Of text and doubles it misses that there is
// none between two neighbours.
func (in *interval) empty() bool {
	if in.low.bound && in.high.bound {
		order := record.Compare(in.low.v, in.high.v)
		if order > 0 || order == 0 && (in.low.open || in.high.open) {
			return true
		}
	}
	// Beyond the last whole number an edge stays open.
	return in.low.open && whole(in.low.v) || in.high.open && whole(in.high.v)
}

// tests returns canonical comparisons of x that are TRUE for the values.
func (in *interval) tests(x plan.Expr) []plan.Expr {
	compare := func(fn string, v record.Value) plan.Expr { return call(fn, x, lit(v)) }
	if in.low.bound && in.high.bound && record.Compare(in.low.v, in.high.v) == 0 {
		if x.Type().Kind == record.Boolean {
			if in.low.v.Bool() {
				return []plan.Expr{x}
			}
			return []plan.Expr{not(x)}
		}
		return []plan.Expr{compare(plan.FuncEq, in.low.v)}
	}
	var out []plan.Expr
	switch v := in.high.v; {
	case !in.high.bound:
	case in.high.open:
		out = append(out, compare(plan.FuncLt, v))
	default:
		out = append(out, compare(plan.FuncLe, v))
	}
	switch v := in.low.v; {
	case !in.low.bound:
	case in.low.open:
		out = append(out, not(compare(plan.FuncLe, v)))
	case whole(v):
		before, _ := step(v, -1) // there is one: the least number is not a bound
		out = append(out, not(compare(plan.FuncLe, before)))
	default:
		out = append(out, not(compare(plan.FuncLt, v)))
	}
	for _, v := range in.without {
		out = append(out, not(compare(plan.FuncEq, v)))
	}
	return out
}
