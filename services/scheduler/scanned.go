package scheduler

import (
	"slices"
	"sync"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/services/scheduler/internal/registry"
)

// scans are those of all streams: of those that there always are, and of those that are
// declared now. They are asked for by any goroutine.
type scans struct {
	mu   sync.Mutex
	now  []*scanning
	gone scanned // what those have done that are no more
}

func newScans(always []*scanning) *scans { return &scans{now: always, gone: newScanned()} }

// list returns the scans that there are.
func (s *scans) list() []*scanning {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.now)
}

// declare returns the scan of a stream that was declared, which is there until it is
// forgotten.
func (s *scans) declare(st *registry.Stream) *scanning {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sc := range s.now {
		if d := sc.source.Declared; d != nil && d.Position == st.Position {
			return sc
		}
	}
	sc := declaredScan(st)
	s.now = append(s.now, sc)
	return sc
}

// keep forgets the scans of declared streams that there are no more. None may run.
func (s *scans) keep(streams []*registry.Stream) {
	for _, sc := range s.list() {
		d := sc.source.Declared
		if d != nil && !slices.ContainsFunc(streams, func(st *registry.Stream) bool { return st.Position == d.Position }) {
			s.forget(sc)
		}
	}
}

// forget keeps of a scan that has ended only what it has done.
func (s *scans) forget(sc *scanning) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := slices.Index(s.now, sc); at >= 0 {
		s.now = slices.Delete(slices.Clone(s.now), at, at+1)
		s.gone.add(sc.metrics)
	}
}

// total adds up what all have done.
func (s *scans) total() *scanned {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := newScanned()
	t.merge(&s.gone)
	for _, sc := range s.now {
		t.add(sc.metrics)
	}
	return &t
}

// scanned is what the scans of all streams have done together.
type scanned struct {
	documents, bytes, deadLetters, lost int64

	aborts map[string]int64 // by reason

	count   uint64
	sum     float64
	buckets map[float64]uint64
}

func newScanned() scanned {
	return scanned{aborts: map[string]int64{}, buckets: map[float64]uint64{}}
}

// add adds what one scan has done.
func (t *scanned) add(m *scan.Metrics) {
	one := scanned{
		documents: m.Documents.Load(), bytes: m.Bytes.Load(), deadLetters: m.DeadLetters.Load(), lost: m.Lost.Load(),
		aborts: m.Aborts.Read(),
	}
	one.count, one.sum, one.buckets = m.Commits.Read()
	t.merge(&one)
}

func (t *scanned) merge(o *scanned) {
	t.documents += o.documents
	t.bytes += o.bytes
	t.deadLetters += o.deadLetters
	t.lost += o.lost
	for reason, n := range o.aborts {
		t.aborts[reason] += n
	}
	t.count, t.sum = t.count+o.count, t.sum+o.sum
	for bound, n := range o.buckets {
		t.buckets[bound] += n
	}
}

// commits is the histogram of how long committed transactions took.
func (t *scanned) commits() (count uint64, sum float64, buckets map[float64]uint64) {
	return t.count, t.sum, t.buckets
}
