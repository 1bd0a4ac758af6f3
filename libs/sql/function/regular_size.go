package function

import (
	"errors"
	"fmt"
	"regexp/syntax"
)

// Bounds of patterns. A match may have to look at each state for each byte of the text,
// which takes up to 10 ns.
const (
	// MostStates is how many states a pattern may have in a query that is submitted, and
	// one that is not constant: 2,000 are some milliseconds for a post.
	MostStates = 2_000

	// MostStatesOfQuery is how many all patterns of a query that is submitted may have.
	MostStatesOfQuery = 20_000

	// mostRegistered is how many one may have in a query that is registered: so many were
	// taken once, and what was is answered.
	mostRegistered = 20_000

	mostPattern = 8 << 10 // bytes
)

// mostSteps bounds the states of a pattern times the bytes of a text: what a match may
// have to look at. It is a second at worst.
const mostSteps = 100_000_000

// alwaysAfforded is how many states a pattern may have that is matched against texts of
// any length. As long as a made text may be ([MaxText]), mostSteps allows these.
const alwaysAfforded = mostSteps / MaxText

// statesOf returns about how many states a pattern has. It refuses those that would
// become large programs: a few characters can ask for millions of states, as
// (((a{100}){100}){10}) does.
func statesOf(pattern string, most int) (*syntax.Regexp, int, error) {
	if len(pattern) > mostPattern {
		return nil, 0, fmt.Errorf("%w: it has %d bytes, and %d are the most", errPatternSize, len(pattern), mostPattern)
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, 0, malformed(err)
	}
	n := states(re)
	if n > most {
		return nil, 0, fmt.Errorf("%w: it has %d states, and %d are the most", errPatternSize, n, most)
	}
	return re, n, nil
}

// PatternArgument is which argument of a function of the section Regular is the pattern.
const PatternArgument = 1

// States returns about how many states a pattern has; 0: it is malformed. More than a
// query may have that is submitted now are an error, a [*ConstantError], of what
// [Scalar.Prepare] takes.
func States(pattern string) (n int, err error) {
	if _, n, err = statesOf(pattern, MostStates); errors.Is(err, errPatternSize) {
		return 0, &ConstantError{PatternArgument, &advised{err, patternHint(pattern, err)}}
	}
	return n, nil
}

// affords returns an error where matching a text could take too long. It depends on
// nothing but the pattern and the text: whoever asks again gets the same.
func (e *expression) affords(text string) error {
	if e.states <= alwaysAfforded || len(text) <= mostSteps/e.states {
		return nil
	}
	return fmt.Errorf("the pattern has %d states, too many for a text of %d bytes: the product may be %d at most", e.states, len(text), mostSteps)
}

// states estimates how many instructions a pattern becomes.
func states(re *syntax.Regexp) int {
	const enough = 1 << 30
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += states(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, enough)
}

// longest returns how many bytes a match has at most; ok is false where there is no end.
func longest(re *syntax.Regexp) (n int, ok bool) {
	const enough = 1 << 30
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus:
		return 0, false
	case syntax.OpLiteral:
		return 4 * len(re.Rune), true
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 4, true
	case syntax.OpRepeat:
		if n, ok = longest(re.Sub[0]); re.Max < 0 {
			return 0, false
		}
		return min(n*re.Max, enough), ok
	default:
	}
	for _, sub := range re.Sub {
		m, ok := longest(sub)
		if !ok {
			return 0, false
		}
		if re.Op == syntax.OpAlternate {
			n = max(n, m)
		} else {
			n = min(n+m, enough)
		}
	}
	return n, true
}

// errPatternSize is of patterns that would take too much memory or time.
var errPatternSize = errors.New("the pattern is too large")
