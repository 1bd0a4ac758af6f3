// Package metrics shows what a process counts and measures, in the text format of
// Prometheus. Its main noun is the [Registry], of which a process, or a test, has
// one. It keeps no values of its own but in [Buckets] and a [Vector]: whoever
// has something to tell registers a [Source], which is asked at each scrape.
//
//	lines := metrics.Desc{Name: "millrace_monitor_lines_total", Help: "Lines read.", Type: metrics.Counter}
//	var n atomic.Int64
//	unregister := registry.Register(func(p *metrics.Page) { p.Add(&lines, float64(n.Load())) })
//
// It knows neither HTTP nor the formats of binary scrapes, exemplars and native
// histograms.
package metrics
