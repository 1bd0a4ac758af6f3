package jsonscan

import "time"

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

// The years 0 to 9999 in UTC: what RFC 3339 can write.
const (
	minMicros = -62167219200_000_000
	maxMicros = 253402300800_000_000 - 1
)

// timestamp returns a value as microseconds since 1970 UTC.
func (s *scanner) timestamp(c *column, v span) (int64, bool) {
	if number(v.kind) {
		n, ok := parseInt(s.doc[v.from:v.to])
		for _, f := range c.formats {
			if unit := int64(f.epoch / time.Microsecond); ok && unit > 0 {
				return n * unit, n >= minMicros/unit && n <= maxMicros/unit
			}
		}
		return 0, false
	}
	if c.twitter && v.to-v.from == len(twitterForm)+2 {
		if at, ok := s.days.micros(s.doc[v.from+1 : v.to-1]); ok {
			return at, true
		}
	}
	t, ok := s.time(c, v)
	at := t.UnixMicro()
	return at, ok && at >= minMicros && at <= maxMicros
}

// date returns a value as days since 1970-01-01: those of the date as written.
func (s *scanner) date(c *column, v span) (int64, bool) {
	t, ok := s.time(c, v)
	_, offset := t.Zone()
	return floorDiv(t.Unix()+int64(offset), 86400), ok
}

func floorDiv(a, b int64) int64 {
	if a < 0 {
		a -= b - 1
	}
	return a / b
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
