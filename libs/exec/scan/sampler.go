package scan

import (
	"math/rand/v2"
	"time"

	"github.com/millrace/millrace/libs/sql/plan"
)

// A Sampler times one batch in so many, so that about a hundredth of the time goes
// into that at most, and never more than one in leastEvery. In a batch that is timed
// the clock is read between groups of work; of selections, some that come in turn
// are timed each by itself. It is used by one goroutine at a time.
type Sampler struct {
	now   func() int64 // nanoseconds
	stamp float64      // nanoseconds that one reading takes
	rand  *rand.Rand
	out   *Samples

	left    int64 // documents until the next batch that is timed
	decode  int   // documents until the next record whose decoding is timed
	flushed int64 // documents since the last flush
	stride  int   // one in so many selections and nested indexes is timed
	seen    int   // selections so far in the batch
	touched int   // predicates that were TRUE so far in it
	skip    int   // selections until the next one that is timed

	last  int64 // the last reading
	atoms int64 // nanoseconds in predicates that have samples of their own
}

const (
	// most is the part of the time that may go into timing, as end reckons it.
	most = 0.005

	// perSample is about what it takes to keep a sample, in nanoseconds, perNode what it
	// takes to look at a predicate that is TRUE, or at a selection, once more than
	// without timing, and slow how many times longer a reading takes between other work
	// than one after the other.
	perSample, perNode, slow = 100, 20, 2

	firstAfter  = 1024 // documents, about
	leastEvery  = 16   // batches
	mostEvery   = 4096
	everyDecode = 1024 // documents, about
	leastEach   = 64   // selections
	mostEach    = 512  // selections
	mostSamples = 1 << 16
)

// NewSampler returns a Sampler. Now tells nanoseconds since some moment; nil: the
// computer's clock does.
func NewSampler(now func() int64) *Sampler {
	if now == nil {
		began := time.Now()
		now = func() int64 { return int64(time.Since(began)) }
	}
	s := &Sampler{now: now, rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), out: new(Samples), stride: 1}
	first := firstAfter/2 + s.rand.IntN(firstAfter) // what comes first finds nothing in the caches
	s.left, s.decode = int64(first), first
	const readings = 64
	from := now()
	for range readings {
		s.last = now()
	}
	s.stamp = float64(s.last-from) / readings
	return s
}

// Take returns what was timed and begins anew.
func (s *Sampler) Take() *Samples {
	out := s.out
	s.out = new(Samples)
	return out
}

// due reports whether a batch of so many documents is to be timed.
func (s *Sampler) due(documents int) bool {
	s.flushed += int64(documents)
	s.left -= int64(documents)
	return s.left < 0 && len(s.out.All) < mostSamples
}

// decodes begins to decode a record, and reports whether that is timed.
func (s *Sampler) decodes() bool {
	due := s.decode < 0 && len(s.out.All) < mostSamples
	if due {
		s.mark()
	}
	return due
}

// begin begins a batch.
func (s *Sampler) begin() {
	s.seen, s.touched, s.atoms = 0, 0, 0
	s.skip = s.rand.IntN(s.stride)
	s.mark()
}

// mark begins a piece of work.
func (s *Sampler) mark() {
	s.last = s.now()
	s.out.stamps++
}

// lap returns how long the piece of work took since mark or lap, and begins
// another one.
func (s *Sampler) lap() int64 {
	from := s.last
	s.mark()
	return s.last - from
}

// except does what is no part of the piece of work.
func (s *Sampler) except(do func()) {
	from := s.now()
	do()
	s.last += s.now() - from
	s.out.stamps += 2
}

// pick reports whether it is the turn of a selection to be timed.
func (s *Sampler) pick() bool {
	s.seen++
	if s.skip--; s.skip >= 0 {
		return false
	}
	s.skip = s.stride - 1
	return len(s.out.All) < mostSamples
}

func (s *Sampler) add(kind SampleKind, id plan.ID, nanos int64, rows int) *Sample {
	s.out.All = append(s.out.All, Sample{ID: id, Kind: kind, Weight: 1, Nanos: nanos, Rows: int64(rows)})
	return &s.out.All[len(s.out.All)-1]
}

// end ends a batch that took so long, with so many readings, samples and predicates
// that were TRUE, and chooses the next one.
func (s *Sampler) end(nanos, readings int64, samples, touched, documents int) {
	s.out.Batches++
	s.out.Documents += int64(documents)
	s.out.Nanos += nanos
	spent := slow*s.stamp*float64(readings) + perSample*float64(samples) + perNode*float64(touched)
	worked := max(float64(nanos)-spent, float64(nanos)/4, 1)
	perDocument := worked / float64(max(documents, 1))
	every := min(max(spent/(most*perDocument), float64(leastEvery*documents)), float64(mostEvery*documents))
	s.left = int64(every * (0.5 + s.rand.Float64()))
	const readingsEach, samplesEach = 5, 2 // of a selection, about
	takes := slow*s.stamp*readingsEach + perSample*samplesEach
	each := int(min(max(most*leastEvery*worked/takes, leastEach), mostEach)) // that are timed in a batch, at most
	s.stride = max((s.seen+each-1)/each, 1)
}

// decoded ends the decoding of a record of so many documents, which was timed or
// not.
func (s *Sampler) decoded(p *Program, stream string, documents int, timed bool) {
	s.decode -= documents
	if !timed {
		return
	}
	nanos := s.lap()
	s.decode = everyDecode/2 + s.rand.IntN(everyDecode)
	if of, ok := p.Stream(stream); ok && documents > 0 {
		s.add(SampleDecode, of.ID, nanos, documents).Nodes = int32(len(of.Schema.Fields))
	}
}
