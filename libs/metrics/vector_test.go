package metrics

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Each combination of values has a number of its own, whoever asks first.
func TestVector(t *testing.T) {
	v := NewVector(func() *atomic.Int64 { return new(atomic.Int64) })
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for _, values := range [][]string{{"a", "b"}, {"ab", ""}, {"", "ab"}, {"a", "b"}} {
				v.With(values...).Add(1)
				v.Each(func(*atomic.Int64, ...string) {})
			}
		})
	}
	all.Wait()
	got := map[string]int64{}
	v.Each(func(n *atomic.Int64, values ...string) { got[strings.Join(values, "|")] = n.Load() })
	if want := map[string]int64{"a|b": 8, "ab|": 4, "|ab": 4}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Who keeps the slice of values may write to it.
func TestVectorKeepsValues(t *testing.T) {
	v := NewVector(func() *atomic.Int64 { return new(atomic.Int64) })
	values := []string{"scan"}
	v.With(values...).Add(1)
	values[0] = "merge"
	v.Each(func(_ *atomic.Int64, values ...string) {
		if values[0] != "scan" {
			t.Errorf("it is called %s now", values[0])
		}
	})
}
