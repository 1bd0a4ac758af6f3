package function

import (
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

func truncations() []Scalar {
	return []Scalar{
		timeFunc("date_trunc", "The beginning of the unit in which a timestamp is, in UTC. Units are microsecond, millisecond, second, minute, hour, day, week (from Monday on), month, quarter, year, decade, century and millennium; another is an error.",
			Sometimes,
			[]Example{{"'hour', TIMESTAMP '2016-10-01 12:34:56'", "2016-10-01T12:00:00.000Z"}, {"'week', DATE '2016-10-02'", "2016-09-26T00:00:00.000Z"}, {"'moon', DATE '2016-10-02'", `ERROR: unknown unit "moon" of date_trunc`}},
			prepared("(unit VARCHAR, at TIMESTAMP) TIMESTAMP", func(s Site) (Eval, error) {
				read := func(v record.Value) (func(time.Time) time.Time, error) { return truncation(unitName(v.Str())) }
				return withConstant(s, 0, read, func(f func(time.Time) time.Time, a []record.Value) (record.Value, error) {
					return instant(f(a[1].Time()))
				})
			})),
		timeFunc("date_bin", "The beginning of the bin in which a timestamp is: bins are `stride` long, and one begins at `origin`, else at 1970-01-01. A stride that is not positive is an error.",
			Sometimes,
			[]Example{{"INTERVAL '15 minutes', TIMESTAMP '2016-10-01 12:34:56'", "2016-10-01T12:30:00.000Z"}, {"INTERVAL '15 minutes', TIMESTAMP '2016-10-01 12:34:56', TIMESTAMP '2016-10-01 00:05:00'", "2016-10-01T12:20:00.000Z"}},
			prepared("(stride INTERVAL DAY TO SECOND, at TIMESTAMP, [origin TIMESTAMP]) TIMESTAMP", func(s Site) (Eval, error) {
				read := func(v record.Value) (time.Duration, error) {
					if v.Duration() <= 0 {
						return 0, &advised{errors.New("the stride must be positive"), "for example INTERVAL '15 minutes'"}
					}
					return v.Duration(), nil
				}
				return withConstant(s, 0, read, bin)
			})),
		timeFunc("timestampdiff", "How many whole units lie between two timestamps, negative where `until` is the earlier one. Units are those of date_trunc.",
			Sometimes,
			[]Example{{"'month', DATE '2016-01-31', DATE '2016-02-29'", "0"}, {"'hour', TIMESTAMP '2016-10-01 10:30:00', TIMESTAMP '2016-10-01 12:29:59'", "1"}},
			prepared("(unit VARCHAR, since TIMESTAMP, until TIMESTAMP) BIGINT", func(s Site) (Eval, error) {
				read := func(v record.Value) (func(since, until time.Time) (record.Value, error), error) {
					return counting(unitName(v.Str()))
				}
				return withConstant(s, 0, read, func(count func(since, until time.Time) (record.Value, error), a []record.Value) (record.Value, error) {
					return count(a[1].Time(), a[2].Time())
				})
			})),
	}
}

// bin returns the beginning of the bin of a timestamp, which may be followed by an origin.
func bin(stride time.Duration, a []record.Value) (record.Value, error) {
	at, origin := a[1].Time(), time.Unix(0, 0).UTC()
	if len(a) == 3 {
		origin = a[2].Time()
	}
	distance := at.Sub(origin)
	if !origin.Add(distance).Equal(at) {
		return record.Value{}, ErrInstant // more than 292 years
	}
	into := distance % stride
	if into < 0 {
		into += stride
	}
	return instant(at.Add(-into))
}

func unknownUnit(unit, of string) error {
	return unknownWord(fmt.Errorf("unknown unit %q of %s", abbreviated(unit), of), unit, "units", "microsecond", "millisecond", "second",
		"minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century", "millennium")
}

// truncation returns what cuts an instant down to a unit.
func truncation(unit string) (func(time.Time) time.Time, error) {
	within := func(d time.Duration) (func(time.Time) time.Time, error) {
		return func(t time.Time) time.Time { return t.Truncate(d) }, nil
	}
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	months := func(first func(t time.Time) (year int, month time.Month)) (func(time.Time) time.Time, error) {
		return func(t time.Time) time.Time {
			year, month := first(t)
			return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
		}, nil
	}
	years := func(n, offset int) (func(time.Time) time.Time, error) {
		return months(func(t time.Time) (int, time.Month) { return (t.Year()-offset)/n*n + offset, time.January })
	}
	switch unit {
	case "microsecond":
		return within(time.Microsecond)
	case "millisecond":
		return within(time.Millisecond)
	case "second":
		return within(time.Second)
	case "minute":
		return within(time.Minute)
	case "hour":
		return within(time.Hour)
	case "day":
		return day, nil
	case "week":
		return func(t time.Time) time.Time {
			if planted.On(planted.WeekFromSunday) {
				return day(t).AddDate(0, 0, -int(t.Weekday()))
			}
			return day(t).AddDate(0, 0, -(int(t.Weekday())+6)%7)
		}, nil
	case "month":
		return months(func(t time.Time) (int, time.Month) { return t.Year(), t.Month() })
	case "quarter":
		return months(func(t time.Time) (int, time.Month) { return t.Year(), (t.Month()-1)/3*3 + 1 })
	case "year":
		return years(1, 0)
	case "decade":
		return years(10, 0)
	case "century":
		return years(100, 1)
	case "millennium":
		return years(1000, 1)
	default:
		return nil, unknownUnit(unit, "date_trunc")
	}
}

// counting returns what counts whole units from one instant to another.
func counting(unit string) (func(since, until time.Time) (record.Value, error), error) {
	lengths := map[string]time.Duration{
		"microsecond": time.Microsecond, "millisecond": time.Millisecond, "second": time.Second,
		"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour,
	}
	if length, ok := lengths[unit]; ok {
		return func(since, until time.Time) (record.Value, error) { return lengthsBetween(length, since, until) }, nil
	}
	months := map[string]int{"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12000}
	n, ok := months[unit]
	if !ok {
		return nil, unknownUnit(unit, "timestampdiff")
	}
	return func(since, until time.Time) (record.Value, error) {
		return record.Int(int64(wholeMonths(since, until) / n)), nil
	}, nil
}

// lengthsBetween counts how often a length fits between two instants.
func lengthsBetween(length time.Duration, since, until time.Time) (record.Value, error) {
	// In seconds and nanoseconds: a Duration ends after 292 years.
	seconds, nanos := until.Unix()-since.Unix(), int64(until.Nanosecond()-since.Nanosecond())
	switch {
	case seconds > 0 && nanos < 0:
		seconds, nanos = seconds-1, nanos+1e9
	case seconds < 0 && nanos > 0:
		seconds, nanos = seconds+1, nanos-1e9
	}
	if length < time.Second {
		return checked(perSecond(seconds, nanos, int64(length)))
	}
	return record.Int(seconds / int64(length/time.Second)), nil
}

func perSecond(seconds, nanos, length int64) (int64, bool) {
	units, ok := product(seconds, int64(time.Second)/length)
	if !ok {
		return 0, false
	}
	return sum(units, nanos/length)
}

// wholeMonths counts months from the day and time of one instant to the same of
// another month, cut towards zero.
func wholeMonths(since, until time.Time) int {
	n := (until.Year()-since.Year())*12 + int(until.Month()) - int(since.Month())
	// What is left of the last month: the day and time of the two within theirs.
	rest := sinceMonthBegan(until) - sinceMonthBegan(since)
	switch {
	case n > 0 && rest < 0:
		return n - 1
	case n < 0 && rest > 0:
		return n + 1
	default:
		return n
	}
}

func sinceMonthBegan(t time.Time) time.Duration {
	return t.Sub(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
}
