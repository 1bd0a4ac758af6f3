package sim

import (
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// definition is a record of the registry.
type definition struct {
	id       string
	epoch    int64
	template *template
	dropped  bool
	failed   string
	complete bool  // with failed: it has all its rows
	before   int64 // with failed: the position of the registration

	stream bool           // it is of the declared stream, not of a query
	of     []*incarnation // the streams that the query reads; the one that is declared
}

// workload makes posts and queries, and remembers what was committed.
type workload struct {
	w           *world
	catalog     *catalog.Catalog
	templates   []*template
	definitions map[int64]*definition // by offset in the registry
	current     map[string]int64      // query id → its record's offset, drops too
	epochs      int64
	made        int64
	ended       []int64 // per partition of tweets: the offset of the end of input

	declared     *catalog.Stream // what the second stream is, whenever it is there
	tweets       *incarnation
	logs         *feed // nil: there is none
	declaredNow  *incarnation
	incarnations []*incarnation

	seals    map[*transaction]sealed // of the scans' committed transactions
	greatest map[string]int64        // per stream's name: plan position of a seal
	stop     int                     // step after which nothing comes any more
}

func newWorkload(w *world, c *catalog.Catalog, declared *catalog.Stream, templates []*template) *workload {
	l := &workload{
		w: w, catalog: c, declared: declared, templates: templates, definitions: map[int64]*definition{}, current: map[string]int64{},
		seals: map[*transaction]sealed{}, greatest: map[string]int64{}, stop: 200 + w.rng.IntN(w.opt.Steps),
	}
	l.tweets = newIncarnation(newFeed("tweets", topicTweets, w.kafka.tweets, 9000), -1, w.kafka.scans[0])
	l.incarnations = []*incarnation{l.tweets}
	if len(w.kafka.logs) > 0 {
		l.logs = newFeed("logs", topicLogs, w.kafka.logs, 30000) // what is late for one stream is in time for the next of its name
	}
	return l
}

// giveUp and spurious are choices that calls under way leave to the schedule.
func (l *workload) giveUp(n int) bool { return l.w.chance(n) }

func (l *workload) spurious() bool { return !l.w.calm && l.w.chance(40) }

// step makes a post or submits a query.
func (l *workload) step() bool {
	if l.w.step > l.stop {
		l.finish()
		return false
	}
	switch {
	case l.logs != nil && l.w.chance(15):
		l.declare()
	case l.w.chance(12):
		l.submit()
	default:
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

// submit registers, replaces or drops a query.
func (l *workload) submit() {
	id := []string{"a", "b", "c", "d"}[l.w.rng.IntN(4)]
	d := &definition{id: id, template: l.templates[l.w.rng.IntN(len(l.templates))]}
	if d.of = l.streamsOf(d.template.streams); d.of == nil {
		return // rejected
	}
	if at, ok := l.current[id]; ok && !l.definitions[at].dropped && l.w.chance(3) {
		d.dropped = true
	}
	l.register(d)
}

func (l *workload) register(d *definition) {
	l.epochs++
	d.epoch = l.epochs
	at := l.w.kafka.registry.end()
	l.current[d.id] = at
	what := "DROP"
	if !d.dropped {
		what = d.template.String()
	}
	l.w.note("registry %d: %s epoch %d: %s", at, d.id, d.epoch, what)
	l.record(d.id, d)
}

// end registers a query as failed or complete, if it still is the one that is meant.
func (l *workload) end(q *merge.Query, reason string, complete bool) {
	d := l.definitions[l.current[q.ID]]
	if d == nil || d.epoch != q.Epoch || d.failed != "" {
		return
	}
	if complete {
		l.w.count("query completed")
	} else {
		l.w.count("query failed at its limit")
	}
	l.register(&definition{id: d.id, template: d.template, of: d.of, failed: reason, complete: complete, before: l.current[q.ID]})
}
