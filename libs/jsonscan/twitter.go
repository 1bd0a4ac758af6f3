package jsonscan

import (
	"encoding/binary"
	"time"

	"github.com/millrace/millrace/libs/record"
)

// twitterLayout is how tweets write times; twitterForm is how they look.
const (
	twitterLayout = "Mon Jan 02 15:04:05 -0700 2006"
	twitterForm   = "Wed Oct 05 09:14:07 +0000 2016"
)

// days reads times in the usual spelling of twitterLayout, always in UTC, and
// remembers the last day, for most times are of the same day as the last.
type days struct {
	week, month, year uint64 // the bytes of the day: "Wed Oct 05" and " +0000 2016"
	day               int64  // nanoseconds since 1970
}

// nanos returns the time in nanoseconds since 1970. What it does not read,
// time.Parse may. The text is as long as twitterForm.
func (d *days) nanos(text []byte) (int64, bool) {
	const monthBytes = 1<<24 - 1 // of 8, "05 " of "05 09:14"
	week, month := binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[8:])&monthBytes
	year := binary.LittleEndian.Uint64(text[22:])
	if week != d.week || month != d.month || year != d.year || d.year == 0 {
		day, ok := dayOf(view(text))
		if !ok {
			return 0, false
		}
		*d = days{week, month, year, day}
	}
	hour, ok1 := two(text[11:])
	minute, ok2 := two(text[14:])
	second, ok3 := two(text[17:])
	if !ok1 || !ok2 || !ok3 || text[13] != ':' || text[16] != ':' || string(text[19:22]) != " +0" || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	return d.day + int64(hour*3600+minute*60+second)*1e9, true
}

// dayOf reads the day of a time: all but what is between the day and the zone.
func dayOf(s string) (int64, bool) {
	if len(s) != len(twitterForm) || s[3] != ' ' || s[7] != ' ' || s[10] != ' ' || s[22:26] != "000 " || !weekday(s[:3]) {
		return 0, false
	}
	month := monthOf(s[4:7])
	day, ok1 := two([]byte(s[8:10]))
	century, ok2 := two([]byte(s[26:28]))
	year, ok3 := two([]byte(s[28:30]))
	if month == 0 || !ok1 || !ok2 || !ok3 {
		return 0, false
	}
	t := time.Date(year+100*century, month, day, 0, 0, 0, 0, time.UTC)
	if t.Year() <= record.FirstInstant().Year() || t.Year() >= record.LastInstant().Year() {
		return 0, false
	}
	return t.UnixNano(), t.Day() == day // else there is no such day
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

func two(s []byte) (int, bool) {
	a, b := s[0]-'0', s[1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}
