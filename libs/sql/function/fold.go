package function

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// FoldRune returns the least rune of r's Unicode simple case folding orbit
// (classes C and S): two runes are equal but for case if and only if they fold
// to the same. Upper case comes first: a folds to A.
func FoldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}

// Fold folds every rune of s. Where nothing changes it returns s itself.
func Fold(s string) string {
	for i, r := range s {
		if FoldRune(r) == r {
			continue
		}
		var b strings.Builder
		b.Grow(len(s))
		b.WriteString(s[:i])
		for _, r := range s[i:] {
			b.WriteRune(FoldRune(r))
		}
		return b.String()
	}
	return s
}

// Caseless reports whether no rune of s has another case, so that matching
// under folding and exact matching are the same.
func Caseless(s string) bool {
	for _, r := range s {
		if unicode.SimpleFold(r) != r {
			return false
		}
	}
	return true
}
