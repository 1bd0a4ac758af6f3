package ast

import "strings"

// AnyHint tells how membership of x in an array column is written: what those
// are told who wrote 'go' IN hashtags or hashtags CONTAINS 'go'. Hashtags hold
// no #.
func AnyHint(x Expr, array string, not bool) string {
	needle := x.String()
	if s, ok := x.(*StringLit); ok && strings.Contains(array, "hashtag") {
		needle = Quote(strings.TrimLeft(s.Value, "#＃"))
	}
	hint := needle + " = ANY(" + array + ")"
	if not {
		hint = "NOT " + hint
	}
	return "membership in an array is written " + hint
}
