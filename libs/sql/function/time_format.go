package function

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const timeFormatDoc = "A timestamp as text, in UTC, with PostgreSQL's patterns. Year: YYYY, and YY its last two digits; IYYY that to which the week of ISO 8601 belongs. Quarter: Q. Month: MM as 01 to 12, MON as Jan, MONTH as January. Week: WW, of which the first begins on 1 January; IW that of ISO 8601. Day: DDD of the year, DD of the month, D of the week (Sunday is 1), ID of the week (Monday is 1), DY as Sat, DAY as Saturday. Hour: HH24 as 00 to 23, HH12 or HH as 01 to 12, AM or PM which half of the day. Minute: MI. Second: SS, and SSSSS since midnight; MS, US and NS its fraction as milli-, micro- or nanoseconds. Zone: TZ as UTC, OF as +00. " +
	"Patterns may be written in small letters, too; names are written in the case of the pattern (MON, Mon, mon). MONTH and DAY are filled up with blanks, numbers with zeros: FM before a pattern leaves those out. " +
	"A capital T or Z that begins no pattern stands for itself, as in YYYY-MM-DDTHH24:MI:SSZ, and so does what is no letter; other text stands between double quotes. Any other letter is an error, told when the query is submitted if the format is a constant."

// timeFormat is a compiled format of to_char and to_timestamp.
type timeFormat []timePart

// timePart is a pattern or, without one, text.
type timePart struct {
	pattern *timePattern
	text    string // of a pattern: as it was written
	fill    bool   // false after FM
}

// parseTimeFormat reads a format.
func parseTimeFormat(s string) (timeFormat, error) {
	f, err := timeFormatOf(s)
	if err != nil {
		err = &advised{err, "for example 'YYYY-MM-DD HH24:MI:SS'; docs/sql-functions.md has all patterns, under to_char"}
	}
	return f, err
}

func timeFormatOf(s string) (timeFormat, error) {
	const most = 1000
	if len(s) > most {
		return nil, errors.New("the format is too long")
	}
	var f timeFormat
	fill := true
	for s != "" {
		if rest, ok := strings.CutPrefix(s, `"`); ok {
			text, after, closed := strings.Cut(rest, `"`)
			if !closed {
				return nil, errors.New("the format has a double quote without another")
			}
			f, s = append(f, timePart{text: text}), after
			continue
		}
		if strings.EqualFold(s[:min(2, len(s))], "FM") {
			fill, s = false, s[2:]
			continue
		}
		if p := patternAt(s); p != nil {
			f = append(f, timePart{pattern: p, text: s[:len(p.name)], fill: fill})
			fill, s = true, s[len(p.name):]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		if 'a' <= r|0x20 && r|0x20 <= 'z' && !isoSeparator(s) {
			return nil, fmt.Errorf("no pattern of the format begins with %q: text stands between double quotes", abbreviated(s))
		}
		f, s = append(f, timePart{text: s[:size]}), s[size:]
	}
	return f, nil
}

// isoSeparator reports whether s begins with the T or Z of ISO 8601.
func isoSeparator(s string) bool { return s[0] == 'T' || s[0] == 'Z' }

// patternAt returns the longest pattern that s begins with.
func patternAt(s string) *timePattern {
	var best *timePattern
	for i := range timePatterns {
		p := &timePatterns[i]
		if len(p.name) <= len(s) && strings.EqualFold(s[:len(p.name)], p.name) && (best == nil || len(p.name) > len(best.name)) {
			best = p
		}
	}
	return best
}

func (f timeFormat) hasYear() bool {
	for _, p := range f {
		if p.pattern != nil && (p.pattern.name == "YYYY" || p.pattern.name == "YY") {
			return true
		}
	}
	return false
}

func (f timeFormat) format(t time.Time) string {
	var b strings.Builder
	for _, p := range f {
		switch {
		case p.pattern == nil:
			b.WriteString(p.text)
		case p.pattern.word != nil:
			word := cased(p.pattern.word(t), p.text)
			b.WriteString(word)
			if missing := p.pattern.width - len(word); p.fill && missing > 0 {
				b.WriteString(strings.Repeat(" ", missing))
			}
		default:
			digits := strconv.Itoa(p.pattern.number(t))
			if missing := p.pattern.width - len(digits); p.fill && missing > 0 {
				b.WriteString(strings.Repeat("0", missing))
			}
			b.WriteString(digits)
		}
	}
	return b.String()
}

// cased writes a word in the case of a pattern: MON, Mon or mon.
func cased(word, like string) string {
	switch {
	case like == strings.ToUpper(like):
		return strings.ToUpper(word)
	case like == strings.ToLower(like):
		return strings.ToLower(word)
	default:
		return word
	}
}

// timePattern is one pattern: a number or a word of an instant.
type timePattern struct {
	name   string
	width  int // of the number, filled with zeros, or of the word, with blanks
	number func(time.Time) int
	word   func(time.Time) string
	set    func(p *timeParts, n int) // for reading
}

var timePatterns = [...]timePattern{
	{name: "YYYY", width: 4, number: time.Time.Year, set: func(p *timeParts, n int) { p.year = n }},
	{name: "YY", width: 2, number: func(t time.Time) int { return t.Year() % 100 }, set: func(p *timeParts, n int) { p.year = century(n) }},
	{name: "IYYY", width: 4, number: func(t time.Time) int { y, _ := t.ISOWeek(); return y }},
	{name: "Q", width: 1, number: func(t time.Time) int { return (int(t.Month()) + 2) / 3 }},
	{name: "MM", width: 2, number: func(t time.Time) int { return int(t.Month()) }, set: func(p *timeParts, n int) { p.month = n }},
	{name: "MONTH", width: 9, word: func(t time.Time) string { return t.Month().String() }, set: func(p *timeParts, n int) { p.month = n }},
	{name: "MON", width: 3, word: func(t time.Time) string { return t.Month().String()[:3] }, set: func(p *timeParts, n int) { p.month = n }},
	{name: "WW", width: 2, number: func(t time.Time) int { return (t.YearDay()-1)/7 + 1 }},
	{name: "IW", width: 2, number: func(t time.Time) int { _, w := t.ISOWeek(); return w }},
	{name: "DDD", width: 3, number: time.Time.YearDay, set: func(p *timeParts, n int) { p.yearDay = n }},
	{name: "DD", width: 2, number: time.Time.Day, set: func(p *timeParts, n int) { p.day = n }},
	{name: "D", width: 1, number: func(t time.Time) int { return int(t.Weekday()) + 1 }},
	{name: "ID", width: 1, number: func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }},
	{name: "DAY", width: 9, word: func(t time.Time) string { return t.Weekday().String() }, set: func(*timeParts, int) {}},
	{name: "DY", width: 3, word: func(t time.Time) string { return t.Weekday().String()[:3] }, set: func(*timeParts, int) {}},
	{name: "HH24", width: 2, number: time.Time.Hour, set: func(p *timeParts, n int) { p.hour = n }},
	{name: "HH12", width: 2, number: hour12, set: func(p *timeParts, n int) { p.hour, p.twelve = n, true }},
	{name: "HH", width: 2, number: hour12, set: func(p *timeParts, n int) { p.hour, p.twelve = n, true }},
	{name: "AM", width: 2, word: halfDay, set: func(p *timeParts, n int) { p.afternoon = n == 2 }},
	{name: "PM", width: 2, word: halfDay, set: func(p *timeParts, n int) { p.afternoon = n == 2 }},
	{name: "MI", width: 2, number: time.Time.Minute, set: func(p *timeParts, n int) { p.minute = n }},
	{name: "SSSSS", width: 5, number: func(t time.Time) int { return t.Hour()*3600 + t.Minute()*60 + t.Second() }},
	{name: "SS", width: 2, number: time.Time.Second, set: func(p *timeParts, n int) { p.second = n }},
	{name: "MS", width: 3, number: func(t time.Time) int { return t.Nanosecond() / 1e6 }, set: func(p *timeParts, n int) { p.nanos = n }},
	{name: "US", width: 6, number: func(t time.Time) int { return t.Nanosecond() / 1e3 }, set: func(p *timeParts, n int) { p.nanos = n }},
	{name: "NS", width: 9, number: time.Time.Nanosecond, set: func(p *timeParts, n int) { p.nanos = n }},
	{name: "TZ", width: 3, word: func(time.Time) string { return "Utc" }, set: func(*timeParts, int) {}},
	{name: "OF", width: 3, word: func(time.Time) string { return "+00" }, set: func(p *timeParts, n int) { p.offset = n }},
}

func hour12(t time.Time) int { return (t.Hour()+11)%12 + 1 }

func halfDay(t time.Time) string {
	if t.Hour() < 12 {
		return "Am"
	}
	return "Pm"
}

// century returns the year nearest to 2020 that ends in two digits, as PostgreSQL.
func century(n int) int {
	if n < 70 {
		return 2000 + n
	}
	return 1900 + n
}
