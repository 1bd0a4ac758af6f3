package function

// nearest returns the candidate closest to word by edit distance, if at most a
// third of word's letters differ (at least one edit is allowed).
func nearest(word string, candidates []string) (string, bool) {
	best, limit := "", max(1, len(word)/3)
	for _, c := range candidates {
		if d := editDistance([]rune(word), []rune(c)); d <= limit && d < len(word) {
			best, limit = c, d-1
		}
	}
	return best, best != ""
}

// editDistance is Levenshtein's: insertions, deletions and substitutions.
func editDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
