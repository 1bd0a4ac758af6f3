package pipeline

import (
	"math"
	"testing"
	"time"
)

func TestTrend(t *testing.T) {
	at := func(values ...float64) Trend {
		times := make([]time.Time, len(values))
		for i := range times {
			times[i] = time.Unix(int64(30*i), 0)
		}
		return newTrend(times, values)
	}
	for _, c := range []struct {
		name   string
		values []float64
		want   Trend
	}{
		{"nothing", nil, Trend{}},
		{"one", []float64{3}, Trend{Mean: 3, Least: 3, Most: 3}},
		{"the first half does not count", []float64{900, 1, 70, 80, 7, 7, 7, 7}, Trend{Mean: 7, Least: 7, Most: 7}},
		{"a line", []float64{0, 0, 0, 0, 10, 12, 14, 16}, Trend{Mean: 13, Least: 10, Most: 16, Slope: 4}},
		// Over 0, ½, 1 and 1½ minutes: residuals ½, −½, −½, ½ around a level line.
		{"level", []float64{0, 0, 0, 0, 2, 1, 1, 2}, Trend{Mean: 1.5, Least: 1, Most: 2, Error: math.Sqrt(1.0 / 2 / 1.25)}},
	} {
		got := at(c.values...)
		for _, d := range []float64{got.Mean - c.want.Mean, got.Least - c.want.Least, got.Most - c.want.Most, got.Slope - c.want.Slope, got.Error - c.want.Error} {
			if math.Abs(d) > 1e-9 {
				t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
				break
			}
		}
	}
}

func TestQuantile(t *testing.T) {
	if got := quantile(nil, 0.5); got != 0 {
		t.Error(got)
	}
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(i+1)*time.Millisecond)
	}
	for q, want := range map[float64]float64{0: 1, 0.5: 100, 0.9: 180, 0.99: 198, 1: 200} {
		if got := quantile(times, q); got != want {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
}

func TestCovers(t *testing.T) {
	ends := map[int32]int64{0: 3, 1: 0}
	for _, c := range []struct {
		vector map[int32]int64
		want   bool
	}{
		{nil, false},
		{map[int32]int64{0: 3}, false},
		{map[int32]int64{0: 2, 1: 0}, false},
		{map[int32]int64{0: 3, 1: 0}, true},
		{map[int32]int64{0: 9, 1: 9}, true},
	} {
		if got := covers(c.vector, ends); got != c.want {
			t.Errorf("%v: %v", c.vector, got)
		}
	}
}

// A batch is timed once results go beyond its offset, and only if it came while it
// was measured.
func TestSettle(t *testing.T) {
	at := time.Unix(100, 0)
	f := &flow{counts: at, under: map[int32][]appended{
		0: {{offset: 4, at: at.Add(-time.Second)}, {offset: 5, at: at}, {offset: 6, at: at.Add(time.Second)}},
		1: {{offset: 0, at: at}},
	}}
	if f.settle(map[int32]int64{0: 6}, at.Add(2*time.Second)) || len(f.latencies) != 1 || f.latencies[0] != 2*time.Second {
		t.Errorf("%v", f.latencies)
	}
	if f.settle(map[int32]int64{0: 7, 1: 1}, at.Add(3*time.Second)) || len(f.latencies) != 3 {
		t.Errorf("%v, and the producer still writes", f.latencies)
	}
	f.over()
	if !f.settle(nil, at) {
		t.Error("nothing is left, and it waits on")
	}
}
