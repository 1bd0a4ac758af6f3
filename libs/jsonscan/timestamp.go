package jsonscan

import (
	"math"
	"time"

	"github.com/millrace/millrace/libs/record"
)

// format is one way in which times are written.
type format struct {
	layout string        // a Go layout, unless
	epoch  time.Duration // it is a number of these since 1970
}

func newFormat(name string) format {
	switch name {
	case "rfc3339":
		return format{layout: time.RFC3339}
	case "epoch_ms":
		return format{epoch: time.Millisecond}
	case "epoch_s":
		return format{epoch: time.Second}
	default:
		return format{layout: name}
	}
}

// timestamp returns a value as nanoseconds since 1970 UTC, of which 64 bits hold the
// years 1678 to 2261 and some of the two beside them.
func (s *scanner) timestamp(c *column, v span) (int64, bool) {
	if number(v.kind) {
		n, ok := parseInt(s.doc[v.from:v.to])
		for _, f := range c.formats {
			if unit := int64(f.epoch); ok && unit > 0 {
				return n * unit, n >= math.MinInt64/unit && n <= math.MaxInt64/unit
			}
		}
		return 0, false
	}
	if c.twitter && v.to-v.from == len(twitterForm)+2 {
		if at, ok := s.days.nanos(s.doc[v.from+1 : v.to-1]); ok {
			return at, true
		}
	}
	t, ok := s.time(c, v)
	return t.UnixNano(), ok && !t.Before(record.FirstInstant()) && !t.After(record.LastInstant())
}

// micros returns the event time of a timestamp.
func micros(nanos int64) int64 { return floorDiv(nanos, int64(time.Microsecond)) }

// date returns a value as days since 1970-01-01: those of the date as written.
func (s *scanner) date(c *column, v span) (int64, bool) {
	t, ok := s.time(c, v)
	_, offset := t.Zone()
	return floorDiv(t.Unix()+int64(offset), 86400), ok
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (s *scanner) time(c *column, v span) (time.Time, bool) {
	if v.kind != '"' {
		return time.Time{}, false
	}
	text := s.str(v)
	for _, f := range c.formats {
		if f.epoch != 0 {
			continue
		}
		if t, err := time.Parse(f.layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
