package record

import (
	"strconv"
	"strings"
	"time"
)

// DayTimeOf returns an INTERVAL DAY TO SECOND. A day in it has 24 hours.
func DayTimeOf(d time.Duration) Value { return Value{typ: DayTimeType, ok: true, num: uint64(d)} }

// YearMonthOf returns an INTERVAL YEAR TO MONTH.
func YearMonthOf(months int64) Value {
	return Value{typ: YearMonthType, ok: true, num: uint64(months)}
}

// Duration returns the length of an INTERVAL DAY TO SECOND.
func (v Value) Duration() time.Duration { return time.Duration(v.num) }

// Months returns the length of an INTERVAL YEAR TO MONTH.
func (v Value) Months() int64 { return int64(v.num) }

// formatDayTime writes nanoseconds as an ISO 8601 duration: days, hours, minutes
// and seconds, those that are 0 left out, one minus before all of it.
func formatDayTime(nanos int64) string {
	if nanos == 0 {
		return "PT0S"
	}
	var b strings.Builder
	rest := magnitude(&b, nanos)
	b.WriteByte('P')
	unit := func(size uint64, letter byte) {
		if n := rest / size; n > 0 {
			b.WriteString(strconv.FormatUint(n, 10))
			b.WriteByte(letter)
		}
		rest %= size
	}
	unit(uint64(24*time.Hour), 'D')
	if rest == 0 {
		return b.String()
	}
	b.WriteByte('T')
	unit(uint64(time.Hour), 'H')
	unit(uint64(time.Minute), 'M')
	if rest == 0 {
		return b.String()
	}
	b.WriteString(strconv.FormatUint(rest/uint64(time.Second), 10))
	if fraction := rest % uint64(time.Second); fraction > 0 {
		digits := strconv.FormatUint(uint64(time.Second)+fraction, 10)[1:]
		b.WriteByte('.')
		b.WriteString(strings.TrimRight(digits, "0"))
	}
	b.WriteByte('S')
	return b.String()
}

func formatYearMonth(months int64) string {
	if months == 0 {
		return "P0M"
	}
	var b strings.Builder
	rest := magnitude(&b, months)
	b.WriteByte('P')
	if years := rest / 12; years > 0 {
		b.WriteString(strconv.FormatUint(years, 10))
		b.WriteByte('Y')
	}
	if rest %= 12; rest > 0 {
		b.WriteString(strconv.FormatUint(rest, 10))
		b.WriteByte('M')
	}
	return b.String()
}

// magnitude writes the sign of n and returns what is left of it.
func magnitude(b *strings.Builder, n int64) uint64 {
	if n >= 0 {
		return uint64(n)
	}
	b.WriteByte('-')
	return -uint64(n)
}
