package parser_test

import (
	"flag"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var soups = flag.Int("soups", 5_000, "texts that TestSoup tries")

// lexemes cuts a text roughly as the lexer does.
var lexemes = regexp.MustCompile(`'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|->>|!~\*|::|->|\|\||<>|<=|>=|!~|~\*|[^\s\w]`)

// TestSoup exchanges, repeats, leaves out and mixes the words of queries, which finds what
// changes of single bytes do not.
func TestSoup(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var texts [][]string
	var words []string
	for _, s := range seeds() {
		cut := lexemes.FindAllString(s, -1)
		texts = append(texts, cut)
		words = append(words, cut...)
	}
	read := 0
	for range *soups {
		text := slices.Clone(texts[r.IntN(len(texts))])
		for range 1 + r.IntN(4) {
			at := r.IntN(len(text) + 1)
			end := min(len(text), at+1+r.IntN(6))
			switch r.IntN(5) {
			case 0:
				text = slices.Insert(text, at, words[r.IntN(len(words))])
			case 1:
				text = slices.Delete(text, at, end)
			case 2:
				text = slices.Insert(text, at, slices.Clone(text[at:end])...)
			case 3:
				other := texts[r.IntN(len(texts))]
				from := r.IntN(len(other))
				text = slices.Insert(text, at, other[from:min(len(other), from+1+r.IntN(8))]...)
			default:
				if at < len(text) {
					text[at] = words[r.IntN(len(words))]
				}
			}
			if len(text) == 0 {
				break
			}
		}
		src := strings.Join(text, " ")
		checkText(t, src)
		if _, err := parseAny(src); err == nil {
			read++
		}
	}
	if read < *soups/50 {
		t.Errorf("only %d of %d texts are read", read, *soups)
	}
}
