package reference

import (
	"strings"
	"unicode"
)

// fold maps every character to the least one of its class under Unicode simple
// case folding (C + S), so that texts equal up to case become equal: K, k and
// the Kelvin sign, s, S and the long s. Nothing changes length in characters:
// ß stays apart from ss, as simple folding has it.
func fold(s string) string {
	return strings.Map(foldRune, s)
}

func foldRune(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A' // ASCII capitals are the least of their class
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
