package function

import (
	"math"
	"time"

	"github.com/millrace/millrace/libs/record"
)

// intervalOverloads are what an arithmetic operator does with intervals.
func intervalOverloads(name string) []Overload {
	switch name {
	case Add:
		return sameIntervals(sum)
	case Sub:
		return sameIntervals(difference)
	case Neg:
		return []Overload{
			on("(a INTERVAL DAY TO SECOND) INTERVAL DAY TO SECOND", dayTime(func(a []record.Value) (int64, bool) { return difference(0, a[0].Int()) })),
			on("(a INTERVAL YEAR TO MONTH) INTERVAL YEAR TO MONTH", yearMonth(func(a []record.Value) (int64, bool) { return difference(0, a[0].Int()) })),
		}
	case Mul:
		times := func(a []record.Value) (int64, bool) { return product(a[0].Int(), a[1].Int()) }
		return []Overload{
			on("(a INTERVAL DAY TO SECOND, b BIGINT) INTERVAL DAY TO SECOND", dayTime(times)),
			on("(a BIGINT, b INTERVAL DAY TO SECOND) INTERVAL DAY TO SECOND", dayTime(times)),
			on("(a INTERVAL YEAR TO MONTH, b BIGINT) INTERVAL YEAR TO MONTH", yearMonth(times)),
			on("(a BIGINT, b INTERVAL YEAR TO MONTH) INTERVAL YEAR TO MONTH", yearMonth(times)),
			on("(a INTERVAL DAY TO SECOND, b DOUBLE) INTERVAL DAY TO SECOND", dayTime(func(a []record.Value) (int64, bool) {
				return whole(float64(a[0].Int()) * a[1].Float())
			})),
			on("(a DOUBLE, b INTERVAL DAY TO SECOND) INTERVAL DAY TO SECOND", dayTime(func(a []record.Value) (int64, bool) {
				return whole(float64(a[1].Int()) * a[0].Float())
			})),
		}
	case Div:
		return []Overload{
			on("(a INTERVAL DAY TO SECOND, b BIGINT) INTERVAL DAY TO SECOND", divided(dayTime)),
			on("(a INTERVAL YEAR TO MONTH, b BIGINT) INTERVAL YEAR TO MONTH", divided(yearMonth)),
			on("(a INTERVAL DAY TO SECOND, b DOUBLE) INTERVAL DAY TO SECOND", func(a []record.Value) (record.Value, error) {
				if a[1].Float() == 0 {
					return record.Value{}, ErrByZero
				}
				n, ok := whole(float64(a[0].Int()) / a[1].Float())
				if !ok {
					return record.Value{}, ErrRange
				}
				return record.DayTimeOf(time.Duration(n)), nil
			}),
		}
	default:
		return nil
	}
}

func sameIntervals(f func(a, b int64) (int64, bool)) []Overload {
	both := func(a []record.Value) (int64, bool) { return f(a[0].Int(), a[1].Int()) }
	return []Overload{
		on("(a INTERVAL DAY TO SECOND, b INTERVAL DAY TO SECOND) INTERVAL DAY TO SECOND", dayTime(both)),
		on("(a INTERVAL YEAR TO MONTH, b INTERVAL YEAR TO MONTH) INTERVAL YEAR TO MONTH", yearMonth(both)),
	}
}

// dayTime makes an evaluator of what gives the number behind an interval.
func dayTime(f func(a []record.Value) (int64, bool)) Eval {
	return func(a []record.Value) (record.Value, error) {
		n, ok := f(a)
		if !ok {
			return record.Value{}, ErrRange
		}
		return record.DayTimeOf(time.Duration(n)), nil
	}
}

func yearMonth(f func(a []record.Value) (int64, bool)) Eval {
	return func(a []record.Value) (record.Value, error) {
		n, ok := f(a)
		if !ok {
			return record.Value{}, ErrRange
		}
		return record.YearMonthOf(n), nil
	}
}

// divided cuts towards zero.
func divided(kind func(func(a []record.Value) (int64, bool)) Eval) Eval {
	divide := kind(func(a []record.Value) (int64, bool) {
		if a[1].Int() == -1 {
			return difference(0, a[0].Int())
		}
		return a[0].Int() / a[1].Int(), true
	})
	return func(a []record.Value) (record.Value, error) {
		if a[1].Int() == 0 {
			return record.Value{}, ErrByZero
		}
		return divide(a)
	}
}

// whole returns the nearest integer, halves away from zero; false beyond 64 bits.
func whole(f float64) (int64, bool) {
	f = math.Round(f)
	if math.IsNaN(f) || f >= 1<<63 || f < -1<<63 {
		return 0, false
	}
	return int64(f), true
}
