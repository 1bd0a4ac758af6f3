package record

import (
	"strings"
	"time"
)

// ParseInstant reads the text of a TIMESTAMP or DATE, in a literal or a cast, as
// PostgreSQL does: a day, which is its midnight, or a day and a time with T or blanks
// between them, in UTC or with an offset. What is finer than nanoseconds is left out.
//
//	2016-10-01, 2016-10-1, 20161001
//	2016-10-01 12:30, 2016-10-01T12:30:00.5     hours from 0 to 24, of which 24:00 is the next day's 0:00
//	2016-10-01 12:30:60                         as 12:31:00
//	2016-10-01T12:30Z, 2016-10-01 12:30 UTC     also +00, -05:30, +0530 and +05:30:15, after blanks perhaps
//	epoch                                       1970-01-01 00:00:00
//
// The instant need not be one that a TIMESTAMP or DATE can be: see [TimestampFrom] and
// [DateFrom].
func ParseInstant(text string) (time.Time, bool) {
	s := strings.ToUpper(strings.TrimSpace(text))
	if s == "EPOCH" {
		return time.Unix(0, 0).UTC(), true
	}
	r := instantReader{rest: s, ok: true}
	t := r.day()
	if r.rest == "" {
		return t, r.ok
	}
	if !r.take("T") && !r.blanks() {
		return time.Time{}, false
	}
	t = t.Add(r.clock())
	t = t.Add(-r.offset())
	return t, r.ok && r.rest == ""
}

// instantReader reads a text from the front. What does not fit leaves ok false.
type instantReader struct {
	rest string
	ok   bool
}

// take takes a text away, if it comes next.
func (r *instantReader) take(text string) bool {
	rest, found := strings.CutPrefix(r.rest, text)
	r.rest = rest
	return found
}

func (r *instantReader) blanks() bool {
	before := len(r.rest)
	r.rest = strings.TrimLeft(r.rest, " ")
	return len(r.rest) < before
}

// number reads a number of so many digits, which is in bounds.
func (r *instantReader) number(least, most, from, to int) int {
	n, digits := 0, 0
	for digits < most && digits < len(r.rest) && digit(r.rest[digits]) {
		n = 10*n + int(r.rest[digits]-'0')
		digits++
	}
	r.rest = r.rest[digits:]
	r.ok = r.ok && digits >= least && n >= from && n <= to
	return n
}

func (r *instantReader) day() time.Time {
	year := r.number(4, 4, 0, 9999)
	least, together := 1, true
	if r.take("-") {
		together = false
	} else {
		least = 2
	}
	month := r.number(least, 2, 1, 12)
	if !together && !r.take("-") {
		r.ok = false
	}
	day := r.number(least, 2, 1, 31)
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	r.ok = r.ok && t.Day() == day // there is a 31st, or a 29th of February
	return t
}

// clock reads hours, minutes and seconds.
func (r *instantReader) clock() time.Duration {
	hour := r.number(1, 2, 0, 24)
	r.ok = r.take(":") && r.ok
	at := time.Duration(hour)*time.Hour + time.Duration(r.number(2, 2, 0, 59))*time.Minute
	if r.take(":") {
		at += time.Duration(r.number(2, 2, 0, 60)) * time.Second
		if r.take(".") {
			at += r.fraction()
		}
	}
	r.ok = r.ok && (hour < 24 || at == 24*time.Hour)
	return at
}

// fraction reads the digits after the point of seconds.
func (r *instantReader) fraction() time.Duration {
	digits := 0
	part, unit := time.Duration(0), time.Second
	for digits < len(r.rest) && digit(r.rest[digits]) {
		unit /= 10
		part += time.Duration(r.rest[digits]-'0') * unit
		digits++
	}
	r.ok = r.ok && digits > 0
	r.rest = r.rest[digits:]
	return part
}

// offset reads how far ahead of UTC the time is.
func (r *instantReader) offset() time.Duration {
	r.blanks()
	if r.take("Z") || r.take("UTC") || r.take("GMT") {
		return 0
	}
	sign := time.Duration(1)
	switch {
	case r.take("-"):
		sign = -1
	case !r.take("+"):
		return 0
	}
	hours := 2
	if len(r.rest)-len(strings.TrimLeft(r.rest, "0123456789")) == 3 {
		hours = 1 // +530
	}
	ahead := time.Duration(r.number(1, hours, 0, 24)) * time.Hour
	for _, unit := range []time.Duration{time.Minute, time.Second} {
		colon := r.take(":")
		if !colon && (r.rest == "" || unit == time.Second) {
			break
		}
		ahead += time.Duration(r.number(2, 2, 0, 59)) * unit
	}
	return sign * ahead
}
