package sim

import (
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
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
	lines       map[[2]int64]int // partition, offset → lines of the record, what cannot be read too
	poison      map[string]bool  // partition, offset and line of what cannot be read
	ended       []int64          // per partition: the offset of the end of input

	seals   map[*transaction]*delta.Seal // of the scans' committed transactions
	ranges  [][]scannedRange             // per partition, in order of commit
	reached []int64                      // per partition
	stop    int                          // step after which nothing comes any more
}

type scannedRange struct {
	from, to, plan int64
	by             string
}

func newWorkload(w *world, c *catalog.Catalog, templates []*template, partitions int) *workload {
	return &workload{
		w: w, catalog: c, templates: templates, definitions: map[int64]*definition{}, current: map[string]int64{},
		posts: map[[2]int64][]post{}, lines: map[[2]int64]int{}, seals: map[*transaction]*delta.Seal{}, ranges: make([][]scannedRange, partitions), reached: make([]int64, partitions),
		stop: 200 + w.rng.IntN(w.opt.Steps), poison: map[string]bool{},
	}
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
	l.register(&definition{id: d.id, template: d.template, failed: reason, complete: complete, before: l.current[q.ID]})
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

// missed returns how many posts, good ones or not, were scanned before the position was in force.
func (l *workload) missed(position int64) int {
	n := 0
	for p, from := range l.active(position) {
		for _, r := range l.ranges[p] {
			for o := r.from; o < r.to; o++ {
				if from < 0 || o < from {
					n += l.lines[[2]int64{int64(p), o}]
				}
			}
		}
	}
	return n
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
