package costs

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"sort"
	"time"
	"weak"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// Ledger adds up what was timed. What was timed a while ago counts half as much, a
// while being halfLife batches that were. It is used by one goroutine at a time.
type Ledger struct {
	entries map[plan.ID]*entry
	batches float64 // that were timed so far, the date of entries
	timed   entry   // documents in those, and what they took

	generation int                        // of the program that was followed last
	followed   weak.Pointer[scan.Program] // that program, which it does not keep
	unseen     bool                       // there may be entries that no program was searched for
}

// entry is what was timed of one node. Sums are as of the date: they halve with
// time.
type entry struct {
	kind    scan.SampleKind
	stream  string
	nodes   int64
	samples int64 // rows, over all time
	count   int64 // samples, over all time
	date    float64

	nanos, rows, kept float64 // of rows that were timed
	allNanos, allRows float64 // the same, with what they stand for

	generation int     // of the program that it was last seen in
	part       float64 // of selections: the part of all documents that is kept
	observed   bool
}

const (
	halfLife = 256.0 // batches

	// wild is how many times what a row takes otherwise a sample may take: more is
	// what else the computer did meanwhile.
	wild, wildAfter = 4, 4

	// mostEntries bounds the memory.
	mostEntries = 1 << 15
)

// NewLedger returns a Ledger of nothing.
func NewLedger() *Ledger { return &Ledger{entries: map[plan.ID]*entry{}} }

func (e *entry) age(date float64) {
	if by := math.Exp2((e.date - date) / halfLife); by < 1 {
		e.nanos, e.rows, e.kept, e.allNanos, e.allRows = e.nanos*by, e.rows*by, e.kept*by, e.allNanos*by, e.allRows*by
	}
	e.date = date
}

// Add adds samples.
func (l *Ledger) Add(s *scan.Samples) {
	l.batches += float64(s.Batches)
	l.timed.age(l.batches)
	if s.Batches > 0 {
		l.addBatches(s)
	}
	for i := range s.All {
		l.add(&s.All[i])
	}
}

// addBatches adds what the batches took that were timed, all in all.
func (l *Ledger) addBatches(s *scan.Samples) {
	nanos := float64(s.Nanos)
	if l.timed.count++; l.timed.count > wildAfter && l.timed.rows > 0 {
		nanos = min(nanos, wild*l.timed.nanos/l.timed.rows*float64(s.Documents))
	}
	l.timed.nanos += nanos
	l.timed.rows += float64(s.Documents)
	l.timed.samples += s.Documents
}

func (l *Ledger) add(x *scan.Sample) {
	e := l.entries[x.ID]
	if e == nil {
		if len(l.entries) >= mostEntries {
			l.shed()
		}
		e = &entry{kind: x.Kind}
		l.entries[x.ID] = e
		l.unseen = true
	}
	e.age(l.batches)
	nanos, weight := float64(x.Nanos), float64(max(x.Weight, 1))
	if e.count >= wildAfter && e.rows > 0 {
		nanos = min(nanos, wild*e.nanos/e.rows*float64(max(x.Rows, 1)))
	}
	e.nodes = int64(x.Nodes)
	e.count++
	e.samples += x.Rows
	e.nanos += nanos
	e.rows += float64(x.Rows)
	e.kept += float64(x.Kept)
	e.allNanos += weight * nanos
	e.allRows += weight * float64(x.Rows)
}

// shed forgets the cheaper half.
func (l *Ledger) shed() {
	all := make([]float64, 0, len(l.entries))
	for _, e := range l.entries {
		e.age(l.batches)
		all = append(all, e.allNanos)
	}
	slices.Sort(all)
	middle := all[len(all)/2]
	for id, e := range l.entries {
		if e.allNanos <= middle {
			delete(l.entries, id)
		}
	}
}

// Follow says which nodes there are now: what is no node any more is forgotten. It
// returns what is known of selections of which nothing was timed, at most so many.
func (l *Ledger) Follow(p *scan.Program, most int) []wire.Cost {
	if now := weak.Make(p); now != l.followed || l.unseen {
		l.search(p)
		l.followed, l.unseen = now, false
	}
	var rare []kept
	p.Observe(func(stream string, id plan.ID, part float64) {
		if e := l.entries[id]; e != nil {
			e.part, e.observed = part, true
		} else if part > 0 {
			rare = append(rare, kept{stream, id, part})
			if len(rare) >= 4*most { // in between, not to keep all
				rare = foremost(rare, most)
			}
		}
	})
	var counted []wire.Cost
	for _, k := range foremost(rare, most) {
		counted = append(counted, wire.Cost{Node: k.id.String(), Kind: wire.CostSelection, Stream: k.stream, Rows: k.part, Kept: k.part})
	}
	return counted
}

// search finds the entries that the program has, and forgets the others.
func (l *Ledger) search(p *scan.Program) {
	l.generation++
	for _, s := range p.Streams {
		for _, kind := range []scan.SampleKind{scan.SampleCount, scan.SampleFlush} {
			l.see(s.Name, scan.SumID(kind, s.Name))
		}
	}
	p.Walk(l.see)
	for id, e := range l.entries {
		if e.generation != l.generation {
			delete(l.entries, id)
		}
	}
}

// kept is a selection that was not timed, and the part of all documents that it keeps.
type kept struct {
	stream string
	id     plan.ID
	part   float64
}

// foremost returns those that keep most.
func foremost(all []kept, most int) []kept {
	sort.Slice(all, func(i, j int) bool {
		return cmp.Or(cmp.Compare(all[j].part, all[i].part), bytes.Compare(all[i].id[:], all[j].id[:])) < 0
	})
	return all[:min(len(all), most)]
}

// see notes that a node is there.
func (l *Ledger) see(stream string, id plan.ID) {
	if e := l.entries[id]; e != nil {
		e.stream, e.generation = stream, l.generation
	}
}

// Report returns what is known: of the dearest nodes, at most so many, and sums.
func (l *Ledger) Report(slot int32, now time.Time, most int, counted []wire.Cost) []wire.Cost {
	type priced struct {
		id    plan.ID
		e     *entry
		nanos float64
	}
	var all []wire.Cost
	nodes := make([]priced, 0, len(l.entries))
	sums := map[sumKey]*wire.Cost{}
	for id, e := range l.entries {
		if e.stream == "" {
			continue // not seen in a program yet
		}
		e.age(l.batches)
		if e.kind == scan.SampleDecode || e.kind == scan.SampleCount || e.kind == scan.SampleFlush {
			all = append(all, l.cost(id, e))
			continue
		}
		nanos := 0.0
		if l.timed.rows > 0 {
			nanos = e.allNanos / l.timed.rows
		}
		nodes = append(nodes, priced{id, e, nanos})
		key := sumKey{e.stream, e.kind}
		s := sums[key]
		if s == nil {
			s = &wire.Cost{Node: scan.SumID(e.kind, e.stream).String(), Kind: wire.CostKind(e.kind.String()), Sum: true, Stream: e.stream, Rows: 1}
			sums[key] = s
		}
		s.Nanos += nanos
		s.Nodes++
		s.Samples += e.samples
	}
	sort.Slice(nodes, func(i, j int) bool {
		return cmp.Or(cmp.Compare(nodes[j].nanos, nodes[i].nanos), bytes.Compare(nodes[i].id[:], nodes[j].id[:])) < 0
	})
	nodes = nodes[:min(len(nodes), most)]
	for _, n := range nodes {
		all = append(all, l.cost(n.id, n.e))
	}
	all = append(all, counted[:min(len(counted), most-len(nodes))]...)
	streams := map[string]bool{}
	for _, s := range sums {
		all = append(all, *s)
		if !streams[s.Stream] && l.timed.rows > 0 {
			streams[s.Stream] = true
			all = append(all, wire.Cost{
				Node: scan.SumID(0, s.Stream).String(), Kind: wire.CostTotal, Sum: true, Stream: s.Stream,
				Nanos: l.timed.nanos / l.timed.rows, Rows: 1, Samples: l.timed.samples,
			})
		}
	}
	for i := range all {
		c := &all[i]
		c.Slot, c.Time = slot, now
		c.Nanos, c.Rows, c.Kept = digits(c.Nanos), digits(c.Rows), digits(c.Kept)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Node < all[j].Node })
	return all
}

type sumKey struct {
	stream string
	kind   scan.SampleKind
}

func (l *Ledger) cost(id plan.ID, e *entry) wire.Cost {
	c := wire.Cost{Node: id.String(), Kind: wire.CostKind(e.kind.String()), Stream: e.stream, Samples: e.samples, Nodes: e.nodes}
	if e.rows > 0 {
		c.Nanos = e.nanos / e.rows
	}
	switch {
	case e.kind == scan.SampleDecode:
		c.Rows = 1
	case e.kind == scan.SampleFlush:
		// Rows are documents, and what a node costs is wanted.
		c.Nanos, c.Rows, c.Nodes, c.Samples = 0, 0, 0, int64(e.kept)
		if e.kept > 0 {
			c.Nanos, c.Rows = e.nanos/e.kept, e.kept/e.rows
			c.Kept, c.Nodes = c.Rows, int64(math.Ceil(float64(e.samples)/float64(e.count)*c.Rows))
		}
	case l.timed.rows > 0:
		c.Rows = e.allRows / l.timed.rows
		if e.rows > 0 {
			// What is sampled weighs unevenly: rows by how many there were, and what
			// they took by the same rows.
			c.Nanos = e.allNanos / e.allRows
		}
	}
	if e.kind == scan.SampleSelection {
		if c.Kept = e.part; !e.observed && e.rows > 0 {
			c.Kept = c.Rows * e.kept / e.rows
		}
	}
	return c
}

// digits leaves four: no more are measured.
func digits(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(v))-3)
	if unit >= 1 {
		return math.Round(v/unit) * unit
	}
	return math.Round(v/unit) / math.Round(1/unit)
}
