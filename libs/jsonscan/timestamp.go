package jsonscan

import "time"

// format is one way in which times are written.
type format struct {
	layout string        // a Go layout, unless
	epoch  time.Duration // it is a number of these since 1970
}

const twitterLayout = "Mon Jan 02 15:04:05 -0700 2006"

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
		if f.layout == twitterLayout {
			if t, ok := parseTwitter(text); ok {
				return t, true
			}
		}
		if t, err := time.Parse(f.layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// parseTwitter reads the usual spelling of twitterLayout, always in UTC:
// "Wed Oct 05 09:14:07 +0000 2016". What it does not read, time.Parse may.
func parseTwitter(s string) (time.Time, bool) {
	if len(s) != 30 || s[3] != ' ' || s[7] != ' ' || s[10] != ' ' || s[13] != ':' || s[16] != ':' || s[19:26] != " +0000 " {
		return time.Time{}, false
	}
	if !weekday(s[:3]) {
		return time.Time{}, false
	}
	month := monthOf(s[4:7])
	day, ok1 := two(s[8:])
	hour, ok2 := two(s[11:])
	minute, ok3 := two(s[14:])
	second, ok4 := two(s[17:])
	century, ok5 := two(s[26:])
	year, ok6 := two(s[28:])
	year += 100 * century
	if month == 0 || !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	return t, t.Day() == day // else there is no such day
}

func weekday(s string) bool {
	switch s {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	default:
		return false
	}
}

func monthOf(s string) time.Month {
	const names = "JanFebMarAprMayJunJulAugSepOctNovDec"
	for i := 0; i < len(names); i += 3 {
		if names[i:i+3] == s {
			return time.Month(i/3 + 1)
		}
	}
	return 0
}

func two(s string) (int, bool) {
	a, b := s[0]-'0', s[1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}
