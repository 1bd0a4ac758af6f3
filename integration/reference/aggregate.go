package reference

import (
	"fmt"
	"math"
	"math/big"

	"github.com/millrace/millrace/libs/record"
)

// accumulator is one aggregate of one group.
type accumulator interface {
	add(v *record.Value)   // NULL included
	result() *record.Value // nil: ERROR
}

// aggregateType returns the result type of an aggregate over an argument type.
func aggregateType(name string, arg record.Type) (record.Type, error) {
	switch name {
	case "count":
		return record.BigIntType, nil
	case "sum":
		if arg.Numeric() {
			return arg, nil
		}
	case "avg":
		if arg.Numeric() {
			return record.DoubleType, nil
		}
	case "min", "max":
		switch arg.Kind {
		case record.Boolean, record.BigInt, record.Double, record.Varchar, record.Timestamp, record.Date, record.DayTime, record.YearMonth:
			return arg, nil
		case record.Unknown: // NULL
			return record.VarcharType, nil
		case record.Array, record.JSON:
		}
	default:
		return record.Type{}, fmt.Errorf("unknown function %s", name)
	}
	return record.Type{}, fmt.Errorf("%s of %s is not defined", name, arg)
}

// newAccumulator returns the empty state of a function that aggregateType has
// accepted; star counts rows.
func newAccumulator(name string, star bool, result record.Type) accumulator {
	switch {
	case star:
		return &rowCount{}
	case name == "count":
		return &valueCount{}
	case name == "sum":
		return &sum{typ: result}
	case name == "avg":
		return &average{}
	case name == "min":
		return &extreme{typ: result, sign: -1}
	default:
		return &extreme{typ: result, sign: 1}
	}
}

type rowCount struct{ n int64 }

func (c *rowCount) add(*record.Value)     { c.n++ }
func (c *rowCount) result() *record.Value { return constant(record.Int(c.n)) }

type valueCount struct{ n int64 }

func (c *valueCount) add(v *record.Value) {
	if !v.IsNull() {
		c.n++
	}
}

func (c *valueCount) result() *record.Value { return constant(record.Int(c.n)) }

// total adds numbers exactly. Integers gather in part, which spills long before
// it could wrap; doubles in frac, and what has no exact sum in special.
type total struct {
	n       int64 // values that were not NULL
	part    int64
	whole   big.Int
	frac    big.Rat
	special float64 // sum of the NaNs and infinities among them, else 0
}

const spill = 1 << 61

func (t *total) add(v *record.Value) {
	if v.IsNull() {
		return
	}
	t.n++
	if v.Type().Kind == record.BigInt {
		i := v.Int()
		if i >= spill || i <= -spill {
			t.whole.Add(&t.whole, big.NewInt(i))
			return
		}
		t.part += i
		if t.part >= spill || t.part <= -spill {
			t.flush()
		}
		return
	}
	f := v.Float()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		t.special += f
		return
	}
	t.frac.Add(&t.frac, new(big.Rat).SetFloat64(f))
}

func (t *total) flush() {
	t.whole.Add(&t.whole, big.NewInt(t.part))
	t.part = 0
}

// exact returns the sum of the finite values.
func (t *total) exact() *big.Rat {
	t.flush()
	return new(big.Rat).Add(&t.frac, new(big.Rat).SetInt(&t.whole))
}

func (t *total) isSpecial() bool { return t.special != 0 }

type sum struct {
	total
	typ record.Type
}

func (s *sum) result() *record.Value {
	switch {
	case s.n == 0:
		return constant(record.NullOf(s.typ))
	case s.typ.Kind == record.BigInt:
		s.flush()
		if !s.whole.IsInt64() {
			return nil
		}
		return constant(record.Int(s.whole.Int64()))
	case s.isSpecial():
		return constant(record.Float(s.special))
	}
	f, _ := s.exact().Float64()
	return constant(record.Float(f))
}

type average struct{ total }

func (a *average) result() *record.Value {
	switch {
	case a.n == 0:
		return constant(record.NullOf(record.DoubleType))
	case a.isSpecial():
		return constant(record.Float(a.special))
	}
	f, _ := new(big.Rat).Quo(a.exact(), new(big.Rat).SetInt64(a.n)).Float64()
	return constant(record.Float(f))
}

// extreme is min (sign -1) or max (sign 1).
type extreme struct {
	typ  record.Type
	sign int
	best *record.Value
}

func (m *extreme) add(v *record.Value) {
	if !v.IsNull() && (m.best == nil || compareValues(v, m.best)*m.sign > 0) {
		kept := *v
		m.best = &kept
	}
}

func (m *extreme) result() *record.Value {
	if m.best == nil {
		return constant(record.NullOf(m.typ))
	}
	return m.best
}

func constant(v record.Value) *record.Value { return &v }
