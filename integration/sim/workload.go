package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// post is what the oracle knows of a document.
type post struct {
	id       int64
	lang     string
	retweets int64
	at       int64 // event time, milliseconds since 1970
}

// languages are many, so that what was lost is not soon written over.
var languages = []string{
	"en", "de", "ja", "fr", "es", "pt", "tr", "ar", "ko", "th", "id", "it",
	"nl", "pl", "ru", "sv", "fi", "da", "el", "he", "hi", "hu", "ro", "uk",
}

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
	// window is the size of tumbling windows over counts per language, of which
	// final shows those that are closed.
	window time.Duration
	final  bool
	top    int // with window: only so many of each are shown, as a list
	limits merge.Limits
	groups int // of a query that fails with more of them on one merge partition
}

// String is the SQL on one line, and how long results are kept.
func (t *template) String() string {
	s := strings.Join(strings.Fields(t.sql), " ")
	if t.limits.Retention > 0 {
		s += fmt.Sprint(", kept for ", t.limits.Retention)
	}
	return s
}

// definition is a record of the registry.
type definition struct {
	id       string
	epoch    int64
	template *template
	dropped  bool
	failed   string
	before   int64 // of a failure: the position of the registration
}

// workload makes posts and queries, and remembers what was committed.
type workload struct {
	w           *world
	catalog     *catalog.Catalog
	templates   []*template
	definitions map[int64]*definition // by offset in the registry
	current     map[string]int64      // query id → its record's offset, drops too
	epochs      int64
	posts       map[[2]int64][]post // partition, offset → posts of the record
	made        int64
	poison      map[string]bool // partition, offset and line of what cannot be read
	ended       []int64         // per partition: the offset of the end of input

	seals   map[*transaction]*delta.Seal // of the scans' committed transactions
	ranges  [][]scannedRange             // per partition, in order of commit
	reached []int64                      // per partition
	stop    int                          // step after which nothing comes any more
}

type scannedRange struct {
	from, to, plan int64
	by             string
}

// newTemplates compiles the queries once for many schedules.
func newTemplates(c *catalog.Catalog) ([]*template, error) {
	all := func(post) bool { return true }
	counts := func(posts []post) map[string]int64 {
		n := map[string]int64{}
		for _, p := range posts {
			n[p.lang]++
		}
		return n
	}
	out := []*template{
		{
			sql:     `SELECT lang, count(*) AS n FROM tweets WHERE retweet_count > 3 GROUP BY lang`,
			matches: func(p post) bool { return p.retweets > 3 },
			rows: func(posts []post) map[string]string {
				rows := map[string]string{}
				for lang, n := range counts(posts) {
					rows[fmt.Sprintf("[%q]", lang)] = fmt.Sprintf(`{"lang":%q,"n":%d}`, lang, n)
				}
				return rows
			},
		},
		{
			sql:     `SELECT lang, count(*) AS n FROM tweets GROUP BY lang HAVING count(*) < 5`,
			matches: all,
			rows: func(posts []post) map[string]string {
				rows := map[string]string{}
				for lang, n := range counts(posts) {
					if n < 5 {
						rows[fmt.Sprintf("[%q]", lang)] = fmt.Sprintf(`{"lang":%q,"n":%d}`, lang, n)
					}
				}
				return rows
			},
		},
		{
			sql:     `SELECT count(*) AS n, sum(retweet_count) AS s FROM tweets WHERE lang = 'en'`,
			matches: func(p post) bool { return p.lang == "en" },
			rows: func(posts []post) map[string]string {
				n, s := 0, "null"
				sum := int64(0)
				for _, p := range posts {
					n, sum = n+1, sum+p.retweets
					s = fmt.Sprint(sum)
				}
				return map[string]string{"[]": fmt.Sprintf(`{"n":%d,"s":%s}`, n, s)}
			},
		},
		{
			sql:     `SELECT id, lang FROM tweets WHERE retweet_count > 6`,
			matches: func(p post) bool { return p.retweets > 6 },
			log:     func(p post) string { return fmt.Sprintf(`{"id":%d,"lang":%q}`, p.id, p.lang) },
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
		sql:     `SELECT lang, count(*) AS n FROM tweets WHERE retweet_count < 9 GROUP BY lang`,
		matches: func(p post) bool { return p.retweets < 9 },
		rows: func(posts []post) map[string]string {
			rows := map[string]string{}
			for lang, n := range counts(posts) {
				rows[fmt.Sprintf("[%q]", lang)] = fmt.Sprintf(`{"lang":%q,"n":%d}`, lang, n)
			}
			return rows
		},
		groups: 7,
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

func newWorkload(w *world, c *catalog.Catalog, templates []*template, partitions int) *workload {
	return &workload{
		w: w, catalog: c, templates: templates, definitions: map[int64]*definition{}, current: map[string]int64{},
		posts: map[[2]int64][]post{}, seals: map[*transaction]*delta.Seal{}, ranges: make([][]scannedRange, partitions), reached: make([]int64, partitions),
		stop: 200 + w.rng.IntN(w.opt.Steps), poison: map[string]bool{},
	}
}

// giveUp and spurious are choices that calls under way leave to the schedule.
func (l *workload) giveUp() bool { return l.w.chance(4) }

func (l *workload) spurious() bool { return !l.w.calm && l.w.chance(40) }

// step makes a post or submits a query.
func (l *workload) step() bool {
	if l.w.step > l.stop {
		l.finish()
		return false
	}
	if l.w.chance(12) {
		l.submit()
	} else {
		l.post()
	}
	return true
}

// finish ends the input, if it ends.
func (l *workload) finish() {
	if !l.w.opt.Bounded || l.ended != nil {
		return
	}
	for _, part := range l.w.kafka.tweets {
		l.ended = append(l.ended, part.end())
		part.entries = append(part.entries, &entry{value: []byte{}, end: true, at: time.Now()})
	}
	l.w.note("END of input")
	l.w.count("end of input")
}

// post appends a record of one to three posts.
func (l *workload) post() {
	p := l.w.rng.IntN(len(l.ranges))
	part := l.w.kafka.tweets[p]
	var posts []post
	var text strings.Builder
	for line := range 1 + l.w.rng.IntN(3) {
		if l.w.chance(30) {
			l.poison[fmt.Sprintf("tweets-%d/%d/%d", p, part.end(), line+1)] = true
			text.WriteString("{\"id\": poison\n")
			continue
		}
		l.made++
		n := 1 + l.w.rng.IntN(len(languages))
		it := post{l.made, languages[l.w.rng.IntN(n)], int64(l.w.rng.IntN(10)), time.Now().UnixMilli() - int64(l.w.rng.IntN(9000))}
		posts = append(posts, it)
		fmt.Fprintf(&text, `{"id":%d,"lang":%q,"retweet_count":%d,"created_at":%d}`+"\n", it.id, it.lang, it.retweets, it.at)
	}
	l.posts[[2]int64{int64(p), part.end()}] = posts
	part.entries = append(part.entries, &entry{value: []byte(text.String()), lines: true, at: time.Now()})
	if l.w.chance(2) { // the end of its transaction
		part.entries = append(part.entries, &entry{control: true, at: time.Now()})
	}
}

// submit registers, replaces or drops a query.
func (l *workload) submit() {
	id := []string{"a", "b", "c", "d"}[l.w.rng.IntN(4)]
	d := &definition{id: id, template: l.templates[l.w.rng.IntN(len(l.templates))]}
	if at, ok := l.current[id]; ok && !l.definitions[at].dropped && l.w.chance(3) {
		d.dropped = true
	}
	l.register(d)
}

func (l *workload) register(d *definition) {
	l.epochs++
	d.epoch = l.epochs
	topic := l.w.kafka.registry
	l.definitions[topic.end()] = d
	l.current[d.id] = topic.end()
	what := "DROP"
	if !d.dropped {
		what = d.template.String()
	}
	l.w.note("registry %d: %s epoch %d: %s", topic.end(), d.id, d.epoch, what)
	e := &entry{key: d.id, at: time.Now()}
	if !d.dropped {
		e.value = []byte(d.template.sql)
	}
	topic.entries = append(topic.entries, e, &entry{control: true, at: time.Now()})
}

// fail registers a query as failed, if it still is the one that is meant.
func (l *workload) fail(q *merge.Query, reason string) {
	d := l.definitions[l.current[q.ID]]
	if d != nil && d.epoch == q.Epoch && d.failed == "" {
		l.w.count("query failed at its limit")
		l.register(&definition{id: d.id, template: d.template, failed: reason, before: l.current[q.ID]})
	}
}

// scanned is called when a scan's transaction is decided: the ranges of a
// partition must follow each other.
func (l *workload) scanned(by string, t *transaction, seal *delta.Seal) {
	l.seals[t] = seal
	for _, p := range seal.Parts {
		first := len(l.ranges[p.Partition]) == 0 && p.From <= l.w.kafka.tweets[p.Partition].start
		gap := p.Gap && p.GapFrom == l.reached[p.Partition]
		if gap {
			l.w.count("gap declared")
		}
		if p.From != l.reached[p.Partition] && !gap && !first {
			l.w.violated("%s has committed tweets-%d from %d to %d after %d", by, p.Partition, p.From, p.To, l.reached[p.Partition])
		}
		l.reached[p.Partition] = p.To
		l.ranges[p.Partition] = append(l.ranges[p.Partition], scannedRange{p.From, p.To, seal.Plan, by})
	}
}

// active returns, per partition, the first position that counts for a query
// registered at the plan position, -1 for none yet.
func (l *workload) active(position int64) []int64 {
	out := make([]int64, len(l.ranges))
	for p, ranges := range l.ranges {
		out[p] = -1
		for _, r := range ranges {
			switch {
			case out[p] < 0 && r.plan >= position:
				out[p] = r.from
			case out[p] >= 0 && r.plan < position:
				l.w.violated("%s scanned tweets-%d under plan position %d after %d was reached", r.by, p, r.plan, position)
			}
		}
	}
	return out
}

// seen returns the posts that count for a query registered at the position.
func (l *workload) seen(position int64) []post {
	var out []post
	for p, from := range l.active(position) {
		for _, r := range l.ranges[p] {
			for o := r.from; from >= 0 && o < r.to; o++ {
				if o >= from {
					out = append(out, l.posts[[2]int64{int64(p), o}]...)
				}
			}
		}
	}
	return out
}

// covered returns the posts that a transaction covered, of those from the active
// positions on.
func (l *workload) covered(seal *delta.Seal, active []int64) []post {
	var out []post
	for _, p := range seal.Parts {
		for o := p.From; o < p.To; o++ {
			if from := active[p.Partition]; from >= 0 && o >= from {
				out = append(out, l.posts[[2]int64{int64(p.Partition), o}]...)
			}
		}
	}
	return out
}
