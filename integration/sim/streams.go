package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
)

// feed is a topic of documents.
type feed struct {
	name  string // of the stream that is, or may be, over it
	topic string
	parts []*part

	spread int // of event times, milliseconds

	posts  map[[2]int64][]post // partition, offset → posts of the record
	lines  map[[2]int64]int    // partition, offset → lines of the record, what cannot be read too
	poison map[spot]bool       // what cannot be read
}

// spot is a line of a record.
type spot struct {
	partition int
	offset    int64
	line      int
}

func newFeed(name, topic string, parts []*part, spread int) *feed {
	return &feed{spread: spread, name: name, topic: topic, parts: parts, posts: map[[2]int64][]post{}, lines: map[[2]int64]int{}, poison: map[spot]bool{}}
}

// last returns when the newest record came.
func (f *feed) last() (at time.Time) {
	for _, p := range f.parts {
		if n := len(p.entries); n > 0 && p.entries[n-1].at.After(at) {
			at = p.entries[n-1].at
		}
	}
	return at
}

// incarnation is a stream over a feed from its declaration to its drop, with what was
// committed of it.
type incarnation struct {
	*feed
	position int64   // of its record in the registry; -1 of the one that there always is
	from     []int64 // per partition: where it begins; nil of the one that there always is
	group    *group
	ranges   [][]scannedRange // per partition, in order of commit
	reached  []int64          // per partition
}

type scannedRange struct {
	from, to, plan int64
	by             string
}

func newIncarnation(f *feed, position int64, g *group) *incarnation {
	return &incarnation{feed: f, position: position, group: g, ranges: make([][]scannedRange, len(f.parts)), reached: make([]int64, len(f.parts))}
}

func (in *incarnation) String() string {
	if in.position < 0 {
		return in.name
	}
	return fmt.Sprintf("%s@%d", in.name, in.position)
}

// letter is the key of the dead letter of a line that cannot be read.
func (in *incarnation) letter(at spot) string {
	return fmt.Sprintf("%s-%d/%d/%d", in, at.partition, at.offset, at.line)
}

// now returns the streams that there are.
func (l *workload) now() []*incarnation {
	if l.declaredNow == nil {
		return []*incarnation{l.tweets}
	}
	return []*incarnation{l.tweets, l.declaredNow}
}

// streamsOf returns the streams of some names that there are now, nil where one is not.
func (l *workload) streamsOf(names []string) (of []*incarnation) {
	for _, in := range l.now() {
		if slices.Contains(names, in.name) {
			of = append(of, in)
		}
	}
	if len(of) < len(names) {
		return nil
	}
	return of
}

// record appends a record to the registry.
func (l *workload) record(key string, d *definition) {
	topic := l.w.kafka.registry
	l.definitions[topic.end()] = d
	e := &entry{key: key, at: time.Now()}
	if !d.dropped {
		e.value = []byte{1}
	}
	topic.entries = append(topic.entries, e, &entry{control: true, at: time.Now()})
}

// sealed is what a scan's committed transaction covered.
type sealed struct {
	*delta.Seal
	in *incarnation
}

// scanned is called when a scan's transaction is decided: the ranges of a
// partition must follow each other.
func (l *workload) scanned(by string, t *transaction, in *incarnation, seal *delta.Seal) {
	l.seals[t] = sealed{seal, in}
	if seal.Plan < l.greatest[in.name] && in != l.tweets && in != l.declaredNow {
		l.w.count("seal of a stream that is gone, after one of the next")
	}
	l.greatest[in.name] = max(l.greatest[in.name], seal.Plan)
	for _, p := range seal.Parts {
		first := in.from == nil && len(in.ranges[p.Partition]) == 0 && p.From <= in.parts[p.Partition].start
		gap := p.Gap && p.GapFrom == in.reached[p.Partition]
		if gap {
			l.w.count("gap declared")
		}
		if p.From != in.reached[p.Partition] && !gap && !first {
			l.w.violated("%s has committed %s-%d from %d to %d after %d", by, in, p.Partition, p.From, p.To, in.reached[p.Partition])
		}
		in.reached[p.Partition] = p.To
		in.ranges[p.Partition] = append(in.ranges[p.Partition], scannedRange{p.From, p.To, seal.Plan, by})
	}
}

// active returns, per partition, the first position that counts for a query
// registered at the plan position, -1 for none yet.
func (in *incarnation) active(w *world, position int64) []int64 {
	out := make([]int64, len(in.ranges))
	for p, ranges := range in.ranges {
		out[p] = -1
		for _, r := range ranges {
			switch {
			case out[p] < 0 && r.plan >= position:
				out[p] = r.from
			case out[p] >= 0 && r.plan < position:
				w.violated("%s scanned %s-%d under plan position %d after %d was reached", r.by, in, p, r.plan, position)
			}
		}
	}
	return out
}

// seen returns the posts that count for a query registered at the position.
func (w *world) seen(of []*incarnation, position int64) []post {
	var out []post
	for _, in := range of {
		for p, from := range in.active(w, position) {
			for _, r := range in.ranges[p] {
				for o := r.from; from >= 0 && o < r.to; o++ {
					if o >= from {
						out = append(out, in.posts[[2]int64{int64(p), o}]...)
					}
				}
			}
		}
	}
	return out
}

// missed returns how many posts, good ones or not, were scanned before the position was in force.
func (w *world) missed(of []*incarnation, position int64) int {
	n := 0
	for _, in := range of {
		for p, from := range in.active(w, position) {
			for _, r := range in.ranges[p] {
				for o := r.from; o < r.to; o++ {
					if from < 0 || o < from {
						n += in.lines[[2]int64{int64(p), o}]
					}
				}
			}
		}
	}
	return n
}

// covered returns the posts that a transaction covered, of those from the active
// positions on.
func (s sealed) covered(active []int64) []post {
	var out []post
	for _, p := range s.Parts {
		for o := p.From; o < p.To; o++ {
			if from := active[p.Partition]; from >= 0 && o >= from {
				out = append(out, s.in.posts[[2]int64{int64(p.Partition), o}]...)
			}
		}
	}
	return out
}
