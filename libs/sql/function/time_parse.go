package function

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// timeParts are the fields that a format has read.
type timeParts struct {
	year, month, day, yearDay   int
	hour, minute, second, nanos int
	twelve, afternoon           bool
	offset                      int // seconds east of UTC
}

// parse reads a text in the format.
func (f timeFormat) parse(text string) (time.Time, error) {
	p := timeParts{month: 1, day: 1}
	rest := text
	for i, part := range f {
		var ok bool
		if part.pattern == nil {
			rest, ok = cutLiteral(rest, part.text)
		} else {
			// Digits that directly follow one another are as many as the pattern has.
			exact := i+1 < len(f) && f[i+1].pattern != nil && f[i+1].pattern.number != nil
			rest, ok = part.pattern.read(&p, rest, exact)
		}
		if !ok {
			return time.Time{}, fmt.Errorf("%q does not fit the format", abbreviated(text))
		}
	}
	if strings.TrimSpace(rest) != "" {
		return time.Time{}, fmt.Errorf("%q goes on after the format's end", abbreviated(text))
	}
	return p.time()
}

// cutLiteral removes the text of a format; a blank stands for any number of them.
func cutLiteral(s, text string) (string, bool) {
	if strings.TrimSpace(text) == "" {
		return strings.TrimLeft(s, " \t"), true
	}
	return strings.CutPrefix(s, text)
}

func (p *timePattern) read(parts *timeParts, s string, exact bool) (rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	switch p.name {
	case "MON", "MONTH":
		return readName(s, p.name == "MONTH", 12, func(i int) string { return time.Month(i).String() }, func(i int) { p.set(parts, i) })
	case "DY", "DAY":
		return readName(s, p.name == "DAY", 7, func(i int) string { return time.Weekday(i - 1).String() }, func(int) {})
	case "AM", "PM":
		return readName(s, true, 2, func(i int) string { return []string{"am", "pm"}[i-1] }, func(i int) { p.set(parts, i) })
	case "TZ":
		return readName(s, true, 3, func(i int) string { return []string{"UTC", "GMT", "Z"}[i-1] }, func(int) {})
	case "OF":
		return readOffset(parts, s)
	}
	if p.set == nil {
		return "", false
	}
	most := p.width
	if p.name == "YYYY" && !exact {
		most = 9
	}
	n, digits := 0, 0
	for digits < len(s) && digits < most && '0' <= s[digits] && s[digits] <= '9' {
		n = n*10 + int(s[digits]-'0')
		digits++
	}
	if digits == 0 {
		return "", false
	}
	if p.name == "MS" || p.name == "US" || p.name == "NS" {
		for range 9 - digits { // digits of a fraction, from the left
			n *= 10
		}
	}
	p.set(parts, n)
	return s[digits:], true
}

// readName removes one of n names, counted from 1, or its first three letters.
func readName(s string, whole bool, n int, name func(int) string, found func(int)) (string, bool) {
	for i := 1; i <= n; i++ {
		w := name(i)
		if !whole {
			w = w[:3]
		}
		if len(s) >= len(w) && strings.EqualFold(s[:len(w)], w) {
			found(i)
			return s[len(w):], true
		}
	}
	return "", false
}

// readOffset removes an offset from UTC: +09, -0330, +05:30, Z.
func readOffset(parts *timeParts, s string) (string, bool) {
	if rest, ok := strings.CutPrefix(s, "Z"); ok {
		return rest, true
	}
	if s == "" || s[0] != '+' && s[0] != '-' {
		return "", false
	}
	sign, rest := 1, s[1:]
	if s[0] == '-' {
		sign = -1
	}
	hours, rest, ok := twoDigits(rest)
	if !ok {
		return "", false
	}
	minutes, after, ok := twoDigits(strings.TrimPrefix(rest, ":"))
	if ok {
		rest = after
	}
	parts.offset = sign * (hours*3600 + minutes*60)
	return rest, hours < 24 && minutes < 60
}

func twoDigits(s string) (int, string, bool) {
	if len(s) < 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, s, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), s[2:], true
}

func (p timeParts) time() (time.Time, error) {
	if p.twelve {
		if p.hour < 1 || p.hour > 12 {
			return time.Time{}, errors.New("there is no such time of day")
		}
		p.hour %= 12
		if p.afternoon {
			p.hour += 12
		}
	}
	if p.hour > 23 || p.minute > 59 || p.second > 59 {
		return time.Time{}, errors.New("there is no such time of day")
	}
	day, err := calendarDay(int64(p.year), int64(p.month), int64(p.day))
	if err != nil {
		return time.Time{}, err
	}
	if p.yearDay > 0 {
		if day = time.Date(p.year, 1, p.yearDay, 0, 0, 0, 0, time.UTC); day.Year() != p.year {
			return time.Time{}, errNoSuchDay
		}
	}
	clock := time.Duration(p.hour)*time.Hour + time.Duration(p.minute)*time.Minute + time.Duration(p.second)*time.Second
	return day.Add(clock + time.Duration(p.nanos) - time.Duration(p.offset)*time.Second), nil
}
