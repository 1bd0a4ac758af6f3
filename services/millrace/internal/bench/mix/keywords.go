package mix

import (
	"fmt"
	"strings"
)

// keywords counts the posts that contain a term, each query another: ten that
// stand for all kinds of frequency, then the words of the vocabulary by rank.
func keywords() Mix {
	v := newVocabulary()
	first := []string{"happy", "sad", "and", "the", "I", "One Direction", "1D", "Trump", "Hillary", "Sanders"}
	return Mix{
		Name: "keywords",
		Doc:  "count(*) where text CONTAINS a term, each another",
		query: func(_ *source, i int) string {
			term := ""
			if i < len(first) {
				term = first[i]
			} else {
				term = v.word(i - len(first))
			}
			return "SELECT count(*) FROM tweets WHERE " + contains(term)
		},
	}
}

// contains is the condition that a text contains a term.
func contains(term string) string { return "text CONTAINS " + quote(term) }

// quote writes a text literal.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// followers is a range of followers whose bounds are between 10 and 10 million and
// at most half as far apart as from zero.
func followers(s *source) string {
	low := 10 + s.Below(90)
	for range s.Below(6) {
		low *= 10
	}
	return fmt.Sprintf("user.followers_count BETWEEN %d AND %d", low, low+low*(5+s.Below(46))/100)
}
