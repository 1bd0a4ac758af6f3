package function

import "regexp/syntax"

// checkSize refuses patterns that would become large programs: a few characters
// can ask for millions of states, as (((a{100}){100}){10}) does.
func checkSize(pattern string) error {
	const mostBytes, mostStates = 8 << 10, 20_000
	if len(pattern) > mostBytes {
		return errPatternSize
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return malformed(err)
	}
	if states(re) > mostStates {
		return errPatternSize
	}
	return nil
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
