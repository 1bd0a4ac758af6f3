package meter_test

import (
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/meter"
)

func TestHistogram(t *testing.T) {
	var h meter.Histogram
	if count, sum, buckets := h.Read(); count != 0 || sum != 0 || buckets[600] != 0 {
		t.Errorf("an empty one has %d, %v, %v", count, sum, buckets)
	}
	h.Observe(-time.Second, 1)
	h.Observe(time.Millisecond, 2)
	h.Observe(70*time.Millisecond, 3)
	h.Observe(time.Hour, 1)
	count, sum, buckets := h.Read()
	if want := 0.002 + 0.21 + 3600; count != 7 || sum < want-1e-9 || sum > want+1e-9 {
		t.Errorf("%d durations of %v s, want 7 of %v", count, sum, want)
	}
	for bound, want := range map[float64]uint64{0.001: 3, 0.05: 3, 0.1: 6, 600: 6} {
		if buckets[bound] != want {
			t.Errorf("%d are not longer than %v s, want %d", buckets[bound], bound, want)
		}
	}
}

func TestTally(t *testing.T) {
	var tally meter.Tally
	var all sync.WaitGroup
	for _, reason := range []string{"fenced", "rebalance", "rebalance"} {
		all.Go(func() { tally.Add(reason) })
	}
	all.Wait()
	if got := tally.Read(); !maps.Equal(got, map[string]int64{"fenced": 1, "rebalance": 2}) {
		t.Errorf("got %v", got)
	}
}
