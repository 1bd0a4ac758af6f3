package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"

	"github.com/millrace/millrace/integration/reference"
)

// word is what a keyword may be: nothing in it has to be quoted or escaped.
var word = regexp.MustCompile(`^[\p{L}]{3,12}$`)

// words returns the words and the hashtags of sample tweets, each once.
func words(sample [][]byte) (plain, tags []string) {
	seen := map[string]bool{}
	add := func(to *[]string, text string) {
		if word.MatchString(text) && !seen[text] {
			seen[text] = true
			*to = append(*to, text)
		}
	}
	for _, line := range sample {
		doc, err := reference.Parse(line)
		if err != nil {
			continue
		}
		text, _ := doc.Column("text")
		if text.IsNull() {
			continue
		}
		for _, w := range strings.Fields(text.Str()) {
			if tag, ok := strings.CutPrefix(w, "#"); ok {
				add(&tags, tag)
			} else {
				add(&plain, w)
			}
		}
	}
	return plain, tags
}

// thousandQueries makes the mixture of standing queries that performance is
// measured with, too: keywords, hashtags, languages with ranges, keywords in any
// case, two keywords, groups and windows. The words are those of sample tweets.
func thousandQueries(r *rand.Rand, sample [][]byte) ([]submission, error) {
	plain, tags := words(sample)
	if len(plain) < 100 || len(tags) < 5 {
		return nil, errors.New("the sample has too few words for a thousand queries")
	}
	r.Shuffle(len(plain), func(i, j int) { plain[i], plain[j] = plain[j], plain[i] })
	languages := []string{"en", "ja", "es", "pt", "ar", "th", "ko", "tr", "fr", "id", "de", "ru", "it", "nl"}
	all := make([]submission, 1000)
	for i := range all {
		w := plain[i%len(plain)]
		var sql string
		switch {
		case i < 400:
			sql = fmt.Sprintf("SELECT count(*) AS n FROM tweets WHERE text CONTAINS '%s'", w)
		case i < 600:
			sql = fmt.Sprintf("SELECT count(*) AS n FROM tweets WHERE '%s' = ANY(hashtags)", tags[i%len(tags)])
		case i < 800:
			sql = fmt.Sprintf("SELECT count(*) AS n, avg(user.followers_count) AS f FROM tweets WHERE lang = '%s' AND user.followers_count BETWEEN %d AND %d",
				languages[i%len(languages)], i*5, i*50)
		case i < 900:
			sql = fmt.Sprintf("SELECT count(*) AS n FROM tweets WHERE text ICONTAINS '%s'", w)
		case i < 950:
			sql = fmt.Sprintf("SELECT count(*) AS n FROM tweets WHERE text CONTAINS '%s' OR text CONTAINS '%s'", w, plain[(i*7)%len(plain)])
		case i < 990:
			sql = fmt.Sprintf("SELECT lang, count(*) AS n FROM tweets WHERE text CONTAINS '%s' GROUP BY lang", w)
		default:
			sql = fmt.Sprintf("SELECT window_start, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '2' SECOND) WHERE text CONTAINS '%s' GROUP BY window_start", w)
		}
		all[i] = submission{id: fmt.Sprintf("t%04d", i), sql: sql}
	}
	return all, nil
}
