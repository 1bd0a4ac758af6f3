package metrics

import (
	"slices"
	"strings"
	"sync"
)

// Vector keeps a T for each combination of label values. Many goroutines may use it.
//
//	refused := metrics.NewVector(func() *atomic.Int64 { return new(atomic.Int64) })
//	refused.With("oom").Add(1)
type Vector[T any] struct {
	fresh func() *T

	mu  sync.Mutex
	all map[string]entry[T]
}

// entry is what a vector keeps for some label values.
type entry[T any] struct {
	values []string
	of     *T
}

// NewVector returns an empty vector; fresh makes a T for values that have not been seen.
func NewVector[T any](fresh func() *T) *Vector[T] {
	return &Vector[T]{fresh: fresh, all: map[string]entry[T]{}}
}

// With returns the T of the label values.
func (v *Vector[T]) With(values ...string) *T {
	key := strings.Join(values, "\xff") // in no UTF-8
	v.mu.Lock()
	defer v.mu.Unlock()
	e, ok := v.all[key]
	if !ok {
		e = entry[T]{slices.Clone(values), v.fresh()}
		v.all[key] = e
	}
	return e.of
}

// Each calls f with every T and its label values.
func (v *Vector[T]) Each(f func(of *T, values ...string)) {
	v.mu.Lock()
	all := make([]entry[T], 0, len(v.all))
	for _, e := range v.all {
		all = append(all, e)
	}
	v.mu.Unlock()
	for _, e := range all {
		f(e.of, e.values...)
	}
}
