package monitor

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/libs/wire"
)

func TestSymbolicLinks(t *testing.T) {
	h := newHarness(t)
	h.collect()
	outside := filepath.Join(t.TempDir(), "outside.ndjson")
	if err := os.WriteFile(outside, []byte("\"secret\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.write("real.ndjson", "1\n")
	h.write(".hidden/linked.ndjson", "2\n")
	for name, target := range map[string]string{
		"out.ndjson": outside, "up.ndjson": "../../outside", "folder": filepath.Dir(outside),
		"again.ndjson": "real.ndjson", "within.ndjson": ".hidden/linked.ndjson", "broken.ndjson": "nowhere", "loop.ndjson": "loop.ndjson",
	} {
		if err := os.Symlink(target, h.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(h.path("real.ndjson"), h.path("hard.ndjson")); err != nil {
		t.Fatal(err)
	}
	h.start()
	h.expect("1", "2")
	h.write("last.ndjson", "3\n")
	h.expect("1", "2", "3")
	if n := strings.Count(h.log.String(), "symbolic link refused"); n < 1 || n > 4 {
		t.Errorf("%d links refused in the log", n)
	}
	if n := strings.Count(h.log.String(), "path=out.ndjson"); n != 1 {
		t.Errorf("out.ndjson was mentioned %d times", n)
	}
	if text := h.log.String(); !strings.Contains(text, "watch the folder that it is in") || !strings.Contains(text, fmt.Sprintf("%q=%s", "leads to", outside)) ||
		!strings.Contains(text, "leads in a circle; remove it") || strings.Contains(text, "escapes from parent") {
		t.Error("the log does not say where links lead and what to do")
	}
	h.appendTo("real.ndjson", "4\n")
	h.expect("1", "2", "3", "4")
}

func TestMissingFolder(t *testing.T) {
	h := newHarness(t)
	h.collect()
	if err := os.Remove(h.dir); err != nil {
		t.Fatal(err)
	}
	h.start()
	h.wait("a word about it", func() bool { return strings.Contains(h.log.String(), "does not exist; waiting until it does") })
	if conditions, ready := h.config.Ready.Conditions(); ready || conditions["folder"] == "ok" {
		t.Errorf("ready without a folder: %v", conditions)
	}
	h.write("a.ndjson", "1\n")
	h.expect("1")
	h.wait("readiness", func() bool { _, ready := h.config.Ready.Conditions(); return ready })

	// The folder goes, and another one comes in its place.
	if err := os.Rename(h.dir, h.dir+".old"); err != nil {
		t.Fatal(err)
	}
	h.write("b.ndjson", "2\n")
	h.expect("1", "2")
}

func TestWatchingAFileIsWrongUsage(t *testing.T) {
	h := newHarness(t)
	h.write("a.ndjson", "1\n")
	c := h.config
	c.Watch = h.path("a.ndjson")
	if err := Run(t.Context(), c); daemon.ExitCode(err) != daemon.ExitUsage || !strings.Contains(err.Error(), "is a file, not a folder") {
		t.Errorf("got %v", err)
	}
	for _, c := range []Config{{}, {Watch: "a", Inputs: []string{"b"}}, {Inputs: []string{"b"}}, {Watch: "a", Name: "a/b"}, {Watch: "a", Commit: time.Hour}, {Watch: "a"}} {
		if err := Run(t.Context(), c); daemon.ExitCode(err) != daemon.ExitUsage {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}

func TestOtherPartitionsAreRefused(t *testing.T) {
	h := newHarness(t)
	h.collect()
	c := h.config
	c.Layout.Partitions = 5
	if err := Run(t.Context(), c); daemon.ExitCode(err) != daemon.ExitFailed || !strings.Contains(err.Error(), "--partitions 3") {
		t.Errorf("got %v", err)
	}
}

func TestKafkaUnreachableAtFirst(t *testing.T) {
	h := newHarness(t)
	h.collect()
	h.write("a.ndjson", "1\n")
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	h.start(func(c *Config) { c.Kafka.Brokers = []string{address} })
	h.wait("a word about it", func() bool {
		return strings.Contains(h.log.String(), "reach Kafka at "+address) && strings.Contains(h.log.String(), "will try again")
	})
	if l, err = new(net.ListenConfig).Listen(t.Context(), "tcp", address); err != nil {
		t.Fatal(err)
	}
	forward(t, l, h.config.Kafka.Brokers[0])
	h.expect("1")
	if !strings.Contains(h.log.String(), "recovered") {
		t.Error("the recovery is not in the log")
	}
}

// forward passes connections on to another address.
func forward(t *testing.T, l net.Listener, to string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			out, err := new(net.Dialer).DialContext(ctx, "tcp", to)
			if err != nil {
				_ = from.Close()
				return
			}
			go func() { _, _ = io.Copy(out, from); _ = out.Close() }()
			go func() { _, _ = io.Copy(from, out); _ = from.Close() }()
		}
	}()
	t.Cleanup(func() { cancel(); _ = l.Close(); <-ended })
}

func TestInputs(t *testing.T) {
	h := newHarness(t)
	h.collect()
	docs := numbered("in", 3000, 1000)
	h.write("folder/a.ndjson", strings.TrimSuffix(join(docs[:1000]), "\n"))
	h.write("folder/deep/b.ndjson.gz", gz(t, join(docs[1000:2000])))
	h.write("folder/broken.zst", "no zstd")
	h.write("folder/.hidden", "\"never\"\n")
	h.write("folder/empty.ndjson", "")
	h.write("c.zst", zst(t, join(docs[2000:3000])))
	if err := os.Symlink(h.path("c.zst"), h.path("link.zst")); err != nil {
		t.Fatal(err)
	}
	h.write("denied.ndjson", "1\n")
	if err := os.Chmod(h.path("denied.ndjson"), 0); err != nil {
		t.Fatal(err)
	}
	var last Progress
	c := h.config
	c.Watch, c.Name, c.EndOfInput = "", "run-1", true
	c.Inputs = []string{h.path("folder"), h.path("link.zst"), h.path("denied.ndjson")}
	c.Metrics = metrics.NewRegistry()
	c.Progress = func(p Progress) {
		if p.Read < last.Read || p.Read > p.Total {
			t.Errorf("progress went from %+v to %+v", last, p)
		}
		last = p
	}
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	want := docs
	if os.Getuid() == 0 { // root may read everything
		want = append(want, "1")
	}
	h.expect(want...)
	ends := map[int32]int64{}
	h.wait("ends", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		clear(ends)
		for _, r := range h.tweets {
			if v, ok := r.Header(wire.HeaderEndOfInput); ok && len(v) == 0 && len(r.Value) == 0 {
				ends[r.Partition] = r.Offset
			}
		}
		return len(ends) == 3
	})
	h.mu.Lock()
	for _, r := range h.tweets {
		if r.Offset > ends[r.Partition] {
			t.Errorf("a record at %d/%d after the end of the input", r.Partition, r.Offset)
		}
	}
	h.mu.Unlock()
	dead := int64(1)
	if os.Getuid() != 0 {
		dead++
	}
	if last.Read != last.Total || last.Total == 0 || last.Documents != int64(len(want)) || last.DeadLetters != dead {
		t.Errorf("last progress %+v, want %d documents and %d dead letters", last, len(want), dead)
	}
	// The same run again does nothing.
	c.Metrics = nil
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	h.expect(want...)

	// A file that is given twice counts once, and so in the progress.
	c.Name, c.Inputs = "run-3", []string{h.path("c.zst"), h.path("c.zst"), h.path("link.zst"), h.path("folder"), h.path("folder/a.ndjson")}
	last = Progress{}
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if last.Documents != 3000 || last.DeadFiles != 1 || last.Read != last.Total {
		t.Errorf("files given twice: %+v", last)
	}
	if text := h.log.String(); strings.Count(text, "read once") != 1 || !strings.Contains(text, "files=3 first="+h.path("c.zst")) {
		t.Error("it is not said, in one line, that files were given twice")
	}

	c.Name, c.Inputs = "run-2", []string{h.path("nowhere")}
	if err := Run(t.Context(), c); daemon.ExitCode(err) != daemon.ExitUsage || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("got %v", err)
	}
}

func TestBatches(t *testing.T) {
	h := newHarness(t)
	h.collect()
	docs := numbered("batch", 4000, 1000)
	h.write("a.ndjson", join(docs))
	registry := metrics.NewRegistry()
	h.start(func(c *Config) { c.Metrics = registry })
	h.expect(docs...)
	h.mu.Lock()
	perPartition := map[int32]int{}
	for i, r := range h.tweets {
		perPartition[r.Partition]++
		if n := len(r.Value); n > 1<<20 || (n < 256<<10 && i < len(h.tweets)-1) {
			t.Logf("a record of %d bytes", n)
		}
	}
	if n := len(h.tweets); n > len(join(docs))/(256<<10)+2 {
		t.Errorf("%d records for %d bytes", n, len(join(docs)))
	}
	h.mu.Unlock()
	if len(perPartition) != 3 {
		t.Errorf("partitions used: %v", perPartition)
	}
	h.wait("metrics", func() bool {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.Name == "millrace_monitor_documents_total" {
				return f.Series[0].Value == 4000
			}
		}
		return false
	})
}

func TestProgressOfAnotherMonitorIsLeftAlone(t *testing.T) {
	h := newHarness(t)
	h.collect()
	h.write("a.ndjson", "1\n")
	stop := h.start(func(c *Config) { c.Name = "one" })
	h.expect("1")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	h.start(func(c *Config) { c.Name = "two" })
	h.expect("1", "1")
	if c := (Config{Watch: "x", Kafka: kafka.Config{Brokers: []string{"a:1"}}}); c.normalize() != nil || c.Name == "" || !filepath.IsAbs(c.Watch) {
		t.Errorf("normalized: %+v", c)
	}
}
