package monitor

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/directory-monitor/internal/publish"
)

// workload writes files of every kind while monitors come and go, and returns
// every line that it wrote.
type workload struct {
	h    *harness
	rnd  *rand.Rand
	want []string
	next int
}

func (w *workload) docs(n, size int) []string {
	docs := make([]string, n)
	for i := range docs {
		docs[i] = numbered(fmt.Sprintf("w%d", w.next), 1, w.rnd.IntN(size))[0]
		w.next++
	}
	w.want = append(w.want, docs...)
	return docs
}

// prepare writes files that take a while to read.
func (w *workload) prepare() {
	w.h.write("big.ndjson", join(w.docs(3000, 2000)))
	w.h.write("big.ndjson.gz", gz(w.h.t, join(w.docs(3000, 2000)), join(w.docs(3000, 2000))))
	w.h.write("big.ndjson.zst", zst(w.h.t, join(w.docs(3000, 2000)), join(w.docs(3000, 2000))))
	w.h.write("grow.ndjson", join(w.docs(1, 10)))
	for _, f := range forms() {
		w.h.write("big-"+f.name, f.head+f.write(w, 500, 1000))
		w.h.write("big-"+f.name+".gz", gz(w.h.t, f.head+f.write(w, 500, 1000), f.write(w, 500, 1000)))
		w.h.write("big-"+f.name+".zst", zst(w.h.t, f.head+f.write(w, 500, 1000)))
		w.h.write("grow-"+f.name, f.head)
	}
}

// change does something to the files.
func (w *workload) change(i int) {
	switch w.rnd.IntN(9) {
	case 0:
		w.h.write(fmt.Sprintf("new%d.ndjson", i), join(w.docs(1+w.rnd.IntN(300), 500)))
	case 1:
		w.h.write(fmt.Sprintf("new%d.tmp", i), gz(w.h.t, join(w.docs(1+w.rnd.IntN(300), 500))))
		rename(w.h.t, w.h.path(fmt.Sprintf("new%d.tmp", i)), w.h.path(fmt.Sprintf("new%d.gz", i)))
	case 2:
		w.h.appendTo("big.ndjson.gz", gz(w.h.t, join(w.docs(1+w.rnd.IntN(100), 500))))
	case 3:
		// Renamed and made anew.
		if i%3 == 0 {
			rename(w.h.t, w.h.path("grow.ndjson"), w.h.path(fmt.Sprintf("grow%d.ndjson", i)))
		}
		w.h.appendTo("grow.ndjson", join(w.docs(1+w.rnd.IntN(50), 300)))
	case 4, 5, 6:
		// Records that come in two pieces, in time.
		f := forms()[w.rnd.IntN(len(forms()))]
		text := f.write(w, 1+w.rnd.IntN(30), 300)
		cut := w.rnd.IntN(len(text))
		w.h.appendTo("grow-"+f.name, text[:cut])
		w.h.appendTo("grow-"+f.name, text[cut:])
	default:
		// A line that comes in two pieces, in time.
		text := join(w.docs(1+w.rnd.IntN(50), 300))
		cut := w.rnd.IntN(len(text))
		w.h.appendTo("grow.ndjson", text[:cut])
		w.h.appendTo("grow.ndjson", text[cut:])
	}
}

// TestExactlyOnceWhenRunEnds stops Run at random moments.
func TestExactlyOnceWhenRunEnds(t *testing.T) {
	h := newHarness(t)
	h.collect()
	w := &workload{h: h, rnd: rand.New(rand.NewPCG(seed(t), 1))}
	w.prepare()
	for i := range 25 {
		stop := h.start()
		for range w.rnd.IntN(4) {
			w.change(i)
			i += 100
		}
		time.Sleep(time.Duration(w.rnd.IntN(60)) * time.Millisecond)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	h.start()
	h.expectNoMore(w.want...)
}

// TestExactlyOnceWhenCommitsFail makes commits fail before they reach the log,
// and their answers get lost.
func TestExactlyOnceWhenCommitsFail(t *testing.T) {
	h := newHarness(t)
	h.collect()
	w := &workload{h: h, rnd: rand.New(rand.NewPCG(seed(t), 2))}
	w.prepare()
	var mu sync.Mutex
	chance := rand.New(rand.NewPCG(w.rnd.Uint64(), 3))
	failures := 0
	h.start(func(c *Config) {
		c.wrap = func(txn publish.Transactions) publish.Transactions {
			return failing{txn, func() (before, after error) {
				mu.Lock()
				defer mu.Unlock()
				if failures == 10 || chance.IntN(3) > 0 {
					return nil, nil
				}
				failures++
				if chance.IntN(2) == 0 {
					return errors.New("the commit got lost"), nil
				}
				return nil, errors.New("the answer got lost")
			}}
		}
	})
	for i := range 40 {
		w.change(i)
		time.Sleep(time.Duration(w.rnd.IntN(30)) * time.Millisecond)
	}
	h.expectNoMore(w.want...)
}

// TestExactlyOnceWhenKilled kills the process at random moments.
func TestExactlyOnceWhenKilled(t *testing.T) {
	h := newHarness(t)
	h.collect()
	w := &workload{h: h, rnd: rand.New(rand.NewPCG(seed(t), 4))}
	w.prepare()
	for i := range 15 {
		cmd := startChild(t, "monitor", childWatch+"="+h.dir, childAddr+"="+strings.Join(h.config.Kafka.Brokers, ","))
		cmd.Stderr = h.log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range w.rnd.IntN(4) {
			w.change(i)
			i += 100
			time.Sleep(time.Duration(w.rnd.IntN(60)) * time.Millisecond)
		}
		time.Sleep(time.Duration(w.rnd.IntN(150)) * time.Millisecond)
		kill(t, cmd)
	}
	h.start()
	h.expectNoMore(w.want...)
}

// TestSecondMonitorTakesOver runs two monitors of one name: exactly once holds,
// and the first of them gives up at once, and says why.
func TestSecondMonitorTakesOver(t *testing.T) {
	h := newHarness(t)
	h.collect()
	w := &workload{h: h, rnd: rand.New(rand.NewPCG(seed(t), 5))}
	w.prepare()
	first, second := h.start(), h.start()
	for i := range 60 {
		w.change(i)
		time.Sleep(20 * time.Millisecond)
	}
	h.expectNoMore(w.want...)
	a, b := first(), second()
	if errors.Is(a, ErrFenced) == errors.Is(b, ErrFenced) {
		t.Fatalf("not one of them gave up: %v, %v", a, b)
	}
	fenced := cmp.Or(a, b)
	for _, want := range []string{"(of " + h.dir + ") is fenced: another one runs under this --name", "stop the other", "nothing is lost"} {
		if !strings.Contains(fenced.Error(), want) || daemon.ExitCode(fenced) != daemon.ExitFailed {
			t.Errorf("%v\nlacks %s, or is exit code %d", fenced, want, daemon.ExitCode(fenced))
		}
	}
	if strings.Contains(h.log.String(), "recovered") {
		t.Error("a takeover is said to be a failure from which one recovers")
	}
}

// A transaction that was open for longer than Kafka lets it be is ended by Kafka,
// with the same error as a takeover. That is no reason to give up, unless it
// happens again and again.
func TestTimedOutTransaction(t *testing.T) {
	clock := daemon.NewFakeClock(time.Unix(1000, 0))
	m := &monitor{Config: Config{Clock: clock}}
	late := func(after time.Duration) bool {
		return m.takenOver(&publish.CommitError{Err: fmt.Errorf("commit: %w", kafka.ErrFenced), After: after})
	}
	if late(kafka.TransactionTimeout) {
		t.Error("gave up after the first")
	}
	clock.Advance(2 * fencedTwice)
	if late(kafka.TransactionTimeout) {
		t.Error("gave up after another one, much later")
	}
	clock.Advance(fencedTwice / 2)
	if !late(kafka.TransactionTimeout) {
		t.Error("did not give up after two")
	}
	clock.Advance(2 * fencedTwice)
	if !late(time.Second) || !m.takenOver(kafka.ErrFenced) {
		t.Error("did not give up when taken over")
	}
}

// TestKafkaAway stops the process that holds the log in the middle, for longer
// than a transaction may last.
func TestKafkaAway(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a transaction to time out")
	}
	cmd := startChild(t, "log")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	line := make([]byte, 200)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	brokers := strings.Split(strings.TrimSpace(string(line[:n])), ",")

	h := newHarness(t)
	h.config.Kafka.Brokers = brokers
	h.collect()
	w := &workload{h: h, rnd: rand.New(rand.NewPCG(seed(t), 6))}
	h.write("grow.ndjson", join(w.docs(10, 100)))
	h.start()
	h.expect(w.want...)
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	w.prepare()
	for i := range 20 {
		w.change(i)
	}
	h.wait("a word about it", func() bool { return strings.Contains(h.log.String(), "Kafka is slow or away") })
	if _, ready := h.config.Ready.Conditions(); ready {
		t.Error("ready while Kafka is away")
	}
	time.Sleep(7 * time.Second) // the transaction times out in 10 s
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	h.expectNoMore(w.want...)
	h.wait("readiness", func() bool { _, ready := h.config.Ready.Conditions(); return ready })
}
