package metrics

import (
	"slices"
	"sync"
)

// Buckets counts observations by upper bounds. Many goroutines may use it.
type Buckets struct {
	bounds []float64

	mu     sync.Mutex
	counts []uint64 // by bound; the last is of what is above all of them
	sum    float64
}

// NewBuckets returns buckets with these upper bounds, in rising order.
func NewBuckets(bounds ...float64) *Buckets {
	return &Buckets{bounds: bounds, counts: make([]uint64, len(bounds)+1)}
}

// Observe counts a value: in the first bucket whose bound it is not above.
func (b *Buckets) Observe(v float64) {
	at, _ := slices.BinarySearch(b.bounds, v)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[at]++
	b.sum += v
}

// Read returns what was observed.
func (b *Buckets) Read() Distribution {
	d := Distribution{Buckets: make(map[float64]uint64, len(b.bounds))}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, n := range b.counts {
		d.Count += n
		if i < len(b.bounds) {
			d.Buckets[b.bounds[i]] = d.Count
		}
	}
	d.Sum = b.sum
	return d
}
