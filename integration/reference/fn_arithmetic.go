package reference

import (
	"math"
	"math/big"
	"time"

	"github.com/millrace/millrace/libs/record"
)

// exact computes with integers without a limit, and gives what fits: false elsewhere.
// as makes the value of the result.
func exact(f func(z, a, b *big.Int) *big.Int, as func(int64) record.Value) func([]record.Value) (record.Value, bool) {
	return func(a []record.Value) (record.Value, bool) {
		y := new(big.Int)
		if len(a) > 1 {
			y.SetInt64(a[1].Int())
		}
		z := f(new(big.Int), big.NewInt(a[0].Int()), y)
		if z == nil || !z.IsInt64() {
			return record.Value{}, false
		}
		return as(z.Int64()), true
	}
}

// floats computes with doubles. What becomes infinite, or no number, though no operand
// was, is an error.
func floats(f func(x ...float64) float64) func([]record.Value) (record.Value, bool) {
	return func(a []record.Value) (record.Value, bool) {
		xs, finite := make([]float64, len(a)), true
		for i, v := range a {
			xs[i] = v.Float()
			finite = finite && !math.IsInf(xs[i], 0) && !math.IsNaN(xs[i])
		}
		z := f(xs...)
		return record.Float(z), !finite || !math.IsInf(z, 0) && !math.IsNaN(z)
	}
}

func swapped(f func([]record.Value) (record.Value, bool)) func([]record.Value) (record.Value, bool) {
	return func(a []record.Value) (record.Value, bool) { return f([]record.Value{a[1], a[0]}) }
}

func spanOf(n int64) record.Value { return record.DayTimeOf(time.Duration(n)) }

func quotient(z, a, b *big.Int) *big.Int {
	if b.Sign() == 0 {
		return nil
	}
	return z.Quo(a, b)
}

// product of a span and a DOUBLE, or with by 1/x the quotient.
func scaled(a []record.Value, by func(n, x float64) float64) (record.Value, bool) {
	n, ok := nearest(by(float64(a[0].Int()), a[1].Float()))
	if !ok {
		return n, false
	}
	return spanOf(n.Int()), true
}

func arithmeticFunctions() map[string]*scalar {
	add, sub, mul := (*big.Int).Add, (*big.Int).Sub, (*big.Int).Mul
	neg := func(z, a, _ *big.Int) *big.Int { return z.Neg(a) }
	later := func(sign int64) func([]record.Value) (record.Value, bool) {
		return func(a []record.Value) (record.Value, bool) { return afterSpan(a[0], a[1].Int(), sign) }
	}
	monthsLater := func(sign int64) func([]record.Value) (record.Value, bool) {
		return func(a []record.Value) (record.Value, bool) { return afterMonths(a[0], a[1].Int(), sign) }
	}
	days := func(f func(z, a, b *big.Int) *big.Int) func([]record.Value) (record.Value, bool) {
		sum := exact(f, record.DateOf)
		return func(a []record.Value) (record.Value, bool) {
			d, ok := sum(a)
			year := int64(0)
			if ok && d.Int() > -1_000_000 && d.Int() < 4_000_000 {
				year = int64(d.Time().Year())
			}
			return d, year >= 1 && year <= 9999
		}
	}
	times := func(a []record.Value) (record.Value, bool) {
		return scaled(a, func(n, x float64) float64 { return n * x })
	}
	return map[string]*scalar{
		"+": strict(
			on("int int > int", exact(add, record.Int)),
			on("float float > float", floats(func(x ...float64) float64 { return x[0] + x[1] })),
			on("time span > time", later(1)),
			on("time months > time", monthsLater(1)),
			on("span time > time", swapped(later(1))),
			on("months time > time", swapped(monthsLater(1))),
			on("date int > date", days(add)),
			on("int date > date", swapped(days(add))),
			on("span span > span", exact(add, spanOf)),
			on("months months > months", exact(add, record.YearMonthOf)),
		),
		"-": strict(
			on("int int > int", exact(sub, record.Int)),
			on("float float > float", floats(func(x ...float64) float64 { return x[0] - x[1] })),
			on("date date > int", exact(sub, record.Int)),
			on("time time > span", exact(sub, spanOf)),
			on("time span > time", later(-1)),
			on("time months > time", monthsLater(-1)),
			on("date int > date", days(sub)),
			on("span span > span", exact(sub, spanOf)),
			on("months months > months", exact(sub, record.YearMonthOf)),
		),
		"*": strict(
			on("int int > int", exact(mul, record.Int)),
			on("float float > float", floats(func(x ...float64) float64 { return x[0] * x[1] })),
			on("span int > span", exact(mul, spanOf)),
			on("int span > span", exact(mul, spanOf)),
			on("months int > months", exact(mul, record.YearMonthOf)),
			on("int months > months", exact(mul, record.YearMonthOf)),
			on("span float > span", times),
			on("float span > span", swapped(times)),
		),
		"/": strict(
			on("int int > int", exact(quotient, record.Int)),
			on("float float > float", func(a []record.Value) (record.Value, bool) {
				if a[1].Float() == 0 {
					return record.Value{}, false
				}
				return floats(func(x ...float64) float64 { return x[0] / x[1] })(a)
			}),
			on("span int > span", exact(quotient, spanOf)),
			on("months int > months", exact(quotient, record.YearMonthOf)),
			on("span float > span", func(a []record.Value) (record.Value, bool) {
				return scaled(a, func(n, x float64) float64 {
					if x == 0 {
						return math.NaN()
					}
					return n / x
				})
			}),
		),
		"mod": strict(
			on("int int > int", exact(func(z, a, b *big.Int) *big.Int {
				if b.Sign() == 0 {
					return nil
				}
				return z.Rem(a, b)
			}, record.Int)),
			on("float float > float", func(a []record.Value) (record.Value, bool) {
				return record.Float(math.Mod(a[0].Float(), a[1].Float())), a[1].Float() != 0
			}),
		),
		"negative": strict(
			on("int > int", exact(neg, record.Int)),
			on("float > float", floats(func(x ...float64) float64 { return -x[0] })),
			on("span > span", exact(neg, spanOf)),
			on("months > months", exact(neg, record.YearMonthOf)),
		),
	}
}

// afterSpan is the timestamp so many nanoseconds later, or earlier.
func afterSpan(at record.Value, nanos, sign int64) (record.Value, bool) {
	by := new(big.Int).Mul(big.NewInt(nanos), big.NewInt(sign))
	z := by.Add(by, big.NewInt(at.Int()))
	return record.TimestampOf(z.Int64()), z.IsInt64()
}

// afterMonths is the same day of another month, or the last one of a shorter month.
func afterMonths(at record.Value, months, sign int64) (record.Value, bool) {
	if months > 12_000 || months < -12_000 {
		return record.Value{}, false
	}
	t := at.Time()
	for day := t.Day(); ; day-- {
		u := time.Date(t.Year(), t.Month()+time.Month(sign*months), day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
		if u.Day() == day {
			return instant(u, true)
		}
	}
}
