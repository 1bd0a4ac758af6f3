package function

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

// patternHint says what to write instead of a pattern that does not compile.
func patternHint(pattern string, err error) string {
	pattern = strings.TrimPrefix(pattern, "(?i)") // of ~*
	var cause *syntax.Error
	switch _, parseErr := syntax.Parse(pattern, syntax.Perl); {
	case errors.Is(err, errPatternSize):
		return "each character and class is a state, as often as it may be repeated: repeat fewer, or fewer times, or join shorter patterns by OR"
	case !errors.As(parseErr, &cause):
		return "it is RE2's syntax: https://github.com/google/re2/wiki/Syntax"
	case cause.Code == syntax.ErrInvalidRepeatSize:
		return "repeat at most 1000 times in all"
	case cause.Code == syntax.ErrInvalidPerlOp || cause.Code == syntax.ErrInvalidEscape:
		return "it is RE2's syntax, which has no looking ahead or behind and no back references: https://github.com/google/re2/wiki/Syntax"
	default:
		return "as plain text it is '" + regexp.QuoteMeta(pattern) + "', or found by CONTAINS"
	}
}
