package record

import (
	"strings"
	"time"
)

// instantLayouts are those of the texts of instants, once the middle is a T; the
// fraction is read by any of them that has seconds.
var instantLayouts = [...]string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05",
	"2006-01-02T15:04:05Z07",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	time.DateOnly,
}

// ParseInstant reads the text of a TIMESTAMP or DATE, in a literal or a cast: a day, which
// is its midnight, or a day and a time with T or blanks between them, in UTC or with an
// offset. What is finer than nanoseconds is left out. The instant need not be one that a
// TIMESTAMP or DATE can be: see [TimestampFrom] and [DateFrom].
func ParseInstant(text string) (time.Time, bool) {
	s := strings.TrimSpace(text)
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + strings.TrimLeft(s[10:], " ")
	}
	s = strings.Replace(s, " +", "+", 1)
	if strings.ContainsRune(s, ',') { // time reads fractions after commas, too
		return time.Time{}, false
	}
	for _, layout := range instantLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
