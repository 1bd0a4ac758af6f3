package queryparser_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	queryparser "github.com/millrace/millrace/services/query-parser"
)

// ward is brokers that do not answer for some topics, or for none.
type ward struct {
	queryparser.Brokers
	mu   sync.Mutex
	sick map[string]bool
	away bool

	asked int // for topics of streams
}

func (w *ward) set(away bool, sick ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away, w.sick = away, map[string]bool{}
	for _, name := range sick {
		w.sick[name] = true
	}
}

func (w *ward) ill(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.away || w.sick[name] {
		return errors.New("LEADER_NOT_AVAILABLE")
	}
	return nil
}

func (w *ward) questions() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked
}

func (w *ward) EnsureStream(ctx context.Context, layout kafka.Layout, name string) (kafka.StreamTopic, error) {
	w.mu.Lock()
	w.asked++
	w.mu.Unlock()
	if err := w.ill(name); err != nil {
		return kafka.StreamTopic{}, &kafka.UnreachableError{Brokers: []string{"10.0.0.1:9092"}, Err: err}
	}
	return w.Brokers.EnsureStream(ctx, layout, name)
}

func (w *ward) Ends(ctx context.Context, topic string) (map[int32]int64, error) {
	if err := w.ill(topic); err != nil {
		return nil, err
	}
	return w.Brokers.Ends(ctx, topic)
}

// patient is a query parser over a ward, by a clock that stands still while it works.
type patient struct {
	clock *daemon.FakeClock
	rests bool // after an attempt that has failed
}

func startPatient(t *testing.T, l *log, w *ward) *patient {
	t.Helper()
	p := &patient{clock: daemon.NewFakeClock(time.Unix(1000, 0))}
	cfg := l.config()
	cfg.Clock = p.clock
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- queryparser.RunOver(ctx, cfg, func(b queryparser.Brokers) queryparser.Brokers {
			w.Brokers = b
			return w
		})
	}()
	t.Cleanup(func() {
		cancel()
		check(t, <-ended)
	})
	return p
}

// fails waits until so many more attempts have failed.
func (p *patient) fails(t *testing.T, attempts int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for range attempts {
		if p.rests {
			p.again()
		}
		if err := p.clock.WaitForTimers(ctx, 1); err != nil {
			t.Fatal("an attempt that was to fail does not")
		}
		p.rests = true
	}
}

// again begins the next attempt, five seconds after the one that has failed.
func (p *patient) again() {
	p.rests = false
	p.clock.Advance(5 * time.Second)
}

// settled waits for n status records, and shows them and the registry.
func settled(t *testing.T, l *log, n int) string {
	t.Helper()
	statuses := told(l.statuses(t, n))
	var keys []string
	for _, rec := range l.registry(t) {
		header, _ := rec.Header(wire.HeaderEpoch)
		keys = append(keys, fmt.Sprintf("%s@%s", rec.Key, header))
	}
	return statuses + "\n" + strings.Join(keys, " ")
}

const orders = "CREATE STREAM orders (a BIGINT) WITH (topic = 'orders')"

// A stream over a topic that does not answer holds up what was submitted before it not at
// all, and what was submitted after it until it is rejected.
func TestASickTopic(t *testing.T) {
	l := newLog(t)
	w := &ward{}
	w.set(false, "orders")
	l.submit(t,
		"logs", "CREATE STREAM logs (level VARCHAR)",
		"errors", "CREATE VIEW errors AS SELECT level FROM logs",
		"old", count,
		"old", "",
		"orders", orders,
		"levels", "SELECT level FROM errors",
		"amounts", "SELECT a FROM orders",
		"old", count,
	)
	p := startPatient(t, l, w)
	want := "stream logs accepted, view errors accepted, old accepted, old dropped"
	keys := "\ns/logs@0 v/errors@1 q/old@2 q/old@3"
	if got := settled(t, l, 4); got != want+keys {
		t.Errorf("before the stream is rejected\n%s\nwant\n%s", got, want+keys)
	}
	p.fails(t, 6) // of which the last is after 25 s
	p.again()
	want += ", stream orders rejected, levels accepted, amounts rejected, old accepted"
	keys += " q/levels@5 q/old@7"
	if got := settled(t, l, 8); got != want+keys {
		t.Errorf("after the stream is rejected\n%s\nwant\n%s", got, want+keys)
	}
	s := l.statuses(t, 8)[4]
	if s.Message != "topic orders does not answer: LEADER_NOT_AVAILABLE" || s.Hint != "submit the statement again when it does" || s.Column == 0 {
		t.Errorf("rejected with %+v", s)
	}

	w.set(false)
	p.clock.Advance(queryparser.SilentRest)
	l.submit(t, "orders", orders, "amounts", "SELECT a FROM orders")
	want += ", stream orders accepted, amounts accepted"
	keys += " s/orders@8 q/amounts@9"
	if got := settled(t, l, 10); got != want+keys {
		t.Errorf("after the topic is well\n%s\nwant\n%s", got, want+keys)
	}
}

// A topic is given its time, and Kafka as a whole any: nothing is rejected.
func TestNothingIsRejectedWhileKafkaIsAway(t *testing.T) {
	l := newLog(t)
	w := &ward{}
	w.set(true)
	l.submit(t, "before", count, "orders", orders, "after", count)
	p := startPatient(t, l, w)
	p.fails(t, 20)
	w.set(false, "orders")
	p.fails(t, 6)
	w.set(true) // what was counted before is forgotten
	p.fails(t, 1)
	w.set(false, "orders")
	p.fails(t, 6)
	w.set(false)
	p.again()
	const want = "before accepted, stream orders accepted, after accepted\nq/before@0 s/orders@1 q/after@2"
	if got := settled(t, l, 3); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A topic that was found silent holds up nobody for a while: what names it is rejected at
// once, and what is over others is decided as ever. After that it is asked once at a time.
func TestASickTopicIsRemembered(t *testing.T) {
	l := newLog(t)
	w := &ward{}
	w.set(false, "orders", "later")
	l.submit(t, "orders", orders)
	p := startPatient(t, l, w)
	p.fails(t, 6)
	p.again()
	rejected := l.statuses(t, 1)[0]
	asked := w.questions()

	l.submit(t, "orders", orders, "logs", "CREATE STREAM logs (level VARCHAR)", "again", strings.Replace(orders, "orders", "again", 1), "old", count)
	want := "stream orders rejected, stream orders rejected, stream logs accepted, stream again rejected, old accepted\ns/logs@2 q/old@4"
	if got := settled(t, l, 5); got != want {
		t.Errorf("while it is remembered\n%s\nwant\n%s", got, want)
	}
	if n := w.questions() - asked; n != 1 { // for that of logs
		t.Errorf("brokers were asked %d times", n)
	}
	if s := l.statuses(t, 2)[1]; s.Message != rejected.Message || s.Hint != rejected.Hint {
		t.Errorf("rejected with %+v, before with %+v", s, rejected)
	}

	// When it is asked again it has no second trial, in the middle of a transaction either.
	p.clock.Advance(queryparser.SilentRest)
	asked = w.questions()
	l.submit(t, "old", count, "orders", orders, "orders", orders, "old", "")
	want = strings.Replace(want, "\n", ", old accepted, stream orders rejected, stream orders rejected, old dropped\n", 1) + " q/old@5 q/old@8"
	if got := settled(t, l, 9); got != want {
		t.Errorf("when it is asked again\n%s\nwant\n%s", got, want)
	}
	if n := w.questions() - asked; n != 1 {
		t.Errorf("brokers were asked %d times", n)
	}

	// Long after, it is like any other, and one that answers is forgotten at once.
	p.clock.Advance(queryparser.SilentMemory)
	l.submit(t, "orders", orders)
	p.fails(t, 3)
	w.set(false, "later")
	p.again()
	want = strings.Replace(want, "\n", ", stream orders accepted\n", 1) + " s/orders@9"
	if got := settled(t, l, 10); got != want {
		t.Errorf("after it has answered\n%s\nwant\n%s", got, want)
	}
}
