// Package figure writes numbers for people. What programs read is written elsewhere.
//
//	figure.Exact(12024)   // 12,024
//	figure.Short(0.01234) // 0.0123
package figure

import (
	"math"
	"strconv"
	"strings"
)

// Exact writes a whole number with commas between thousands: 12,024.
func Exact[I int | int64](n I) string {
	return thousands(strconv.FormatInt(int64(n), 10))
}

// Short writes a number with three digits that count, and commas between
// thousands: 1,230,000; 45.6; 0.0123.
func Short(x float64) string {
	if x == 0 {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(x))))
	scale := math.Pow(10, float64(digits))
	if r := math.Round(x*scale) / scale; r != 0 {
		x = r
	}
	text := strconv.FormatFloat(x, 'f', max(digits, 0), 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return thousands(text)
}

// thousands puts commas into a decimal number, and makes its sign a minus.
func thousands(text string) string {
	whole, fraction, hasFraction := strings.Cut(text, ".")
	whole, negative := strings.CutPrefix(whole, "-")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if negative {
		whole = "−" + whole
	}
	if hasFraction {
		whole += "." + fraction
	}
	return whole
}
