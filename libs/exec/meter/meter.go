// Package meter is how the stages count what Prometheus asks for: durations in
// buckets, and events by reason. It knows nothing of Prometheus: the scheduler
// reads a meter when it is asked.
//
//	var commits meter.Histogram
//	commits.Observe(took, 1)
//	count, sum, buckets := commits.Read()
package meter

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Histogram counts durations in buckets. Its zero value is empty and ready, and
// it may be used by many goroutines.
type Histogram struct {
	counts [histogramBuckets + 1]atomic.Uint64 // by bucket, the last for what is beyond
	nanos  atomic.Int64
}

const histogramBuckets = 16

// bounds returns the buckets' upper bounds in seconds.
func bounds() [histogramBuckets]float64 {
	return [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600}
}

// Observe counts a duration n times; one below zero counts as zero.
func (h *Histogram) Observe(d time.Duration, n uint64) {
	d = max(d, 0)
	at := 0
	for _, bound := range bounds() {
		if d.Seconds() <= bound {
			break
		}
		at++
	}
	h.counts[at].Add(n)
	h.nanos.Add(int64(d) * int64(n))
}

// Read returns how many durations were counted, their sum in seconds, and per
// upper bound in seconds how many were not longer: what a Prometheus histogram
// is made of.
func (h *Histogram) Read() (count uint64, sum float64, buckets map[float64]uint64) {
	buckets = make(map[float64]uint64, histogramBuckets)
	for i, bound := range bounds() {
		count += h.counts[i].Load()
		buckets[bound] = count
	}
	count += h.counts[histogramBuckets].Load()
	return count, time.Duration(h.nanos.Load()).Seconds(), buckets
}

// Tally counts by reason. Its zero value is empty and ready, and it may be used
// by many goroutines.
type Tally struct {
	mu     sync.Mutex
	counts map[string]int64
}

// Add counts one more.
func (t *Tally) Add(reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int64{}
	}
	t.counts[reason]++
}

// Read returns the counts by reason.
func (t *Tally) Read() map[string]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}
