package record

import "time"

// TimestampOf returns a TIMESTAMP of microseconds since 1970 UTC. Code that need
// not know the unit uses [TimestampFrom].
func TimestampOf(micros int64) Value {
	return Value{typ: TimestampType, ok: true, num: uint64(micros)}
}

// DateOf returns a DATE of days since 1970-01-01.
func DateOf(days int64) Value { return Value{typ: DateType, ok: true, num: uint64(days)} }

// The years of the instants that [TimestampFrom] and [DateFrom] take: those that
// can be written with four digits.
const (
	firstYear = 1
	lastYear  = 9999
)

// TimestampFrom returns the TIMESTAMP of an instant, of which it drops what is
// finer than TIMESTAMP's unit, towards the past. It is false for instants outside
// the years 1 to 9999 (UTC), which have none.
func TimestampFrom(t time.Time) (Value, bool) {
	if y := t.UTC().Year(); y < firstYear || y > lastYear {
		return Value{}, false
	}
	return TimestampOf(t.UnixMicro()), true
}

// DateFrom returns the DATE on which an instant is in UTC; false as in
// [TimestampFrom].
func DateFrom(t time.Time) (Value, bool) {
	if y := t.UTC().Year(); y < firstYear || y > lastYear {
		return Value{}, false
	}
	const day = 24 * 60 * 60
	seconds := t.Unix()
	days := seconds / day
	if seconds%day < 0 {
		days--
	}
	return DateOf(days), true
}

// Time returns the instant of a TIMESTAMP, or the midnight that a DATE begins
// with, in UTC. Values from the wire or from arithmetic may be beyond the years
// that [TimestampFrom] takes; a DATE is cut to a million years.
func (v Value) Time() time.Time {
	if v.typ.Kind == Date {
		const days = 365_000_000
		return time.Unix(max(-days, min(days, v.Int()))*86400, 0).UTC()
	}
	return time.UnixMicro(v.Int()).UTC()
}
