package function

import (
	"errors"
	"math"
	"math/bits"
	"time"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// What arithmetic and casts fail with.
var (
	ErrRange  = errors.New("the result is out of range")
	ErrByZero = errors.New("division by zero")

	ErrInstant = errors.New("the timestamp is out of range")
	ErrDate    = errors.New("the date is out of range")
)

func arithmetic() []Scalar {
	return []Scalar{
		operator(Add, "+", "a + b", "The sum. A BIGINT beyond 64 bits is an error, and so is a DOUBLE that becomes infinite. A timestamp or date and an interval: the instant after it; a date and a BIGINT: so many days later. A month later is the same day of the month, or the last day of a shorter month.",
			[]Example{{"1, 2", "3"}, {"1, 0.5", "1.5"}, {"9223372036854775807, 1", "ERROR: the result is out of range"}, {"DATE '2016-01-31', INTERVAL '1 month'", "2016-02-29T00:00:00.000Z"}, {"DATE '2016-02-28', 2", "2016-03-01"}},
			ints(sum),
			doubles(func(a, b float64) float64 { return a + b }),
			on("(a TIMESTAMP, b INTERVAL DAY TO SECOND) TIMESTAMP", func(a []record.Value) (record.Value, error) { return later(a[0], a[1]) }),
			on("(a TIMESTAMP, b INTERVAL YEAR TO MONTH) TIMESTAMP", func(a []record.Value) (record.Value, error) { return monthsLater(a[0], a[1].Months()) }),
			on("(a INTERVAL DAY TO SECOND, b TIMESTAMP) TIMESTAMP", func(a []record.Value) (record.Value, error) { return later(a[1], a[0]) }),
			on("(a INTERVAL YEAR TO MONTH, b TIMESTAMP) TIMESTAMP", func(a []record.Value) (record.Value, error) { return monthsLater(a[1], a[0].Months()) }),
			on("(a DATE, b BIGINT) DATE", func(a []record.Value) (record.Value, error) { return daysLater(a[0], a[1].Int()) }),
			on("(a BIGINT, b DATE) DATE", func(a []record.Value) (record.Value, error) { return daysLater(a[1], a[0].Int()) }),
		),
		operator(Sub, "-", "a - b", "The difference; errors as for `+`. Of two timestamps it is an INTERVAL DAY TO SECOND, of two dates the number of days.",
			[]Example{{"1, 2", "-1"}, {"DATE '2016-03-01', DATE '2016-02-28'", "2"}, {"TIMESTAMP '2016-10-02 00:00:00', TIMESTAMP '2016-10-01 22:30:00'", "PT1H30M"}},
			ints(difference),
			doubles(func(a, b float64) float64 { return a - b }),
			on("(a DATE, b DATE) BIGINT", func(a []record.Value) (record.Value, error) {
				return checked(difference(a[0].Int(), a[1].Int()))
			}),
			on("(a TIMESTAMP, b TIMESTAMP) INTERVAL DAY TO SECOND", func(a []record.Value) (record.Value, error) {
				d := a[0].Time().Sub(a[1].Time()) // the longest there is, where it is longer
				if d == math.MaxInt64 || d == math.MinInt64 {
					return record.Value{}, ErrRange
				}
				return record.DayTimeOf(d), nil
			}),
			on("(a TIMESTAMP, b INTERVAL DAY TO SECOND) TIMESTAMP", func(a []record.Value) (record.Value, error) {
				if a[1].Duration() == math.MinInt64 {
					return record.Value{}, ErrRange
				}
				return later(a[0], record.DayTimeOf(-a[1].Duration()))
			}),
			on("(a TIMESTAMP, b INTERVAL YEAR TO MONTH) TIMESTAMP", func(a []record.Value) (record.Value, error) {
				if a[1].Months() == math.MinInt64 {
					return record.Value{}, ErrRange
				}
				return monthsLater(a[0], -a[1].Months())
			}),
			on("(a DATE, b BIGINT) DATE", func(a []record.Value) (record.Value, error) {
				if a[1].Int() == math.MinInt64 {
					return record.Value{}, ErrRange
				}
				return daysLater(a[0], -a[1].Int())
			}),
		),
		operator(Mul, "*", "a * b", "The product; errors as for `+`. An INTERVAL DAY TO SECOND times a DOUBLE is rounded to nanoseconds.",
			[]Example{{"6, 7", "42"}, {"INTERVAL '1 hour', 1.5", "PT1H30M"}},
			ints(product),
			doubles(func(a, b float64) float64 { return a * b }),
		),
		operator(Div, "/", "a / b", "The quotient. Of two BIGINTs it is a BIGINT, cut towards zero; write `a / 2.0` for the exact one. Division by zero is an error, of a DOUBLE too.",
			[]Example{{"7, 2", "3"}, {"-7, 2", "-3"}, {"7, 2.0", "3.5"}, {"1, 0", "ERROR: division by zero"}},
			on("(a BIGINT, b BIGINT) BIGINT", func(a []record.Value) (record.Value, error) {
				x, y := a[0].Int(), a[1].Int()
				switch {
				case y == 0 && planted.On(planted.ZeroDivisionNull):
					return record.NullOf(record.BigIntType), nil
				case y == 0:
					return record.Value{}, ErrByZero
				case planted.On(planted.QuotientFloors) && x%y != 0 && (x < 0) != (y < 0):
					return record.Int(x/y - 1), nil
				case x == math.MinInt64 && y == -1:
					return record.Value{}, ErrRange
				}
				return record.Int(x / y), nil
			}),
			on("(a DOUBLE, b DOUBLE) DOUBLE", func(a []record.Value) (record.Value, error) {
				x, y := a[0].Float(), a[1].Float()
				if y == 0 {
					return record.Value{}, ErrByZero
				}
				return finite(x/y, x, y)
			}),
		),
		{
			Name: Mod, SQL: "a % b", Aliases: []string{"%"}, Section: Arithmetic, Canonical: true, Callable: true, Strict: true, Fails: Sometimes,
			Overloads: []Overload{
				on("(a BIGINT, b BIGINT) BIGINT", func(a []record.Value) (record.Value, error) {
					if a[1].Int() == 0 {
						return record.Value{}, ErrByZero
					}
					if a[1].Int() == -1 {
						return record.Int(0), nil
					}
					return record.Int(a[0].Int() % a[1].Int()), nil
				}),
				on("(a DOUBLE, b DOUBLE) DOUBLE", func(a []record.Value) (record.Value, error) {
					if a[1].Float() == 0 {
						return record.Value{}, ErrByZero
					}
					return record.Float(math.Mod(a[0].Float(), a[1].Float())), nil
				}),
			},
			Doc:      "What is left of a when it is divided by b, with the sign of a; `mod(a, b)` is the same. A b of 0 is an error.",
			Examples: []Example{{"7, 3", "1"}, {"-7, 3", "-1"}, {"5.5, 2.0", "1.5"}, {"7, 0", "ERROR: division by zero"}},
		},
		operator(Neg, "", "-a", "The opposite. The least BIGINT has none: an error.",
			[]Example{{"5", "-5"}, {"INTERVAL '1 day'", "-P1D"}},
			on("(a BIGINT) BIGINT", func(a []record.Value) (record.Value, error) { return checked(difference(0, a[0].Int())) }),
			on("(a DOUBLE) DOUBLE", func(a []record.Value) (record.Value, error) { return record.Float(-a[0].Float()), nil }),
		),
	}
}

func operator(name, symbol, sql, doc string, examples []Example, overloads ...Overload) Scalar {
	f := Scalar{Name: name, SQL: sql, Section: Arithmetic, Canonical: true, Strict: true, Fails: Sometimes, Doc: doc, Examples: examples, Overloads: overloads}
	if symbol != "" {
		f.Aliases = []string{symbol}
	}
	f.Overloads = append(f.Overloads, intervalOverloads(name)...)
	return f
}

// ints evaluates an operator that is false where the result has more than 64 bits.
func ints(f func(a, b int64) (int64, bool)) Overload {
	return on("(a BIGINT, b BIGINT) BIGINT", func(a []record.Value) (record.Value, error) {
		return checked(f(a[0].Int(), a[1].Int()))
	})
}

func checked(n int64, ok bool) (record.Value, error) {
	if !ok {
		return record.Value{}, ErrRange
	}
	return record.Int(n), nil
}

func doubles(f func(a, b float64) float64) Overload {
	return on("(a DOUBLE, b DOUBLE) DOUBLE", func(a []record.Value) (record.Value, error) {
		x, y := a[0].Float(), a[1].Float()
		return finite(f(x, y), x, y)
	})
}

// finite refuses an infinity, and a NaN, that no operand was.
func finite(result float64, operands ...float64) (record.Value, error) {
	if !math.IsInf(result, 0) && !math.IsNaN(result) {
		return record.Float(result), nil
	}
	for _, x := range operands {
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return record.Float(result), nil
		}
	}
	return record.Value{}, ErrRange
}

func sum(a, b int64) (int64, bool) {
	s := a + b
	return s, (s > a) == (b > 0) || planted.On(planted.SumWraps)
}

func difference(a, b int64) (int64, bool) { d := a - b; return d, (d < a) == (b > 0) }

func product(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(absolute(a), absolute(b))
	negative := (a < 0) != (b < 0)
	switch {
	case hi != 0 || lo > 1<<63 || lo == 1<<63 && !negative:
		return 0, false
	case negative:
		return int64(-lo), true
	default:
		return int64(lo), true
	}
}

func absolute(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// instant returns the TIMESTAMP of t.
func instant(t time.Time) (record.Value, error) {
	v, ok := record.TimestampFrom(t)
	if !ok {
		return v, ErrInstant
	}
	return v, nil
}

// later returns the timestamp at the end of an interval that begins with at.
func later(at, by record.Value) (record.Value, error) { return instant(at.Time().Add(by.Duration())) }

// monthsLater returns the same time of the same day of another month, or of its
// last day if it is shorter.
func monthsLater(at record.Value, months int64) (record.Value, error) {
	const most = 12 * 400_000 // more than there are between any two timestamps
	if months > most || months < -most {
		return record.Value{}, ErrInstant
	}
	t := at.Time()
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	day := min(t.Day(), first.AddDate(0, 1, -1).Day())
	if planted.On(planted.MonthsOverflow) {
		day = t.Day()
	}
	return instant(time.Date(first.Year(), first.Month(), day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC))
}

func daysLater(date record.Value, days int64) (record.Value, error) {
	n, ok := sum(date.Int(), days)
	if ok {
		const most = 5_000_000 // days; more than there are in 9999 years
		if ok = -most < n && n < most; ok {
			if v, in := record.DateFrom(record.DateOf(n).Time()); in {
				return v, nil
			}
		}
	}
	return record.Value{}, ErrDate
}
