package table

import (
	"bytes"
	"math"
	"strconv"

	"github.com/segmentio/encoding/json"
)

// Null is how a cell shows that there is no value: unlike the empty text.
const Null = "NULL"

// WindowStart is the column that tells a row's window, if a query has it: then no
// other needs to.
const WindowStart = "window_start"

// Cell shows a JSON value: text bare, null as [Null], a number with a fraction to
// six digits, or to all before its point; others as they are, and nothing as
// nothing.
func Cell(value json.RawMessage) string {
	switch {
	case len(value) == 0:
		return ""
	case string(value) == "null":
		return Null
	case value[0] == '"':
		var s string
		if json.Unmarshal(value, &s) == nil {
			return s
		}
	case bytes.ContainsAny(value, ".eE") && (value[0] == '-' || value[0] >= '0' && value[0] <= '9'):
		if f, err := strconv.ParseFloat(string(value), 64); err == nil {
			return number(f)
		}
	}
	return string(value)
}

// number writes a number for people.
func number(f float64) string {
	const digits = 6
	size := math.Abs(f)
	if size != 0 && (size < 1e-4 || size >= 1e15) {
		return strconv.FormatFloat(f, 'g', digits, 64)
	}
	before := 0 // digits before the point; 0 or less for what is below 1
	if size > 0 {
		before = int(math.Floor(math.Log10(size))) + 1
	}
	scale := max(digits-before, 2)
	text := strconv.FormatFloat(f, 'f', scale, 64)
	return trim(text)
}

// trim takes zeros away from the end of a fraction, but for one.
func trim(text string) string {
	end := len(text)
	for end > 2 && text[end-1] == '0' && text[end-2] != '.' {
		end--
	}
	return text[:end]
}
