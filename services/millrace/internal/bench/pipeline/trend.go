package pipeline

import (
	"math"
	"time"
)

// Trend is how a number behaved over the second half of a steady load: the first
// half may fill buffers and caches.
type Trend struct {
	Mean  float64 `json:"mean"`
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
	// Slope is that of the line of least squares, per minute; Error is its standard
	// error, for samples that do not depend on each other.
	Slope float64 `json:"slope_per_minute"`
	Error float64 `json:"slope_error"`
}

// newTrend looks at the second half of values that were seen at these times.
func newTrend(times []time.Time, values []float64) Trend {
	half := len(values) / 2
	times, values = times[half:], values[half:]
	n := float64(len(values))
	if n == 0 {
		return Trend{}
	}
	t := Trend{Least: values[0], Most: values[0]}
	at := make([]float64, len(values))
	middle := 0.0
	for i, v := range values {
		at[i] = times[i].Sub(times[0]).Minutes()
		t.Mean, middle = t.Mean+v/n, middle+at[i]/n
		t.Least, t.Most = min(t.Least, v), max(t.Most, v)
	}
	var xx, xy float64
	for i, v := range values {
		xx += (at[i] - middle) * (at[i] - middle)
		xy += (at[i] - middle) * (v - t.Mean)
	}
	if n < 3 || xx == 0 {
		return t
	}
	t.Slope = xy / xx
	var rest float64
	for i, v := range values {
		d := v - t.Mean - t.Slope*(at[i]-middle)
		rest += d * d
	}
	t.Error = math.Sqrt(rest / (n - 2) / xx)
	return t
}
