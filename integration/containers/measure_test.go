package containers

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// idleQueries are the standing queries beside which idle memory is measured.
const idleQueries = 1000

// starts is how often a service is started to measure how soon it is ready.
const starts = 5

// TestMeasure prints what docs/operations.md shows: how large the images are, how
// soon a service is ready once Kafka answers, and what memory it has when there
// are many queries and nothing happens.
func TestMeasure(t *testing.T) {
	if !*measure {
		t.Skip("measures only where it is told to: make measure")
	}
	ctx := t.Context()
	f := servers(ctx, t)
	first, again := map[string]time.Duration{}, map[string][]time.Duration{}
	for _, name := range services() {
		first[name] = f.timed(ctx, t, name)
	}
	for range starts {
		for _, name := range services() {
			f.stop(ctx, t, name)
			again[name] = append(again[name], f.timed(ctx, t, name))
		}
	}
	queries := map[string]string{}
	for i := range idleQueries {
		queries[fmt.Sprintf("idle%d", i)] = idleQuery(i)
	}
	submit(ctx, t, f.broker, queries)
	pause(ctx, 10*time.Second)
	idle := f.resident(ctx, t)
	put(t, f.inbox, "some.ndjson", posts(ctx, t, 20000, 5))
	pause(ctx, 30*time.Second)
	busy := f.resident(ctx, t)

	var table strings.Builder
	fmt.Fprintf(&table, "\n%s, %s, %d CPUs\n\n", time.Now().UTC().Format("2 January 2006"), machine(), runtime.NumCPU())
	fmt.Fprintf(&table, "| image | size | ready the first time | again: median, longest of %d | memory with %d queries | after 20,000 posts |\n", starts, idleQueries)
	fmt.Fprintf(&table, "| --- | --- | --- | --- | --- | --- |\n")
	for _, name := range append(services(), "millrace") {
		size, err := strconv.ParseInt(docker(ctx, t, "image", "inspect", "--format", "{{.Size}}", image(name)), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&table, "| `%s` | %.1f MB | ", name, float64(size)/1e6)
		if f.services[name] == nil {
			fmt.Fprintf(&table, "– | – | – | – |\n")
			continue
		}
		took := slices.Sorted(slices.Values(again[name]))
		fmt.Fprintf(&table, "%.2f s | %.2f s, %.2f s | %.0f MB | %.0f MB |\n", first[name].Seconds(),
			took[len(took)/2].Seconds(), took[len(took)-1].Seconds(), idle[name]/1e6, busy[name]/1e6)
	}
	t.Log(table.String())
}

// idleQuery is one of many that are all different, of several kinds.
func idleQuery(i int) string {
	switch i % 4 {
	case 0:
		return fmt.Sprintf("SELECT lang, count(*) AS posts FROM tweets WHERE retweet_count > %d GROUP BY lang", i)
	case 1:
		return fmt.Sprintf("SELECT count(*) AS posts, avg(user.followers_count) AS followers FROM tweets WHERE text ILIKE '%%word%d%%'", i)
	case 2:
		return fmt.Sprintf("SELECT user.screen_name, count(*) AS posts FROM tweets WHERE lang = 'en' AND user.followers_count > %d GROUP BY user.screen_name ORDER BY posts DESC LIMIT 10", i)
	default:
		return fmt.Sprintf("SELECT id, text FROM tweets WHERE text ILIKE '%%word%d%%'", i)
	}
}

// timed starts a service and tells how long it took from the start of its
// process until /readyz said yes, as seen every 10 ms from outside.
func (f *fleet) timed(ctx context.Context, t *testing.T, name string) time.Duration {
	t.Helper()
	var began time.Time
	ask := func(ctx context.Context, target wait.StrategyTarget) error {
		port, err := target.MappedPort(ctx, ports()[name]+"/tcp")
		if err != nil {
			return err
		}
		state, err := target.State(ctx)
		if err != nil {
			return err
		}
		if began, err = time.Parse(time.RFC3339Nano, state.StartedAt); err != nil {
			return err
		}
		for get(ctx, "http://127.0.0.1:"+port.Port()+"/readyz", &struct{}{}) != nil {
			if !pause(ctx, 10*time.Millisecond) {
				return ctx.Err()
			}
		}
		return nil
	}
	var took time.Duration
	f.service(ctx, t, name,
		// Docker's own health checks would take time of the first moments.
		testcontainers.WithConfigModifier(func(c *container.Config) { c.Healthcheck = &container.HealthConfig{Test: []string{"NONE"}} }),
		testcontainers.WithWaitStrategy(wait.ForNop(func(ctx context.Context, target wait.StrategyTarget) error {
			err := ask(ctx, target)
			took = time.Since(began)
			return err
		})))
	return took
}

// resident is the memory of each service's process: bytes of VmRSS as this
// machine sees it, so the engine has to run here.
func (f *fleet) resident(ctx context.Context, t *testing.T) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for name, c := range f.services {
		state, err := c.State(ctx)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = field(t, fmt.Sprintf("/proc/%d/status", state.Pid), "VmRSS")
	}
	return out
}

// field reads a number of kB from a file of /proc.
func field(t *testing.T, file, name string) float64 {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, name+":"); found {
			n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			return n * 1024
		}
	}
	t.Fatalf("%s has no %s", file, name)
	return 0
}

// machine names the processor.
func machine() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
