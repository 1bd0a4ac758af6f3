package record

import (
	"fmt"
	"math/big"
	"strings"
	"time"
)

// intervalUnits are the units that quantities may have, with nanoseconds or months.
var intervalUnits = map[string]struct{ nanos, months int64 }{
	"nanosecond":  {nanos: 1},
	"microsecond": {nanos: int64(time.Microsecond)},
	"millisecond": {nanos: int64(time.Millisecond)},
	"second":      {nanos: int64(time.Second)},
	"minute":      {nanos: int64(time.Minute)},
	"hour":        {nanos: int64(time.Hour)},
	"day":         {nanos: 24 * int64(time.Hour)},
	"week":        {nanos: 7 * 24 * int64(time.Hour)},
	"month":       {months: 1},
	"quarter":     {months: 3},
	"year":        {months: 12},
	"decade":      {months: 120},
	"century":     {months: 1200},
	"millennium":  {months: 12000},
}

// intervalAbbreviations are further spellings of units.
var intervalAbbreviations = map[string]string{
	"ns": "nanosecond", "us": "microsecond", "usec": "microsecond", "ms": "millisecond", "msec": "millisecond",
	"s": "second", "sec": "second", "m": "minute", "min": "minute", "h": "hour", "hr": "hour", "d": "day", "w": "week",
	"mon": "month", "qtr": "quarter", "y": "year", "yr": "year", "centuries": "century", "millennia": "millennium",
}

// intervalParser adds quantities up, exactly.
type intervalParser struct {
	nanos, months       big.Rat
	hasNanos, hasMonths bool
	err                 error
}

func (p *intervalParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = &IntervalError{fmt.Sprintf(format, args...)}
	}
}

// add adds a quantity of a unit.
func (p *intervalParser) add(quantity, unit string) {
	name := unit
	for {
		if long, ok := intervalAbbreviations[name]; ok {
			name = long
		}
		size, ok := intervalUnits[name]
		switch {
		case ok && size.months > 0:
			p.hasMonths = true
			p.months.Add(&p.months, p.product(quantity, size.months))
			return
		case ok:
			p.hasNanos = true
			p.nanos.Add(&p.nanos, p.product(quantity, size.nanos))
			return
		case !strings.HasSuffix(name, "s"):
			p.fail("unknown unit %q", unit)
			return
		}
		name = strings.TrimSuffix(name, "s")
	}
}

func (p *intervalParser) product(quantity string, size int64) *big.Rat {
	var r big.Rat
	if strings.Trim(strings.TrimLeft(quantity, "+-"), "0123456789.") != "" {
		p.fail("%q is not a number", quantity) // Rat reads fractions and exponents, too
		return &r
	}
	if _, ok := r.SetString(quantity); !ok {
		p.fail("%q is not a number", quantity)
		return &r
	}
	return r.Mul(&r, big.NewRat(size, 1))
}

// span returns what was added up.
func (p *intervalParser) span(opposite bool) (Span, error) {
	if p.err == nil && !p.hasNanos && !p.hasMonths {
		p.fail("it names no quantity with a unit")
	}
	if !p.months.IsInt() {
		p.fail("a fraction of a month")
	}
	if opposite {
		p.months.Neg(&p.months)
		p.nanos.Neg(&p.nanos)
	}
	months, held := roundedRat(&p.months)
	nanos, kept := roundedRat(&p.nanos)
	if !held || !kept {
		p.fail("out of range: it is longer than 292 years")
	}
	if p.err != nil {
		return Span{}, p.err
	}
	calendar := !p.hasNanos || p.hasMonths && months != 0 && nanos == 0
	return Span{Months: months, Time: time.Duration(nanos), Calendar: calendar}, nil
}

// roundedRat returns the nearest integer, halves away from zero.
func roundedRat(r *big.Rat) (int64, bool) {
	num, half := new(big.Int).Set(r.Num()), new(big.Int)
	num.Lsh(num, 1)
	if num.Sign() < 0 {
		num.Sub(num, r.Denom())
	} else {
		num.Add(num, r.Denom())
	}
	num.Quo(num, half.Lsh(r.Denom(), 1))
	return num.Int64(), num.IsInt64()
}

// parseIntervalOf reads an interval of one of the two types.
func parseIntervalOf(text string, t Type) (Value, error) {
	v, err := ParseInterval(text)
	if err == nil && !v.typ.Equal(t) {
		err = fmt.Errorf("%q is %s, not %s", text, v.typ, t)
	}
	return v, err
}
