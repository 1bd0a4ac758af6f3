package metrics

import (
	"runtime"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"time"
)

// measured is a metric that is a sum of what the runtime measures.
type measured struct {
	desc Desc
	of   []string
}

// GoRuntime returns the source of the Go runtime's metrics, go_*.
func GoRuntime() Source {
	var (
		goroutines = Desc{Name: "go_goroutines", Help: "Number of goroutines that currently exist.", Type: Gauge}
		threads    = Desc{Name: "go_threads", Help: "Number of OS threads created.", Type: Gauge}
		info       = Desc{Name: "go_info", Help: "Information about the Go environment.", Type: Gauge, Labels: []string{"version"}}
		last       = Desc{Name: "go_memstats_last_gc_time_seconds", Help: "Number of seconds since 1970 of last garbage collection.", Type: Gauge}
		pauses     = Desc{
			Name: "go_gc_duration_seconds", Type: Summary,
			Help: "A summary of the wall-time pause (stop-the-world) duration in garbage collection cycles.",
		}
		sums = memory()
	)
	return func(p *Page) {
		p.Add(&goroutines, float64(runtime.NumGoroutine()))
		created, _ := runtime.ThreadCreateProfile(nil)
		p.Add(&threads, float64(created))
		p.Add(&info, 1, runtime.Version())
		stats := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)}
		debug.ReadGCStats(&stats)
		p.Add(&last, float64(stats.LastGC.UnixNano())/1e9)
		d := Distribution{Count: uint64(stats.NumGC), Sum: stats.PauseTotal.Seconds(), Quantiles: map[float64]float64{}}
		for i, pause := range stats.PauseQuantiles {
			d.Quantiles[float64(i)/4] = pause.Seconds()
		}
		p.AddDistribution(&pauses, d)
		for i := range sums {
			p.Add(&sums[i].desc, sum(sums[i].of))
		}
	}
}

// sum adds up what the runtime measures now; what it does not know counts as 0.
func sum(names []string) float64 {
	samples := make([]runtimemetrics.Sample, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	runtimemetrics.Read(samples)
	total := 0.0
	for _, s := range samples {
		if s.Value.Kind() == runtimemetrics.KindUint64 {
			total += float64(s.Value.Uint64())
		}
	}
	return total
}
