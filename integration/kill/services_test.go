package kill

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/encoding/json"
	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/integration/ledger"
	queries "github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/millrace"
)

// TestServicesKilled kills services at random while files are written and
// queries come and go; in the end every query's rows are those of the reference.
func TestServicesKilled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute+time.Duration(*kills)*10*time.Second)
	defer cancel()
	cfg := servers(ctx, t)
	dir := binaries(ctx, t, "./services/millrace/cmd/millrace", "./services/directory-monitor/cmd/directory-monitor",
		"./services/query-parser/cmd/query-parser", "./services/scheduler/cmd/scheduler", "./services/presentation/cmd/presentation")
	of := random(t)

	book := ledger.New(layout())
	follower := &ledger.Follower{Config: cfg.Kafka, Ledger: book}
	following := begin(ctx, t, follower.Run)
	base := freeAddress(t)
	watched, aside := filepath.Join(t.TempDir(), "watched"), t.TempDir()
	if err := os.Mkdir(watched, 0o700); err != nil {
		t.Fatal(err)
	}
	lines := tweets(t, dir, of(1).Uint64()>>32)
	services := startAll(t, cfg, of(2), dir, watched, base)

	producer, err := kafka.NewProducer(cfg.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	rdb := results.Connect(cfg.Redis)
	defer rdb.Close()
	reader := results.NewReader(rdb)
	admin, err := kafka.NewAdmin(cfg.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()

	w := &ledger.Writer{Dir: watched, Aside: aside, Lines: lines, Random: of(3), Ledger: book, Rate: *rate}
	sample, err := w.Peek(400)
	if err != nil {
		t.Fatal(err)
	}
	c := &ledger.Churn{Producer: producer, Random: of(4), Queries: queries.New(of(5).Uint64(), sample)}
	if err := c.Begin(ctx); err != nil {
		t.Fatal(err)
	}
	watch := &watcher{reader: reader}
	faults, stop := context.WithCancel(ctx)
	working := []func() error{
		begin(faults, t, w.Run), begin(faults, t, c.Run), begin(faults, t, watch.run),
	}
	killAtRandom(ctx, t, of(6), services, book, *kills)
	stop()
	for _, wait := range working {
		if err := wait(); err != nil {
			t.Fatal(err)
		}
	}

	check := &ledger.Checker{Follower: follower, Churn: c, Reader: reader, Admin: admin, Base: "http://" + base}
	settling := time.Now()
	check.Settle(ctx, t)
	t.Logf("settled after %s", time.Since(settling).Round(time.Millisecond))
	check.Expect(t)
	rows, windows := check.Compare(ctx, t, false)
	t.Logf("%d queries, %d of them begun midway; %d rows, %d of them in windows", len(check.Queries), check.Midway, rows, windows)
	check.Counters(ctx, t)
	check.Served(ctx, t)

	endInput(ctx, t, producer)
	ledger.Eventually(ctx, t, "as_of to reach the end of the input", func() (bool, error) {
		asOf, all, err := reader.AsOf(ctx)
		return all && asOf.Ended, err
	})
	rows, windows = check.Compare(ctx, t, true)
	t.Logf("and when the input has ended %d rows, %d of them in windows", rows, windows)
	check.Counters(ctx, t)
	if err := following(); err != nil {
		t.Error(err)
	}
	letters := follower.Dead()
	if len(letters) == 0 {
		t.Error("no dead letters, though lines were broken")
	}
	dead := 0
	for i := range letters {
		if !strings.HasPrefix(letters[i].Source, kafka.TopicTweets) {
			dead++
		}
	}
	if dead != book.Dead() {
		t.Errorf("%d lines became dead letters of directory-monitor, %d should", dead, book.Dead())
	}
	for _, text := range append(book.Wrong(), watch.wrong...) {
		t.Error(text)
	}
	all, _, _ := book.Counts()
	seals, skipped := follower.Seals()
	t.Logf("%d lines in %d files (held back %s), %d seals (%d times behind), %v, %d definitions, %d looks at results",
		all, w.Files, w.Held.Round(time.Millisecond), seals, skipped, c.Count, len(follower.Registry()), watch.looks)
}

// begin runs fn until its context ends or wait is called; wait returns its error.
func begin(ctx context.Context, t *testing.T, fn func(context.Context) error) (wait func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	var g errgroup.Group
	g.Go(func() error {
		err := fn(ctx)
		if err != nil {
			t.Logf("gave up: %v", err)
		}
		return err
	})
	t.Cleanup(func() { cancel(); _ = g.Wait() })
	return func() error { cancel(); return g.Wait() }
}

// startAll starts the four services.
func startAll(t *testing.T, cfg millrace.Config, rnd *rand.Rand, dir, watched, base string) []*service {
	t.Helper()
	l := layout()
	common := []string{
		"--brokers", strings.Join(cfg.Kafka.Brokers, ","),
		"--partitions", fmt.Sprint(l.Partitions), "--exchange-partitions", fmt.Sprint(l.ExchangePartitions),
	}
	redis := append([]string{"--redis", cfg.Redis.Addr}, common...)
	quiet := []string{"--listen", ""}
	one := func(name string, args ...[]string) *service {
		var all []string
		for _, a := range args {
			all = append(all, a...)
		}
		return start(t, rand.New(rand.NewPCG(rnd.Uint64(), 0)), dir, name, all...)
	}
	return []*service{
		one("directory-monitor", common, quiet, []string{"--watch", watched, "--rescan", "1s"}),
		one("query-parser", common, quiet, []string{"--max-groups", "0", "--max-rows-per-second", "0", "--max-result-bytes", "0", "--log-rows", "0"}),
		one("scheduler", redis, quiet, []string{"--checkpoint-interval", "3s"}),
		one("presentation", redis, []string{"--listen", base}),
	}
}

// killAtRandom kills one service after the other: mostly after lines have been
// scanned again, now and then while something starts or recovers.
func killAtRandom(ctx context.Context, t *testing.T, rnd *rand.Rand, services []*service, book *ledger.Ledger, n int) {
	t.Helper()
	const patience = 20 * time.Second
	began, done := time.Now(), 0
	for i := 0; i < n; {
		if rnd.IntN(4) > 0 {
			for since := time.Now(); book.Done() == done && time.Since(since) < patience; {
				ledger.Pause(ctx, 20*time.Millisecond)
			}
		}
		ledger.Pause(ctx, ledger.Between(rnd, 0, 2*time.Second))
		if ctx.Err() != nil {
			t.Fatalf("only %d of %d kills in time", i, n)
		}
		s := services[rnd.IntN(len(services))]
		if ran, ok := s.kill(); ok {
			i, done = i+1, book.Done()
			t.Logf("%6.1f s, %6d lines: kill %2d: %s, which ran for %s", time.Since(began).Seconds(), done, i, s.name, ran.Round(time.Millisecond))
		}
	}
	// Nothing is killed any more, but what was last has time to come back while
	// lines still come.
	ledger.Pause(ctx, 2*time.Second)
}

// endInput marks the end of the input on every partition.
func endInput(ctx context.Context, t *testing.T, producer *kafka.Producer) {
	t.Helper()
	for p := range layout().Partitions {
		err := producer.Produce(ctx, kafka.Record{
			Topic: kafka.TopicTweets, Partition: p, Value: []byte{}, Headers: []kafka.Header{{Key: wire.HeaderEndOfInput}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// watcher looks at the results all the time: what was once written never goes
// back.
type watcher struct {
	reader *results.Reader
	looks  int
	wrong  []string
}

func (w *watcher) run(ctx context.Context) error {
	var vector map[int32]int64
	var count int64
	for ledger.Pause(ctx, 30*time.Millisecond) {
		asOf, all, err := w.reader.AsOf(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if all {
			for p, offset := range vector {
				if now := asOf.Vector[kafka.TopicTweets][p]; now < offset {
					w.complain("as_of of partition %d went back from %d to %d", p, offset, now)
				}
			}
			vector = asOf.Vector[kafka.TopicTweets]
		}
		rows, err := w.reader.RowsOf(ctx, ledger.Constant, results.Window{}, []string{"[]"})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		var row struct {
			N int64 `json:"n"`
		}
		if rows[0].Value == nil {
			if count > 0 {
				w.complain("the count, which was %d, is gone", count)
			}
			continue
		}
		if err := json.Unmarshal(rows[0].Value, &row); err != nil {
			return err
		}
		if row.N < count {
			w.complain("a count went back from %d to %d", count, row.N)
		}
		count = row.N
		w.looks++
	}
	return nil
}

func (w *watcher) complain(format string, args ...any) {
	if len(w.wrong) < 20 {
		w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
	}
}

// tweets starts `millrace generate` and returns its output: lines whose event
// time advances by a millisecond each and lies back by up to 1.5 s, one in a
// hundred of them broken.
func tweets(t *testing.T, dir string, seed uint64) *bufio.Reader {
	t.Helper()
	cmd := exec.Command(filepath.Join(dir, "millrace"), "generate", "--count", "0", "--lean",
		"--seed", fmt.Sprint(seed), "--step", "1ms", "--disorder", "1500ms", "--malformed", "0.01")
	cmd.SysProcAttr = dieWithParent()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return bufio.NewReaderSize(out, 1<<20)
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
