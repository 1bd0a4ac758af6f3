package jsonscan

import (
	"bytes"
	"math"
	"strconv"

	"github.com/millrace/millrace/libs/record"
)

// convert appends a value other than null to a column of c's kind, NULL if it
// is of another type or does not fit; then it returns false.
func (s *scanner) convert(c *column, col *record.Column, v span) bool {
	switch c.kind {
	case record.Boolean:
		if v.kind == 't' || v.kind == 'f' {
			col.AppendBool(v.kind == 't')
			return true
		}
	case record.BigInt:
		if n, ok := s.bigInt(c, v); ok {
			col.AppendInt(n)
			return true
		}
	case record.Double:
		if f, ok := s.double(c, v); ok {
			col.AppendFloat(f)
			return true
		}
	case record.Varchar:
		if v.kind == '"' {
			col.AppendStr(s.str(v))
			return true
		}
	case record.Timestamp:
		if at, ok := s.timestamp(c, v); ok {
			col.AppendInt(at)
			return true
		}
	case record.Date:
		if day, ok := s.date(c, v); ok {
			col.AppendInt(day)
			return true
		}
	case record.JSON:
		col.AppendStr(s.json(v))
		return true
	case record.DayTime, record.YearMonth, record.Unknown, record.Array: // no column is of them
	}
	col.AppendNull()
	return false
}

func (s *scanner) bigInt(c *column, v span) (int64, bool) {
	switch {
	case number(v.kind):
		return parseInt(s.doc[v.from:v.to])
	case v.kind == '"' && c.numericStrings:
		text := s.str(v)
		if len(text) == 0 || !digit(text[0]) && text[0] != '-' {
			return 0, false
		}
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	default:
		return 0, false
	}
}

func (s *scanner) double(c *column, v span) (float64, bool) {
	switch {
	case number(v.kind):
		f, err := strconv.ParseFloat(view(s.doc[v.from:v.to]), 64)
		return f, err == nil
	case v.kind == '"' && c.numericStrings:
		text := s.str(v)
		if !isNumber(text) {
			return 0, false
		}
		f, err := strconv.ParseFloat(text, 64)
		return f, err == nil
	default:
		return 0, false
	}
}

// isNumber reports whether the text is a number as JSON writes it.
func isNumber(text string) bool {
	s := scanner{doc: []byte(text)}
	return len(text) > 0 && s.number(0) == len(text)
}

// json returns the value's bytes, with U+FFFD for those that are not UTF-8.
func (s *scanner) json(v span) string {
	raw := s.doc[v.from:v.to]
	if validText(raw) {
		return view(raw)
	}
	return string([]rune(string(raw)))
}

// parseInt returns the value of a JSON number that is a 64-bit integer, however
// it is written.
func parseInt(b []byte) (int64, bool) {
	i := 0
	if b[0] == '-' {
		i = 1
	}
	if len(b)-i <= 18 {
		var n int64
		for ; i < len(b) && digit(b[i]); i++ {
			n = n*10 + int64(b[i]-'0')
		}
		if i == len(b) {
			if b[0] == '-' {
				n = -n
			}
			return n, true
		}
	}
	return parseIntSlow(b)
}

// parseIntSlow reads any JSON number as digits × 10^exponent.
func parseIntSlow(b []byte) (int64, bool) {
	neg := b[0] == '-'
	if neg {
		b = b[1:]
	}
	mantissa, exponent := b, int64(0)
	if e := bytes.IndexAny(b, "eE"); e >= 0 {
		mantissa, exponent = b[:e], parseExponent(b[e+1:])
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte{'.'})
	fraction = bytes.TrimRight(fraction, "0")
	digits := make([]byte, 0, 64)
	digits = append(append(digits, whole...), fraction...)
	digits = bytes.TrimLeft(digits, "0")
	exponent -= int64(len(fraction))
	if len(digits) == 0 {
		return 0, true
	}
	if exponent < 0 { // only zeros may be cut off: none of them in the fraction
		zeros := int64(len(digits) - len(bytes.TrimRight(digits, "0")))
		if zeros < -exponent {
			return 0, false
		}
		digits = digits[:int64(len(digits))+exponent]
		exponent = 0
	}
	if int64(len(digits))+exponent > 19 {
		return 0, false
	}
	var n uint64
	for _, c := range digits {
		n = n*10 + uint64(c-'0')
	}
	for ; exponent > 0; exponent-- {
		n *= 10
	}
	switch {
	case neg && n <= 1<<63:
		return -int64(n), true
	case !neg && n <= math.MaxInt64:
		return int64(n), true
	default:
		return 0, false
	}
}

// parseExponent returns the exponent, or one so large that no document has
// digits enough to make up for it.
func parseExponent(b []byte) int64 {
	const huge = 1 << 50
	neg := b[0] == '-'
	if neg || b[0] == '+' {
		b = b[1:]
	}
	var n int64
	for _, c := range b {
		n = min(n*10+int64(c-'0'), huge)
	}
	if neg {
		return -n
	}
	return n
}
