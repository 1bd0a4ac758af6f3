package kill

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
)

// maxResident is what directory-monitor may use, whatever the files' size.
const maxResident = 512 << 20

// bigLine is the size of the lines of the large file.
const bigLine = 1000

// TestMonitorKilled kills directory-monitor while it takes one large .gz, and
// small files that grow, are copied, renamed and rewritten. Every line arrives
// exactly once, and the memory stays within bounds.
func TestMonitorKilled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute+time.Duration(*monitorBytes>>20+int64(*monitorKills)*10)*time.Second)
	defer cancel()
	cfg := servers(ctx, t)
	dir := binaries(ctx, t, "./services/directory-monitor/cmd/directory-monitor")
	of := random(t)
	watched, aside := filepath.Join(t.TempDir(), "watched"), t.TempDir()
	if err := os.Mkdir(watched, 0o700); err != nil {
		t.Fatal(err)
	}

	y := &tally{}
	n := int(*monitorBytes / bigLine)
	began := time.Now()
	size, packed, err := writeBig(filepath.Join(aside, "big.gz"), n)
	if err != nil {
		t.Fatal(err)
	}
	y.expect("big", n, bigLine)
	t.Logf("big.gz: %d lines, %d MB, packed %d MB, written in %s", n, size/1e6, packed/1e6, time.Since(began).Round(time.Millisecond))
	following := begin(ctx, t, func(ctx context.Context) error { return y.follow(ctx, cfg.Kafka) })

	l := layout()
	monitor := start(t, of(1), dir, "directory-monitor",
		"--brokers", strings.Join(cfg.Kafka.Brokers, ","), "--listen", "", "--watch", watched,
		"--settle", "400ms", "--rescan", "500ms",
		"--partitions", fmt.Sprint(l.Partitions), "--exchange-partitions", fmt.Sprint(l.ExchangePartitions))
	began = time.Now()
	if err := os.Rename(filepath.Join(aside, "big.gz"), filepath.Join(watched, "big.gz")); err != nil {
		t.Fatal(err)
	}
	small := &files{dir: watched, tally: y, rnd: of(2), words: words()}
	faults, stop := context.WithCancel(ctx)
	changing := begin(faults, t, small.run)
	killMonitor(ctx, t, of(3), monitor, y, n)
	stop()
	if err := changing(); err != nil {
		t.Fatal(err)
	}
	ledger.Eventually(ctx, t, "every line to arrive", func() (bool, error) {
		missing := y.missing()
		select {
		case <-ctx.Done():
			t.Error(strings.Join(missing, "\n"))
		default:
		}
		return len(missing) == 0, nil
	})
	took := time.Since(began)

	// What would come twice would do so when all is looked through anew.
	if err := monitor.stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, of(4), dir, "directory-monitor", monitor.args...)
	if err := small.write("last", 10); err != nil {
		t.Fatal(err)
	}
	ledger.Eventually(ctx, t, "the last file", func() (bool, error) { return y.has("last", -1), nil })
	ledger.Pause(ctx, 2*time.Second)
	if err := again.stop(); err != nil {
		t.Fatal(err)
	}
	if err := following(); err != nil {
		t.Fatal(err)
	}
	for _, text := range y.wrong {
		t.Error(text)
	}
	checkNoDeadLetters(ctx, t, cfg.Kafka)
	peak := max(monitor.peak, again.peak)
	if peak == 0 || peak > maxResident {
		t.Errorf("directory-monitor used %d MiB, at most %d are allowed", peak>>20, maxResident>>20)
	}
	t.Logf("%d kills; %d lines of %d files exactly once in %s; %v; at most %d MiB resident",
		monitor.killed, y.lines, len(y.files), took.Round(time.Millisecond), small.count, peak>>20)
}

// writeBig writes a .gz of n lines.
func writeBig(path string, n int) (size, packed int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return 0, 0, err
	}
	w := words()
	var buf []byte
	for i := range n {
		buf = appendLine(buf, w, "big", i, bigLine)
		if len(buf) < 1<<20 && i < n-1 {
			continue
		}
		if _, err := z.Write(buf); err != nil {
			return 0, 0, err
		}
		size += int64(len(buf))
		buf = buf[:0]
	}
	if err := z.Close(); err != nil {
		return 0, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	return size, info.Size(), f.Close()
}

// killMonitor kills the monitor, in turn soon after it started and when it has
// come as far as chance says, so that it gets on at all and the last kill comes
// before the end.
func killMonitor(ctx context.Context, t *testing.T, rnd *rand.Rand, monitor *service, y *tally, lines int) {
	t.Helper()
	marks := make([]int64, (*monitorKills+1)/2)
	for i := range marks {
		marks[i] = rnd.Int64N(int64(lines) * 98 / 100)
	}
	slices.Sort(marks)
	for i := 0; i < *monitorKills; {
		if i%2 == 0 {
			ledger.Eventually(ctx, t, fmt.Sprintf("line %d", marks[i/2]), func() (bool, error) { return y.seen() >= marks[i/2], nil })
			ledger.Pause(ctx, ledger.Between(rnd, 0, 150*time.Millisecond))
		} else {
			ledger.Pause(ctx, ledger.Between(rnd, 0, 1200*time.Millisecond))
		}
		if ran, ok := monitor.kill(); ok {
			i++
			t.Logf("kill %3d at line %d, after %s", i, y.seen(), ran.Round(time.Millisecond))
		}
		if ctx.Err() != nil {
			t.Fatalf("only %d of %d kills in time", i, *monitorKills)
		}
	}
}

func checkNoDeadLetters(ctx context.Context, t *testing.T, cfg kafka.Config) {
	t.Helper()
	admin, err := kafka.NewAdmin(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	ends, err := admin.Ends(ctx, kafka.TopicDeadLetters)
	if err != nil {
		t.Fatal(err)
	}
	r, err := kafka.NewReader(cfg, kafka.TopicDeadLetters, map[int32]int64{0: 0})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	err = r.ReadTo(ctx, ends, func(rec *kafka.Record) error {
		if !rec.Control {
			t.Errorf("a dead letter: %.300s", rec.Value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
