package stand

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	runtimemetrics "runtime/metrics"
	"runtime/pprof"
	"sync"
	"time"

	"github.com/segmentio/encoding/json"
	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/scheduler"
)

// order is what a child is told: a line of JSON on its standard input, which stays
// open for as long as the child is to live.
type order struct{ Servers Servers }

// hello is what it answers on its standard output.
type hello struct {
	Listen string
	Pinned bool
}

// childDrain is how long a child takes to end.
const childDrain = 5 * time.Second

// Child is a scheduler on one core, as [Stand.Start] starts it in a process of its own, with
// in and out as that process's standard input and output. It ends with in.
func Child(ctx context.Context, in io.Reader, out io.Writer, log *slog.Logger) error {
	lines := bufio.NewReader(in)
	text, err := lines.ReadBytes('\n')
	if err != nil {
		return daemon.Usagef("this command is for `millrace bench` to start: %w", err)
	}
	var o order
	if err := json.Unmarshal(text, &o); err != nil {
		return fmt.Errorf("what to do: %w", err)
	}
	cpus, _, err := bench.Pin(1)
	if err != nil {
		return fmt.Errorf("pin to a core: %w", err)
	}
	runtime.GOMAXPROCS(1)
	redis, err := o.Servers.Server()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	registry, ready := daemon.NewRegistry(), daemon.NewReadiness()
	mux := http.NewServeMux()
	daemon.AdminRoutes(mux, registry, ready)
	watchRoutes(mux, registry)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		cancel()
	}()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return daemon.ServeListener(ctx, log, listener, mux, childDrain) })
	g.Go(func() error {
		return scheduler.Run(ctx, scheduler.Config{
			Kafka: o.Servers.Client("scheduler", log), Layout: o.Servers.Topics.Layout(), Redis: redis,
			Slot: 0, BacklogBytes: scheduler.DefaultBacklogBytes,
			Log: log, Ready: ready, Metrics: registry,
		})
	})
	answer, err := json.Marshal(hello{Listen: listener.Addr().String(), Pinned: len(cpus) > 0})
	if err == nil {
		_, err = out.Write(append(answer, '\n'))
	}
	if err != nil {
		cancel()
	}
	return errors.Join(err, g.Wait())
}

// watchRoutes adds GET /sample, GET /heap, a profile of what is in use, POST /collect,
// which collects garbage, and POST /profile/start and /profile/stop, which returns the
// profile of the time between.
func watchRoutes(mux *http.ServeMux, registry *metrics.Registry) {
	mux.HandleFunc("GET /sample", func(w http.ResponseWriter, _ *http.Request) {
		s, err := gather(registry)
		var body []byte
		if err == nil {
			body, err = json.Marshal(s)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(body)
	})
	mux.HandleFunc("POST /collect", func(http.ResponseWriter, *http.Request) { runtime.GC() })
	mux.HandleFunc("GET /heap", func(w http.ResponseWriter, _ *http.Request) {
		if err := pprof.Lookup("heap").WriteTo(w, 0); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	var mu sync.Mutex
	var profile bytes.Buffer
	mux.HandleFunc("POST /profile/start", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		profile.Reset()
		if err := pprof.StartCPUProfile(&profile); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
		}
	})
	mux.HandleFunc("POST /profile/stop", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		pprof.StopCPUProfile()
		_, _ = w.Write(profile.Bytes())
	})
}

// Sample is what a scheduler's metrics say at a moment.
type Sample struct {
	RSS, Heap, Goroutines float64 // bytes, bytes in use, number
	Live                  float64 // bytes that the last collection of garbage left
	CPU                   float64 // seconds of processor time
	Ready                 float64 // seconds that threads waited for their core while others had it
	Documents, Letters    float64 // scanned; those of them that could not be read
	ScanLag, MergeLag     float64 // records
	Commits, CommitTime   float64 // transactions of the scan, and the seconds that they took
	Paused                float64 // 1 while nothing is scanned because merge is behind
	Builds, BuildTime     float64 // changes of the plan, and the seconds that they took
	Queries               float64 // that the plan was last made of
}

// liveHeap returns how many bytes the last collection of garbage left.
func liveHeap() float64 {
	live := []runtimemetrics.Sample{{Name: "/gc/heap/live:bytes"}}
	runtimemetrics.Read(live)
	if live[0].Value.Kind() != runtimemetrics.KindUint64 {
		return 0
	}
	return float64(live[0].Value.Uint64())
}

func gather(registry *metrics.Registry) (Sample, error) {
	families, err := registry.Gather()
	if err != nil {
		return Sample{}, fmt.Errorf("gather metrics: %w", err)
	}
	s := Sample{Ready: readyTime().Seconds(), Live: liveHeap()}
	into := map[string]*float64{
		"process_resident_memory_bytes":    &s.RSS,
		"go_memstats_heap_inuse_bytes":     &s.Heap,
		"go_goroutines":                    &s.Goroutines,
		"process_cpu_seconds_total":        &s.CPU,
		"millrace_documents_total":         &s.Documents,
		"millrace_scan_dead_letters_total": &s.Letters,
		"millrace_scan_lag":                &s.ScanLag,
		"millrace_merge_lag":               &s.MergeLag,
		"millrace_scan_paused":             &s.Paused,
		"millrace_plan_queries":            &s.Queries,
	}
	for _, f := range families {
		for _, series := range f.Series {
			if to := into[f.Name]; to != nil {
				*to += series.Value
			}
			d := series.Distribution
			switch {
			case d == nil:
			case f.Name == "millrace_plan_build_seconds":
				s.Builds, s.BuildTime = float64(d.Count), d.Sum
			case f.Name == "millrace_commit_seconds" && series.Label("stage") == "scan":
				s.Commits, s.CommitTime = float64(d.Count), d.Sum
			}
		}
	}
	return s, nil
}
