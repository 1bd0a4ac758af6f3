package parser

import (
	"fmt"
	"math/big"
	"strings"
	"time"
)

// wordUnits are the units inside the text of an interval, as PostgreSQL spells them.
var wordUnits = map[string]unit{
	"us": {span: time.Microsecond}, "usec": {span: time.Microsecond}, "microsecond": {span: time.Microsecond},
	"ms": {span: time.Millisecond}, "msec": {span: time.Millisecond}, "millisecond": {span: time.Millisecond},
	"s": {span: time.Second}, "sec": {span: time.Second}, "second": {span: time.Second},
	"m": {span: time.Minute}, "min": {span: time.Minute}, "minute": {span: time.Minute},
	"h": {span: time.Hour}, "hr": {span: time.Hour}, "hour": {span: time.Hour},
	"d": {span: 24 * time.Hour}, "day": {span: 24 * time.Hour},
	"w": {span: 7 * 24 * time.Hour}, "week": {span: 7 * 24 * time.Hour},
	"mon": {months: 1}, "month": {months: 1},
	"quarter": {months: 3}, "qtr": {months: 3},
	"y": {months: 12}, "yr": {months: 12}, "year": {months: 12},
	"decade": {months: 120}, "century": {months: 1200}, "centurie": {months: 1200},
}

// isoUnits are the letters of ISO 8601 durations, before and after the T.
var isoUnits = [2]map[byte]unit{
	{'Y': {months: 12}, 'M': {months: 1}, 'W': {span: 7 * 24 * time.Hour}, 'D': {span: 24 * time.Hour}},
	{'H': {span: time.Hour}, 'M': {span: time.Minute}, 'S': {span: time.Second}},
}

// intervalOf reads the text of an interval that holds its units: '1 day 2 hours',
// '-1 week', '2 days ago', '1 day 12:30:00', 'P1DT2H'. A problem is told in words.
func intervalOf(text string) (months int64, span time.Duration, problem string) {
	sum := &spanSum{}
	trimmed := strings.TrimSpace(text)
	if len(trimmed) > 1 && (trimmed[0] == 'P' || trimmed[0] == 'p') {
		problem = sum.iso(strings.ToUpper(trimmed[1:]))
	} else {
		problem = sum.words(strings.ToLower(trimmed))
	}
	if problem != "" {
		return 0, 0, problem
	}
	if !sum.months.IsInt64() || !sum.span.IsInt64() {
		return 0, 0, "it is longer than 292 years"
	}
	return sum.months.Int64(), time.Duration(sum.span.Int64()), ""
}

// spanSum adds up the parts of an interval.
type spanSum struct {
	months, span big.Int
}

// add adds n units; false: they are no whole number of months or nanoseconds.
func (s *spanSum) add(text string, u unit) bool {
	months, span, ok := u.times(text)
	s.months.Add(&s.months, big.NewInt(months))
	s.span.Add(&s.span, big.NewInt(int64(span)))
	return ok
}

func (s *spanSum) words(text string) string {
	fields := strings.Fields(strings.TrimPrefix(text, "@"))
	ago := len(fields) > 1 && fields[len(fields)-1] == "ago"
	if ago {
		fields = fields[:len(fields)-1]
	}
	if len(fields) == 0 {
		return "it is empty"
	}
	if years, months, ok := yearsMonths(fields); ok {
		if !s.add(years, wordUnits["year"]) || !s.add(months, wordUnits["month"]) {
			return fmt.Sprintf("%s is not a number of months that can be held", clip(fields[0]))
		}
		fields = nil
	}
	for i := 0; i < len(fields); {
		read, problem := s.word(fields[i:])
		if problem != "" {
			return problem
		}
		i += read
	}
	if ago {
		s.months.Neg(&s.months)
		s.span.Neg(&s.span)
	}
	return ""
}

// yearsMonths reads years-months, which stands alone: 1-2 is a year and two months.
func yearsMonths(fields []string) (years, months string, ok bool) {
	if len(fields) != 1 {
		return "", "", false
	}
	text := strings.TrimLeft(fields[0], "+-")
	sign := fields[0][:len(fields[0])-len(text)]
	years, months, ok = strings.Cut(text, "-")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return sign + years, sign + months, ok && len(sign) <= 1 && digits(years) && digits(months)
}

// word reads the part that the fields begin with, and returns how many they are.
func (s *spanSum) word(fields []string) (int, string) {
	first := fields[0]
	if strings.Contains(first, ":") {
		return 1, s.clock(first)
	}
	digits := strings.TrimLeft(first, "+-0123456789.")
	number, name, read := first[:len(first)-len(digits)], digits, 1
	if name == "" && len(fields) > 1 {
		name, read = fields[1], 2
		if strings.Contains(name, ":") { // 1 12:30:00 is a day and a time
			name, read = "day", 1
		}
	}
	if name == "" {
		return 0, fmt.Sprintf("%s has no unit", clip(first))
	}
	u, ok := wordUnits[name]
	if !ok {
		u, ok = wordUnits[strings.TrimSuffix(name, "s")]
	}
	if !ok {
		return 0, fmt.Sprintf("unknown unit %s", clip(name))
	}
	if !s.add(number, u) {
		return 0, fmt.Sprintf("%s is not a number of %s that can be held", clip(first), clip(name))
	}
	return read, ""
}

// clock reads [-]hours:minutes[:seconds].
func (s *spanSum) clock(text string) string {
	sign, rest := "", strings.TrimPrefix(text, "+")
	if strings.HasPrefix(text, "-") {
		sign, rest = "-", text[1:]
	}
	parts := strings.Split(rest, ":")
	clockUnits := [...]time.Duration{time.Hour, time.Minute, time.Second}
	if len(parts) > len(clockUnits) {
		return fmt.Sprintf("%s is no time", clip(text))
	}
	for i, part := range parts {
		n, ok := decimal(part)
		if !ok || n.Sign() < 0 || i > 0 && n.Cmp(big.NewRat(60, 1)) >= 0 || i < 2 && !n.IsInt() || !s.add(sign+part, unit{span: clockUnits[i]}) {
			return fmt.Sprintf("%s is no time", clip(text))
		}
	}
	return ""
}

// iso reads an ISO 8601 duration after its P.
func (s *spanSum) iso(text string) string {
	half, parts := 0, 0
	for text != "" {
		if text[0] == 'T' && half == 0 {
			half, text = 1, text[1:]
			continue
		}
		rest := strings.TrimLeft(text, "+-0123456789.")
		number := text[:len(text)-len(rest)]
		if rest == "" {
			return fmt.Sprintf("%s has no unit", clip(number))
		}
		u, ok := isoUnits[half][rest[0]]
		if !ok || !s.add(number, u) {
			return "it is no ISO 8601 duration"
		}
		text = rest[1:]
		parts++
	}
	if parts == 0 {
		return "it is empty"
	}
	return ""
}
