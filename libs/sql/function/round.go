package function

import (
	"math"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

func roundings() []Scalar {
	same := func(a []record.Value) (record.Value, error) { return a[0], nil }
	cut := func(name, doc string, up func(rest, half uint64) bool, f func(float64) float64, away func(next byte) bool, examples ...Example) Scalar {
		return fallible(numeric(name, doc, examples,
			on("(x BIGINT) BIGINT", same),
			on("(x DOUBLE) DOUBLE", float(f)),
			on("(x BIGINT, digits BIGINT) BIGINT", func(a []record.Value) (record.Value, error) {
				return checked(roundInt(a[0].Int(), a[1].Int(), up))
			}),
			on("(x DOUBLE, digits BIGINT) DOUBLE", func(a []record.Value) (record.Value, error) {
				return finite(roundDecimal(a[0].Float(), a[1].Int(), away), a[0].Float())
			})))
	}
	direct := func(name, doc string, f func(float64) float64, examples []Example, aliases ...string) Scalar {
		s := numeric(name, doc, examples, on("(x BIGINT) BIGINT", same), on("(x DOUBLE) DOUBLE", float(f)))
		s.Aliases = aliases
		return s
	}
	return []Scalar{
		cut("round", "The nearest integer, or the nearest number with so many decimal digits, of the type of x; a half goes away from zero. Negative digits round before the point. What counts is the number as it is printed: 2.675 has three digits.",
			func(rest, half uint64) bool { return rest >= half }, math.Round, func(next byte) bool { return next >= '5' },
			Example{"2.5", "3"}, Example{"-2.5", "-3"}, Example{"2.675, 2", "2.68"}, Example{"1250, -2", "1300"}),
		cut("trunc", "The number without what follows the point, or so many decimal digits: round towards zero.",
			func(uint64, uint64) bool { return false }, math.Trunc, func(byte) bool { return false },
			Example{"-2.7", "-2"}, Example{"2.679, 2", "2.67"}, Example{"1299, -2", "1200"}),
		direct("floor", "The greatest integer that is not greater, of the type of x.", math.Floor, []Example{{"-2.5", "-3"}}),
		direct("ceil", "The least integer that is not less, of the type of x.", math.Ceil, []Example{{"2.1", "3"}}, "ceiling"),
	}
}

// roundInt rounds the last -digits digits away, up in magnitude where up says so
// of what is cut off and half a unit.
func roundInt(n, digits int64, up func(rest, half uint64) bool) (int64, bool) {
	if digits >= 0 {
		return n, true
	}
	if digits < -19 {
		return 0, true
	}
	unit := uint64(1)
	for range -digits {
		unit *= 10 // 10^19 fits
	}
	magnitude := absolute(n)
	rest := magnitude % unit
	magnitude -= rest
	if up(rest, unit/2) {
		if magnitude > math.MaxUint64-unit {
			return 0, false
		}
		magnitude += unit
	}
	switch {
	case n < 0 && magnitude <= 1<<63:
		return int64(-magnitude), true
	case n < 0 || magnitude > math.MaxInt64:
		return 0, false
	default:
		return int64(magnitude), true
	}
}

// roundDecimal keeps so many digits after the point of the shortest decimal number
// that reads back as x, and rounds away from zero where away says so of the first
// digit that is cut off.
func roundDecimal(x float64, digits int64, away func(next byte) bool) float64 {
	const most = 400 // no double has more digits on either side of the point
	if math.IsNaN(x) || math.IsInf(x, 0) || x == 0 || digits > most {
		return x
	}
	if digits < -most {
		return math.Copysign(0, x)
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(math.Abs(x), 'e', -1, 64), "e")
	point, _ := strconv.Atoi(exp)
	all := strings.Replace(mantissa, ".", "", 1) // all[i] counts 10^(point-i)
	keep := point + 1 + int(digits)
	switch {
	case keep >= len(all):
		return x
	case keep < 0:
		return math.Copysign(0, x)
	}
	kept := []byte("0" + all[:keep])
	if away(all[keep]) {
		i := len(kept) - 1
		for ; kept[i] == '9'; i-- {
			kept[i] = '0'
		}
		kept[i]++
	}
	rounded, _ := strconv.ParseFloat(string(kept)+"e"+strconv.FormatInt(-digits, 10), 64)
	return math.Copysign(rounded, x)
}
