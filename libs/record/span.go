package record

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrInterval is wrapped by every error about the text of an interval.
var ErrInterval = errors.New("not an INTERVAL")

// IntervalError says what is wrong with the text of an interval, for who wrote it.
type IntervalError struct {
	Problem string // unknown unit "parsec"
}

func (e *IntervalError) Error() string { return ErrInterval.Error() + ": " + e.Problem }

// Is reports whether target is [ErrInterval].
func (e *IntervalError) Is(target error) bool { return target == ErrInterval }

// Span is the length of an interval as its text has it: calendar months and time beside
// them. Only one of the two makes a value.
type Span struct {
	Months   int64
	Time     time.Duration
	Calendar bool // its units are months and longer ones, no others
}

// Mixed reports whether there are months and shorter units, which no INTERVAL has: how
// long a month is depends on where it begins.
func (s Span) Mixed() bool { return s.Months != 0 && !s.Calendar }

// Value returns the INTERVAL YEAR TO MONTH or INTERVAL DAY TO SECOND of that length; an
// error where it is mixed.
func (s Span) Value() (Value, error) {
	switch {
	case s.Mixed():
		return Value{}, &IntervalError{"it mixes years or months with days or shorter units"}
	case s.Calendar:
		return YearMonthOf(s.Months), nil
	default:
		return DayTimeOf(s.Time), nil
	}
}

// ParseSpan reads the text of an interval as PostgreSQL writes and reads it:
//
//	1 day 2 hours 3.5 seconds     quantities with units, in any order
//	1 02:03:04.5                  days, hours, minutes and seconds
//	1-2                           years and months
//	P1DT2H, P1Y2M                 ISO 8601, with a minus before P or before a number
//	2 hours ago                   the opposite
//
// Time is rounded to nanoseconds, halves away from zero. Errors wrap [ErrInterval].
func ParseSpan(text string) (Span, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if len(text) > maxIntervalText {
		return Span{}, tooLongInterval()
	}
	var p intervalParser
	opposite := false
	if iso := strings.TrimLeft(text, "+-"); len(text)-len(iso) <= 1 && strings.HasPrefix(iso, "p") {
		opposite = text[0] == '-'
		p.iso(iso[1:])
	} else {
		text, opposite = strings.CutSuffix(strings.TrimPrefix(text, "@"), " ago")
		p.units(text)
	}
	return p.span(opposite)
}

// ParseSpanIn reads a quantity of a unit, as in INTERVAL '5' MINUTE; unit is one that
// [ParseSpan] knows.
func ParseSpanIn(quantity, unit string) (Span, error) {
	var p intervalParser
	quantity = strings.TrimSpace(quantity)
	if len(quantity) > maxIntervalText {
		return Span{}, tooLongInterval()
	}
	p.add(quantity, strings.ToLower(unit))
	return p.span(false)
}

// ParseInterval reads a value as [ParseSpan] does.
func ParseInterval(text string) (Value, error) {
	s, err := ParseSpan(text)
	if err != nil {
		return Value{}, err
	}
	return s.Value()
}

// ParseIntervalIn reads a value as [ParseSpanIn] does.
func ParseIntervalIn(quantity, unit string) (Value, error) {
	s, err := ParseSpanIn(quantity, unit)
	if err != nil {
		return Value{}, err
	}
	return s.Value()
}

// No interval has a longer text; it bounds the size of numbers, too.
const maxIntervalText = 200

func tooLongInterval() error {
	return &IntervalError{fmt.Sprintf("more than %d characters", maxIntervalText)}
}
