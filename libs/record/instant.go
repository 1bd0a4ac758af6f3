package record

import (
	"encoding/binary"
	"math"
	"time"
)

// TimestampOf returns a TIMESTAMP of nanoseconds since 1970 UTC. Code that need
// not know the unit uses [TimestampFrom].
func TimestampOf(nanos int64) Value {
	return Value{typ: TimestampType, ok: true, num: uint64(nanos)}
}

// DateOf returns a DATE of days since 1970-01-01.
func DateOf(days int64) Value { return Value{typ: DateType, ok: true, num: uint64(days)} }

// FirstInstant and LastInstant return the bounds of TIMESTAMP, both included:
// 1677-09-21 00:12:43.145224192 and 2262-04-11 23:47:16.854775807.
func FirstInstant() time.Time { return time.Unix(0, math.MinInt64).UTC() }

// LastInstant is the other bound of [FirstInstant].
func LastInstant() time.Time { return time.Unix(0, math.MaxInt64).UTC() }

// TimestampFrom returns the TIMESTAMP of an instant; false for one that is not
// between [FirstInstant] and [LastInstant].
func TimestampFrom(t time.Time) (Value, bool) {
	if t.Before(FirstInstant()) || t.After(LastInstant()) {
		return Value{}, false
	}
	return TimestampOf(t.UnixNano()), true
}

// The years of the instants that [DateFrom] takes: those that can be written with
// four digits.
const (
	firstYear = 1
	lastYear  = 9999
)

// DateFrom returns the DATE on which an instant is in UTC; false outside the years
// 1 to 9999.
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
// with, in UTC. Dates from the wire or from arithmetic may be beyond the years
// that [DateFrom] takes, and are cut to a million years.
func (v Value) Time() time.Time {
	if v.typ.Kind == Date {
		const days = 365_000_000
		return time.Unix(max(-days, min(days, v.Int()))*86400, 0).UTC()
	}
	return time.Unix(0, v.Int()).UTC()
}

// A TIMESTAMP was microseconds once. On the wire it still is, under its kind,
// wherever nothing finer is in it, so that keys, states and plans of then are what
// is written now; the others have a number of their own, which is no kind.
const (
	wireNanos = 11
	perMicro  = 1000
)

// AppendTimestamp appends what [AppendValue] writes for a TIMESTAMP of so many
// nanoseconds.
func AppendTimestamp(dst []byte, nanos int64) []byte {
	if nanos%perMicro == 0 {
		return binary.AppendVarint(append(dst, byte(Timestamp)), nanos/perMicro)
	}
	return binary.AppendVarint(append(dst, wireNanos), nanos)
}
