package record

import "strings"

// iso reads what follows the P of an ISO 8601 duration, in small letters.
func (p *intervalParser) iso(text string) {
	date, clock, timed := strings.Cut(text, "t")
	if date == "" && clock == "" || timed && clock == "" {
		p.fail("nothing follows P or T")
		return
	}
	p.designated(date, map[byte]string{'y': "year", 'm': "month", 'w': "week", 'd': "day"})
	p.designated(clock, map[byte]string{'h': "hour", 'm': "minute", 's': "second"})
}

// designated reads quantities each followed by a letter for its unit.
func (p *intervalParser) designated(text string, units map[byte]string) {
	for text != "" && p.err == nil {
		n := numberPrefix(text)
		if n == len(text) || units[text[n]] == "" {
			p.fail("%q is not part of an ISO 8601 duration", text)
			return
		}
		p.add(text[:n], units[text[n]])
		text = text[n+1:]
	}
}

// units reads quantities with units, a clock and years-months, in small letters.
func (p *intervalParser) units(text string) {
	for text = strings.TrimSpace(text); text != "" && p.err == nil; text = strings.TrimSpace(text) {
		n := numberPrefix(text)
		quantity, rest := text[:n], text[n:]
		spaced := strings.TrimLeft(rest, " ")
		switch {
		case n == 0:
			p.fail("expected a number at %q", text)
			return
		case strings.HasPrefix(rest, ":"):
			text = p.clock(text)
		case strings.HasPrefix(rest, "-") && len(rest) > 1 && digit(rest[1]):
			text = p.yearsMonths(quantity, rest[1:])
		case strings.HasPrefix(spaced, "-") || strings.HasPrefix(spaced, "+") || spaced != "" && digit(spaced[0]):
			// 1 02:03:04: what has no unit is days before a clock.
			if !strings.ContainsRune(word(strings.TrimLeft(spaced, "+-")), ':') {
				p.fail("%q has no unit", quantity)
				return
			}
			p.add(quantity, "day")
			text = spaced
		default:
			w := letters(spaced)
			if w == "" {
				p.fail("%q has no unit", quantity)
				return
			}
			p.add(quantity, w)
			text = spaced[len(w):]
		}
	}
}

// clock reads [-]hours:minutes[:seconds] and returns what follows.
func (p *intervalParser) clock(text string) string {
	w := word(text)
	parts := strings.Split(strings.TrimLeft(w, "+-"), ":")
	if len(parts) > 3 || len(w)-len(strings.TrimLeft(w, "+-")) > 1 {
		p.fail("%q is not a time of day", w)
		return ""
	}
	sign := ""
	if w[0] == '-' {
		sign = "-"
	}
	for i, unit := range []string{"hour", "minute", "second"}[:len(parts)] {
		whole, fraction, fractional := strings.Cut(parts[i], ".")
		number := strings.TrimLeft(whole, "0")
		if whole == "" || strings.Trim(whole+fraction, "0123456789") != "" || fractional && i < 2 || i > 0 && (len(number) > 2 || number >= "6" && len(number) == 2 && (i < 2 || number != "60")) {
			p.fail("%q is not a time of day", w)
			return ""
		}
		p.add(sign+parts[i], unit)
	}
	return text[len(w):]
}

// yearsMonths reads the months of years-months and returns what follows.
func (p *intervalParser) yearsMonths(years, text string) string {
	w := word(text)
	sign := ""
	if years[0] == '-' {
		sign = "-"
	}
	p.add(years, "year")
	p.add(sign+w, "month")
	return text[len(w):]
}

// numberPrefix returns the length of the decimal number at the beginning of text.
func numberPrefix(text string) int {
	n := 0
	if text != "" && (text[0] == '-' || text[0] == '+') {
		n = 1
	}
	for n < len(text) && (digit(text[n]) || text[n] == '.') {
		n++
	}
	return n
}

func word(text string) string {
	w, _, _ := strings.Cut(text, " ")
	return w
}

func letters(text string) string {
	n := 0
	for n < len(text) && 'a' <= text[n] && text[n] <= 'z' {
		n++
	}
	return text[:n]
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
