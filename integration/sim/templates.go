package sim

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// template is a query that the workload submits, under several ids.
type template struct {
	sql   string
	root  *plan.Output
	query *merge.Query

	matches func(post) bool
	// rows are the expected rows by key; list those of an ordered list; log
	// those of a row log.
	rows func([]post) map[string]string
	list func([]post) []string
	log  func(post) string
	// errors is how many errors rows over the posts have; nil: none.
	errors    func([]post) int64
	retweeted bool // it reads how often posts were retweeted
	// window is the size of tumbling windows over counts per language, of which
	// final shows those that are closed.
	window time.Duration
	final  bool
	top    int // with window: only so many of each are shown, as a list
	limits merge.Limits
	first  int // of a log: so many rows are all that it wants
	skip   int // rows before those
	groups int // of a query that fails with more of them on one merge partition

	streams []string // that it reads
}

// String is the SQL on one line, and how long results are kept.
func (t *template) String() string {
	s := strings.Join(strings.Fields(t.sql), " ")
	if t.limits.Retention > 0 {
		s += fmt.Sprint(", kept for ", t.limits.Retention)
	}
	return s
}

// newTemplates compiles the queries once for many schedules: those over each stream, and
// over both.
func newTemplates(c *catalog.Catalog) ([]*template, error) {
	out := templatesOver("tweets")
	for _, t := range templatesOver("logs") {
		t.sql = strings.ReplaceAll(t.sql, "tweets", "logs")
		out = append(out, t)
	}
	out = append(out, &template{
		sql:     `SELECT lang, count(*) AS n FROM (SELECT lang FROM tweets UNION ALL SELECT lang FROM logs) AS u GROUP BY lang`,
		matches: all,
		rows:    perLang(math.MaxInt64),
		streams: []string{"tweets", "logs"},
	})
	for _, t := range out {
		root, err := sql.Compile(t.sql, c)
		if err != nil {
			return nil, err
		}
		t.root = root
		if t.query, err = build.Query(root); err != nil {
			return nil, err
		}
		t.limits.MaxGroups = int64(t.groups)
		t.query.Limits = t.limits
	}
	return out, nil
}

func all(post) bool { return true }

// counts are the posts per language.
func counts(posts []post) map[string]int64 {
	n := map[string]int64{}
	for _, p := range posts {
		n[p.lang]++
	}
	return n
}

// perLang returns the rows of counts per language that are below a number.
func perLang(below int64) func([]post) map[string]string {
	return func(posts []post) map[string]string {
		rows := map[string]string{}
		for lang, n := range counts(posts) {
			if n < below {
				rows[fmt.Sprintf("[%q]", lang)] = fmt.Sprintf(`{"lang":%q,"n":%d}`, lang, n)
			}
		}
		return rows
	}
}

// templatesOver returns the queries over a stream; their SQL names tweets.
func templatesOver(stream string) []*template {
	out := []*template{
		{
			sql:       `SELECT lang, count(*) AS n FROM tweets WHERE retweet_count > 3 GROUP BY lang`,
			retweeted: true,
			matches:   func(p post) bool { return p.retweets > 3 && !p.odd },
			rows:      perLang(math.MaxInt64),
		},
		{
			sql:     `SELECT lang, count(*) AS n FROM tweets GROUP BY lang HAVING count(*) < 5`,
			matches: all,
			rows:    perLang(5),
		},
		{
			sql:       `SELECT count(*) AS n, sum(retweet_count) AS s FROM tweets WHERE lang = 'en'`,
			retweeted: true,
			matches:   func(p post) bool { return p.lang == "en" },
			rows: func(posts []post) map[string]string {
				s := "null"
				if sum, ok := total(posts); ok {
					s = fmt.Sprint(sum)
				}
				return map[string]string{"[]": fmt.Sprintf(`{"n":%d,"s":%s}`, len(posts), s)}
			},
			errors: func(posts []post) int64 {
				if _, ok := total(posts); ok || !slices.ContainsFunc(posts, func(p post) bool { return !p.odd }) {
					return 0
				}
				return 1
			},
		},
		{
			sql:       `SELECT id, lang FROM tweets WHERE retweet_count > 6`,
			retweeted: true,
			matches:   func(p post) bool { return p.retweets > 6 && !p.odd },
			log:       func(p post) string { return fmt.Sprintf(`{"id":%d,"lang":%q}`, p.id, p.lang) },
		},
		{
			sql:       `SELECT id, lang FROM tweets WHERE retweet_count > 6 LIMIT 5 OFFSET 2`,
			retweeted: true,
			matches:   func(p post) bool { return p.retweets > 6 && !p.odd },
			log:       func(p post) string { return fmt.Sprintf(`{"id":%d,"lang":%q}`, p.id, p.lang) },
			first:     5,
			skip:      2,
		},
		{
			sql:     `SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY n DESC, lang LIMIT 2`,
			matches: all,
			list: func(posts []post) []string {
				n := counts(posts)
				langs := slices.Sorted(maps.Keys(n))
				slices.SortStableFunc(langs, func(a, b string) int { return int(n[b] - n[a]) })
				var rows []string
				for _, lang := range langs[:min(2, len(langs))] {
					rows = append(rows, fmt.Sprintf(`{"lang":%q,"n":%d}`, lang, n[lang]))
				}
				return rows
			},
		},
	}
	out = append(out, &template{
		sql:       `SELECT lang, count(*) AS n FROM tweets WHERE retweet_count < 9 GROUP BY lang`,
		retweeted: true,
		matches:   func(p post) bool { return p.retweets < 9 && !p.odd },
		rows:      perLang(math.MaxInt64),
		groups:    7,
	})
	const windowed = `SELECT window_start, lang, count(*) AS n FROM TABLE(TUMBLE(TABLE tweets, DESCRIPTOR(created_at), INTERVAL '4' SECOND))
		GROUP BY window_start, lang `
	for _, w := range []struct {
		more string
		keep time.Duration
		top  int
	}{
		{"EMIT CHANGES", 0, 0},
		{"EMIT FINAL", 0, 0},
		{"EMIT CHANGES", 8 * time.Second, 0},
		{"EMIT FINAL", 10 * time.Minute, 0},
		{"ORDER BY n DESC, lang LIMIT 2", 0, 2},
	} {
		t := &template{sql: windowed + w.more, matches: all, window: 4 * time.Second, final: w.more == "EMIT FINAL", top: w.top}
		t.limits.Retention = w.keep
		out = append(out, t)
	}
	for _, t := range out {
		t.streams = []string{stream}
	}
	return out
}
