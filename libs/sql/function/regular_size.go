package function

import (
	"fmt"
	"regexp/syntax"
)

// mostSteps bounds the states of a pattern times the bytes of a text: what a match may
// have to look at. It is some tenths of a second.
const mostSteps = 100_000_000

// alwaysAfforded is how many states a pattern may have that is matched against texts of
// any length. As long as a made text may be ([MaxText]), mostSteps allows these.
const alwaysAfforded = mostSteps / MaxText

// statesOf returns about how many states a pattern has. It refuses those that would
// become large programs: a few characters can ask for millions of states, as
// (((a{100}){100}){10}) does.
func statesOf(pattern string) (int, error) {
	const mostBytes, mostStates = 8 << 10, 20_000
	if len(pattern) > mostBytes {
		return 0, errPatternSize
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, malformed(err)
	}
	n := states(re)
	if n > mostStates {
		return 0, errPatternSize
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
