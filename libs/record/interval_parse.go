package record

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// ErrInterval is wrapped by every error of [ParseInterval].
var ErrInterval = errors.New("not an INTERVAL")

// ParseInterval reads an interval as PostgreSQL writes and reads it:
//
//	1 day 2 hours 3.5 seconds     quantities with units, in any order
//	1 02:03:04.5                  days, hours, minutes and seconds
//	1-2                           years and months
//	P1DT2H, P1Y2M                 ISO 8601, with a minus before P or before a number
//	2 hours ago                   the opposite
//
// The result is an INTERVAL YEAR TO MONTH where the units are months and longer,
// else an INTERVAL DAY TO SECOND. A text with both is refused: how long a month is
// depends on where it begins.
func ParseInterval(text string) (Value, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if len(text) > maxIntervalText {
		return Value{}, fmt.Errorf("%w: more than %d characters", ErrInterval, maxIntervalText)
	}
	var p intervalParser
	opposite := false
	if iso := strings.TrimLeft(text, "+-"); len(text)-len(iso) <= 1 && strings.HasPrefix(iso, "p") {
		opposite = text[0] == '-'
		p.iso(iso[1:])
	} else {
		text, opposite = strings.CutSuffix(text, " ago")
		p.units(text)
	}
	return p.value(opposite)
}

// ParseIntervalIn reads a quantity of a unit, as in INTERVAL '5' MINUTE; unit is
// one that [ParseInterval] knows.
func ParseIntervalIn(quantity, unit string) (Value, error) {
	var p intervalParser
	quantity = strings.TrimSpace(quantity)
	if len(quantity) > maxIntervalText {
		return Value{}, fmt.Errorf("%w: more than %d characters", ErrInterval, maxIntervalText)
	}
	p.add(quantity, strings.ToLower(unit))
	return p.value(false)
}

// No interval has a longer text; it bounds the size of numbers, too.
const maxIntervalText = 200

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
	"mon": "month", "y": "year", "yr": "year", "centuries": "century", "millennia": "millennium",
}

// intervalParser adds quantities up, exactly.
type intervalParser struct {
	nanos, months       big.Rat
	hasNanos, hasMonths bool
	err                 error
}

func (p *intervalParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: %s", ErrInterval, fmt.Sprintf(format, args...))
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

// value returns what was added up.
func (p *intervalParser) value(opposite bool) (Value, error) {
	sum := &p.nanos
	switch {
	case p.err != nil:
		return Value{}, p.err
	case p.hasNanos && p.hasMonths:
		return Value{}, fmt.Errorf("%w: it mixes years or months with days or shorter units", ErrInterval)
	case p.hasMonths:
		sum = &p.months
	case !p.hasNanos:
		return Value{}, fmt.Errorf("%w: it names no quantity with a unit", ErrInterval)
	}
	if p.hasMonths && !sum.IsInt() {
		return Value{}, fmt.Errorf("%w: a fraction of a month", ErrInterval)
	}
	if opposite {
		sum.Neg(sum)
	}
	n, ok := roundedRat(sum)
	switch {
	case !ok:
		return Value{}, fmt.Errorf("%w: out of range", ErrInterval)
	case p.hasMonths:
		return YearMonthOf(n), nil
	default:
		return DayTimeOf(time.Duration(n)), nil
	}
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
