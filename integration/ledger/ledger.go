package ledger

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// Ledger knows every line written into the folder: where it landed in the tweets
// topic, and under which plan position it was scanned.
//
// Lines that somebody else puts into the topic are made known by Add, too.
type Ledger struct {
	layout kafka.Layout

	mu    sync.Mutex
	posts []post
	await map[string][]int // line → the posts with it that have not landed yet, oldest first
	parts map[int32]*partition
	first int // every post before it has been scanned, or never will be
	wrong []string
}

// post is one line.
type post struct {
	line  []byte
	at    int64 // event time, microseconds
	timed bool
	dead  bool // becomes a dead letter of directory-monitor

	malformed bool // is no document

	state state
}

type state uint8

const (
	written state = iota
	landed
	scanned
)

// partition is one of the tweets topic.
type partition struct {
	records []record
	next    int             // the first record not scanned
	sealed  map[int64]sweep // by its from
	sweeps  []sweep         // of sealed, those that follow upon each other from 0 on
	to      int64           // where they end
}

// record is one record of the tweets topic.
type record struct {
	offset int64
	posts  []int
}

// sweep is what one transaction of a scan consumed of one partition.
type sweep struct{ from, to, plan int64 }

// New returns an empty ledger of topics of that layout.
func New(layout kafka.Layout) *Ledger {
	l := &Ledger{layout: layout, await: map[string][]int{}, parts: map[int32]*partition{}}
	for p := range l.layout.Partitions {
		l.parts[p] = &partition{sealed: map[int64]sweep{}}
	}
	return l
}

// maxLine is the longest line that directory-monitor takes.
const maxLine = 1 << 20

// newPost looks at a line as directory-monitor and scan will.
func newPost(line []byte) post {
	p := post{line: line, dead: bytes.IndexByte(line, 0) >= 0 || len(line) > maxLine}
	if doc, err := reference.Parse(line); err != nil {
		p.malformed = true
	} else if !p.dead {
		if v, _ := doc.Column("created_at"); !v.IsNull() {
			p.at, p.timed = v.Time().UnixMicro(), true
		}
	}
	return p
}

// enter enters lines that are about to be written.
func (l *Ledger) enter(posts []post) (from, to int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from = len(l.posts)
	for _, p := range posts {
		if p.dead {
			p.state = scanned
		} else {
			l.await[string(p.line)] = append(l.await[string(p.line)], len(l.posts))
		}
		l.posts = append(l.posts, p)
	}
	return from, len(l.posts)
}

// Add makes lines known that are about to be written, and numbers them.
func (l *Ledger) Add(lines ...[]byte) (from, to int) {
	posts := make([]post, len(lines))
	for i, line := range lines {
		posts[i] = newPost(line)
	}
	return l.enter(posts)
}

// Landed tells whether the lines of these numbers are in the topic.
func (l *Ledger) Landed(from, to int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.posts[from:to] {
		if p.state == written {
			return false
		}
	}
	return true
}

// Malformed returns the scanned documents that are none: scan has to refuse them.
func (l *Ledger) Malformed() [][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out [][]byte
	for i := range l.posts {
		if p := &l.posts[i]; p.malformed && !p.dead && p.state == scanned {
			out = append(out, p.line)
		}
	}
	return out
}

// Loose returns the sweeps that seals tell of and that follow upon no other: an
// overlap, or what comes after a gap.
func (l *Ledger) Loose() (loose int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, part := range l.parts {
		loose += len(part.sealed) - len(part.sweeps)
	}
	return loose
}

// Wrong returns what contradicts the promise, the first of it.
func (l *Ledger) Wrong() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.wrong)
}

// Ends returns how far the seals take every partition without a gap.
func (l *Ledger) Ends() map[int32]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	ends := map[int32]int64{}
	for p, part := range l.parts {
		ends[p] = part.to
	}
	return ends
}

// Land enters a record of the tweets topic.
func (l *Ledger) Land(r *kafka.Record) {
	if _, end := r.Header(wire.HeaderEndOfInput); end || r.Control {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	rec, at := record{offset: r.Offset}, 0
	for line := range bytes.SplitSeq(bytes.TrimSuffix(r.Value, []byte("\n")), []byte("\n")) {
		waiting := l.await[string(line)]
		if len(waiting) == 0 {
			l.complain("partition %d offset %d holds a line that was not written, or once more than it was (%s; %s): %.200q",
				r.Partition, r.Offset, origin(r, at), l.earlier(line), line)
		} else {
			l.await[string(line)] = waiting[1:]
			l.posts[waiting[0]].state = landed
			rec.posts = append(rec.posts, waiting[0])
		}
		at += len(line) + 1
	}
	part := l.parts[r.Partition]
	part.records = append(part.records, rec)
	l.advance(part)
}

// Seal enters what a seal says; every exchange partition has each of them.
func (l *Ledger) Seal(s *delta.Seal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, sp := range s.Parts {
		part := l.parts[sp.Partition]
		if sp.Gap {
			l.complain("a seal of slot %d declares the positions %d to %d of partition %d lost", s.Slot, sp.GapFrom, sp.From, sp.Partition)
		}
		if sp.To == sp.From {
			continue
		}
		now := sweep{sp.From, sp.To, s.Plan}
		if was, ok := part.sealed[sp.From]; ok && was != now {
			l.complain("partition %d was scanned from %d to %d under plan %d, and from there to %d under plan %d", sp.Partition, was.from, was.to, was.plan, now.to, now.plan)
		}
		part.sealed[sp.From] = now
		l.advance(part)
	}
}

// advance follows the seals from where they are known to be without gap.
func (l *Ledger) advance(part *partition) {
	for s, ok := part.sealed[part.to]; ok; s, ok = part.sealed[part.to] {
		if n := len(part.sweeps); n > 0 && part.sweeps[n-1].plan > s.plan {
			l.complain("the plan position went back from %d to %d", part.sweeps[n-1].plan, s.plan)
		}
		part.sweeps = append(part.sweeps, s)
		part.to = s.to
	}
	for ; part.next < len(part.records) && part.records[part.next].offset < part.to; part.next++ {
		for _, i := range part.records[part.next].posts {
			l.posts[i].state = scanned
		}
	}
	for l.first < len(l.posts) && l.posts[l.first].state == scanned {
		l.first++
	}
}

// origin says from where in which file a line of a record comes, which begins at the
// offset in the record's value.
func origin(r *kafka.Record, at int) string {
	var origins wire.Origins
	if header, ok := r.Header(wire.HeaderOrigin); !ok || origins.Unmarshal(header) != nil {
		return "of no file"
	}
	file, line, offset, _ := origins.Find(r.Value, at)
	return fmt.Sprintf("line %d of %s, byte %d", line, file, offset)
}

// earlier says where a line has landed.
func (l *Ledger) earlier(line []byte) string {
	for p, part := range l.parts {
		for _, rec := range part.records {
			for _, i := range rec.posts {
				if bytes.Equal(l.posts[i].line, line) {
					return fmt.Sprintf("it is at partition %d offset %d, too", p, rec.offset)
				}
			}
		}
	}
	return "it is nowhere else"
}

func (l *Ledger) complain(format string, args ...any) {
	if len(l.wrong) < 20 {
		l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
	}
}

// oldest returns the least event time of the posts that have not been scanned.
func (l *Ledger) oldest() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	least := int64(math.MaxInt64)
	for i := l.first; i < len(l.posts); i++ {
		if p := &l.posts[i]; p.timed && p.state != scanned {
			least = min(least, p.at)
		}
	}
	return least
}
