package function

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/record"
)

// timeFunc is a function of timestamps.
func timeFunc(name, doc string, failure Failure, examples []Example, overloads ...Overload) Scalar {
	return Scalar{
		Name: name, Section: Times, Canonical: true, Callable: true, Strict: true, Fails: failure,
		Doc: doc, Examples: examples, Overloads: overloads,
	}
}

const fieldList = "year, quarter, month, week (ISO 8601), isoyear, day, dow (Sunday is 0), isodow (Monday is 1, Sunday 7), doy, hour, minute, second, millisecond and microsecond (both with the seconds), epoch (seconds since 1970), decade, century, millennium"

func fields() []Scalar {
	return []Scalar{
		timeFunc("extract", "A field of a timestamp, in UTC, as a whole number; `extract(hour FROM created_at)` is the same. Fields are "+fieldList+". Of an INTERVAL DAY TO SECOND there are day to epoch, of an INTERVAL YEAR TO MONTH year, quarter and month. Another field is an error.",
			UnlessPrepared,
			[]Example{{"'hour', TIMESTAMP '2016-10-01 12:30:00'", "12"}, {"'week', DATE '2016-01-03'", "53"}, {"'day', INTERVAL '36 hours'", "1"}, {"'moon', DATE '2016-01-03'", `ERROR: unknown field "moon" of a timestamp`}},
			prepared("(field VARCHAR, source TIMESTAMP) BIGINT", field(timestampField, asInt)),
			prepared("(field VARCHAR, source INTERVAL DAY TO SECOND) BIGINT", field(dayTimeField, asInt)),
			prepared("(field VARCHAR, source INTERVAL YEAR TO MONTH) BIGINT", field(yearMonthField, asInt))),
		timeFunc("date_part", "`extract` with the fraction of a second: DOUBLE.",
			UnlessPrepared,
			[]Example{{"'second', TIMESTAMP '2016-10-01 12:30:01.5'", "1.5"}, {"'epoch', INTERVAL '1.5 seconds'", "1.5"}},
			prepared("(field VARCHAR, source TIMESTAMP) DOUBLE", field(timestampField, asFloat)),
			prepared("(field VARCHAR, source INTERVAL DAY TO SECOND) DOUBLE", field(dayTimeField, asFloat)),
			prepared("(field VARCHAR, source INTERVAL YEAR TO MONTH) DOUBLE", field(yearMonthField, asFloat))),
	}
}

// amount is the value of a field: whole units and a fraction of one, from 0 to 1.
type amount struct {
	whole    int64
	fraction float64
}

func asInt(a amount) record.Value   { return record.Int(a.whole) }
func asFloat(a amount) record.Value { return record.Float(float64(a.whole) + a.fraction) }

// field evaluates a field that find knows by its name.
func field(find func(name string) (func(record.Value) amount, error), as func(amount) record.Value) func(Site) (Eval, error) {
	return func(s Site) (Eval, error) {
		read := func(v record.Value) (func(record.Value) amount, error) { return find(unitName(v.Str())) }
		return withConstant(s, 0, read, func(get func(record.Value) amount, a []record.Value) (record.Value, error) {
			return as(get(a[1])), nil
		})
	}
}

// unitName brings the spellings of a field or unit together: Hours, hour.
func unitName(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	switch s {
	case "centuries":
		return "century"
	case "millennia":
		return "millennium"
	}
	return strings.TrimSuffix(s, "s")
}

func timestampField(name string) (func(record.Value) amount, error) {
	calendar := func(f func(t time.Time) int) (func(record.Value) amount, error) {
		return func(v record.Value) amount { return amount{whole: int64(f(v.Time()))} }, nil
	}
	switch name {
	case "year":
		return calendar(time.Time.Year)
	case "quarter":
		return calendar(func(t time.Time) int { return (int(t.Month()) + 2) / 3 })
	case "month":
		return calendar(func(t time.Time) int { return int(t.Month()) })
	case "week":
		return calendar(func(t time.Time) int { _, week := t.ISOWeek(); return week })
	case "isoyear":
		return calendar(func(t time.Time) int { year, _ := t.ISOWeek(); return year })
	case "day":
		return calendar(time.Time.Day)
	case "dow":
		return calendar(func(t time.Time) int { return int(t.Weekday()) })
	case "isodow":
		return calendar(func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 })
	case "doy":
		return calendar(time.Time.YearDay)
	case "hour":
		return calendar(time.Time.Hour)
	case "minute":
		return calendar(time.Time.Minute)
	case "decade":
		return calendar(func(t time.Time) int { return t.Year() / 10 })
	case "century":
		return calendar(func(t time.Time) int { return (t.Year() + 99) / 100 })
	case "millennium":
		return calendar(func(t time.Time) int { return (t.Year() + 999) / 1000 })
	case "second", "millisecond", "microsecond":
		return func(v record.Value) amount {
			t := v.Time()
			return scaled(int64(t.Second()), int64(t.Nanosecond()), name)
		}, nil
	case "epoch":
		return func(v record.Value) amount {
			t := v.Time()
			return scaled(t.Unix(), int64(t.Nanosecond()), "second")
		}, nil
	default:
		return nil, unknownWord(fmt.Errorf("unknown field %q of a timestamp", abbreviated(name)), name, "fields", "year", "quarter", "month", "week", "isoyear", "day",
			"dow", "isodow", "doy", "hour", "minute", "second", "millisecond", "microsecond", "epoch", "decade", "century", "millennium")
	}
}

// scaled returns seconds and nanoseconds in a unit.
func scaled(seconds, nanos int64, unit string) amount {
	switch unit {
	case "millisecond":
		return amount{seconds*1e3 + nanos/1e6, float64(nanos%1e6) / 1e6}
	case "microsecond":
		return amount{seconds*1e6 + nanos/1e3, float64(nanos%1e3) / 1e3}
	default:
		return amount{seconds, float64(nanos) / 1e9}
	}
}

func dayTimeField(name string) (func(record.Value) amount, error) {
	const second, minute, hour, day = int64(time.Second), int64(time.Minute), int64(time.Hour), 24 * int64(time.Hour)
	part := func(of, unit int64) (func(record.Value) amount, error) {
		return func(v record.Value) amount { return amount{whole: v.Int() % of / unit} }, nil
	}
	switch name {
	case "day":
		return part(math.MaxInt64, day)
	case "hour":
		return part(day, hour)
	case "minute":
		return part(hour, minute)
	case "second", "millisecond", "microsecond":
		return func(v record.Value) amount {
			rest := v.Int() % minute
			return scaled(rest/second, rest%second, name)
		}, nil
	case "epoch":
		return func(v record.Value) amount { return scaled(v.Int()/second, v.Int()%second, "second") }, nil
	default:
		return nil, unknownWord(fmt.Errorf("unknown field %q of an INTERVAL DAY TO SECOND", abbreviated(name)), name, "fields",
			"day", "hour", "minute", "second", "millisecond", "microsecond", "epoch")
	}
}

func yearMonthField(name string) (func(record.Value) amount, error) {
	number := func(f func(months int64) int64) (func(record.Value) amount, error) {
		return func(v record.Value) amount { return amount{whole: f(v.Months())} }, nil
	}
	switch name {
	case "year":
		return number(func(n int64) int64 { return n / 12 })
	case "quarter":
		return number(func(n int64) int64 { return n%12/3 + 1 })
	case "month":
		return number(func(n int64) int64 { return n % 12 })
	default:
		return nil, unknownWord(fmt.Errorf("unknown field %q of an INTERVAL YEAR TO MONTH", abbreviated(name)), name, "fields", "year", "quarter", "month")
	}
}
