package random

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// Standing returns a query such as people leave standing: counts per keyword,
// language, hashtag and range of followers, some grouped, windowed or ranked,
// some that return rows. Unlike [Generator.Query] it is plain and mostly
// selective, so that thousands can run over many documents.
func (g *Generator) Standing() string {
	where := g.interest()
	if chance(g.r, 3) {
		where += " AND " + g.narrower()
	}
	switch g.r.IntN(20) {
	case 0, 1, 2:
		return "SELECT lang, count(*) AS n, avg(user.followers_count) AS followers FROM tweets WHERE " + where + " GROUP BY lang"
	case 3:
		return "SELECT user.location, count(*) AS n, max(retweet_count) AS most FROM tweets WHERE " + where + " GROUP BY user.location HAVING count(*) > 1"
	case 4, 5:
		return "SELECT window_start, count(*) AS n, sum(retweet_count) AS retweets FROM TUMBLE(tweets, created_at, INTERVAL '1' HOUR) WHERE " +
			where + " GROUP BY window_start, window_end" + pick(g.r, []string{"", " EMIT FINAL"})
	case 6:
		return "SELECT lang, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '1' DAY) WHERE " + where + " GROUP BY window_start, lang HAVING count(*) > 2 EMIT FINAL"
	case 7:
		return "SELECT user.screen_name, count(*) AS n FROM tweets WHERE " + where + " GROUP BY user.screen_name ORDER BY n DESC LIMIT 10"
	case 8:
		return "SELECT id, user.screen_name, retweet_count FROM tweets WHERE " + where + " ORDER BY retweet_count DESC, id LIMIT 10"
	case 9, 10:
		return "SELECT id, user.screen_name, text FROM tweets WHERE " + g.narrow()
	default:
		return "SELECT count(*) AS n FROM tweets WHERE " + where
	}
}

// interest is what a query is about.
func (g *Generator) interest() string {
	switch g.r.IntN(10) {
	case 0, 1, 2, 3:
		return "text CONTAINS " + quote(g.keyword())
	case 4:
		return "text ILIKE " + quote("%"+escapeLike(g.keyword())+"%")
	case 5:
		return fmt.Sprintf("(text CONTAINS %s OR text CONTAINS %s)", quote(g.keyword()), quote(g.keyword()))
	default:
		return g.narrow()
	}
}

// narrow is what few documents satisfy.
func (g *Generator) narrow() string {
	if chance(g.r, 2) {
		return quote(g.element(g.named("hashtags"))) + " = ANY(hashtags)"
	}
	return "text CONTAINS " + quote(g.keyword()) + " AND " + g.narrower()
}

// narrower is a language or a range.
func (g *Generator) narrower() string {
	switch g.r.IntN(4) {
	case 0:
		low := g.number("user.followers_count")
		return fmt.Sprintf("user.followers_count BETWEEN %d AND %d", low, 2*low+10)
	case 1:
		return fmt.Sprintf("retweet_count > %d", g.number("retweet_count"))
	default:
		return "lang" + pick(g.r, []string{" = ", " <> "}) + g.literal(g.named("lang"))
	}
}

func (g *Generator) named(name string) *column {
	for i := range g.all {
		if g.all[i].name == name {
			return &g.all[i]
		}
	}
	panic("no column " + name)
}

func (g *Generator) number(name string) int64 {
	if v, ok := g.value(g.named(name)); ok && v.Type().Kind == record.BigInt && v.Int() >= 0 && v.Int() < 1<<40 {
		return v.Int()
	}
	return 100
}

// keyword is a word of a sampled text, or a part of one where words are not set
// apart.
func (g *Generator) keyword() string {
	v, ok := g.value(g.named("text"))
	if !ok {
		return pick(g.r, words[:])
	}
	fields := strings.Fields(v.Str())
	if len(fields) == 0 {
		return pick(g.r, words[:])
	}
	word := []rune(pick(g.r, fields))
	if len(word) > 12 {
		from := g.r.IntN(len(word) - 6)
		word = word[from : from+6]
	}
	return string(word)
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
