// Package spelling finds the word that was meant by a misspelt one.
package spelling

import "strings"

// Nearest returns the candidate closest to word by edit distance (insertions,
// deletions, substitutions and swaps of neighbours, case apart), if one is close
// enough to be what was meant: at most a third of word's length away, and at
// least one edit where word has two letters or more. Of equally close ones the first wins.
func Nearest(word string, candidates []string) (string, bool) {
	w := []rune(strings.ToLower(word))
	best, found := "", false
	limit := len(w) / 3
	if limit == 0 && len(w) > 1 {
		limit = 1
	}
	limit = min(limit, 4)
	for _, c := range candidates {
		r := []rune(strings.ToLower(c))
		if len(r)-len(w) > limit || len(w)-len(r) > limit {
			continue
		}
		if d := distance(w, r); d < len(w) && d <= limit {
			best, found = c, true
			limit = d - 1
		}
	}
	return best, found
}

// distance is the optimal string alignment distance.
func distance(a, b []rune) int {
	older, old, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, old, row = old, row, older
	}
	return old[len(b)]
}
