package metrics

import (
	"math"
	"testing"
)

// A value that a label has is read back as it is, but for what is not UTF-8.
func TestLabelValues(t *testing.T) {
	r := NewRegistry()
	d := Desc{Name: "x", Type: Gauge, Labels: []string{"route"}}
	r.Register(func(p *Page) {
		p.Add(&d, math.NaN(), `GET "\n"`+"\n")
		p.Add(&d, math.Inf(1), "a\xffb")
		p.Add(&d, math.Inf(-1), `{le="1"}, ü`)
	})
	if got, want := page(t, r), `# TYPE x gauge
x{route="GET \"\\n\"\n"} NaN
x{route="a`+"\uFFFD"+`b"} +Inf
x{route="{le=\"1\"}, ü"} -Inf
`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Buckets are cumulative, in the order of their bounds, and end in +Inf.
func TestDistributions(t *testing.T) {
	b := NewBuckets(.005, .1, 2.5, 10)
	for _, v := range []float64{0, .005, .0051, .1, 3, 11, 1e6} {
		b.Observe(v)
	}
	var (
		seconds = Desc{Name: "x_seconds", Help: "Time.", Type: Histogram, Labels: []string{"stage"}}
		pauses  = Desc{Name: "y_seconds", Help: "Pauses.", Type: Summary}
	)
	r := NewRegistry()
	r.Register(func(p *Page) {
		p.AddDistribution(&seconds, b.Read(), "scan")
		p.AddDistribution(&seconds, NewBuckets(math.Inf(1)).Read(), "none")
		p.AddDistribution(&pauses, Distribution{Count: 2, Sum: 3, Quantiles: map[float64]float64{1: 2, 0: 1, .5: 1.5}})
	})
	if got, want := page(t, r), `# HELP x_seconds Time.
# TYPE x_seconds histogram
x_seconds_bucket{stage="none",le="+Inf"} 0
x_seconds_sum{stage="none"} 0
x_seconds_count{stage="none"} 0
x_seconds_bucket{stage="scan",le="0.005"} 2
x_seconds_bucket{stage="scan",le="0.1"} 4
x_seconds_bucket{stage="scan",le="2.5"} 4
x_seconds_bucket{stage="scan",le="10"} 5
x_seconds_bucket{stage="scan",le="+Inf"} 7
x_seconds_sum{stage="scan"} 1.0000141101e+06
x_seconds_count{stage="scan"} 7
# HELP y_seconds Pauses.
# TYPE y_seconds summary
y_seconds{quantile="0"} 1
y_seconds{quantile="0.5"} 1.5
y_seconds{quantile="1"} 2
y_seconds_sum 3
y_seconds_count 2
`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
