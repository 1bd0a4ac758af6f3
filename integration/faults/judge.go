package faults

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"time"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// jury is a ledger.Reporter: what is wrong is a violation.
type jury struct{ j *journal }

func (t jury) Helper()                           {}
func (t jury) Logf(format string, args ...any)   { t.j.note(format, args...) }
func (t jury) Error(args ...any)                 { t.j.violation("%s", fmt.Sprint(args...)) }
func (t jury) Errorf(format string, args ...any) { t.j.violation(format, args...) }
func (t jury) Fatal(args ...any)                 { t.Error(args...); runtime.Goexit() }
func (t jury) Fatalf(format string, args ...any) { t.Errorf(format, args...); runtime.Goexit() }

// apart runs a part of the judgement, which a Fatal ends, and tells whether it came
// to its end.
func apart(fn func()) bool {
	ended := make(chan bool, 1)
	go func() {
		whole := false
		defer func() { ended <- whole }()
		fn()
		whole = true
	}()
	return <-ended
}

// judge waits until everything has arrived and compares.
func (h *harness) judge(ctx context.Context, report *Report) {
	t := jury{h.journal}
	for _, l := range h.fleet.links {
		l.heal()
	}
	if err := h.fleetOf(schedulers); err != nil {
		t.Error(err)
	}
	patience := settling
	if h.cfg.Planted != "" {
		patience /= 4 // what does not arrive was caught
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := &ledger.Checker{
		Follower: h.follower, Churn: h.churn, Reader: h.reader, Admin: h.admin, Base: "http://" + h.fleet.shown.listen,
		Lossy: h.observer.lost() > 0,
	}
	began := time.Now()
	settled := apart(func() { c.Settle(ctx, t) })
	if !settled {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		h.quiet(late, t)
		return
	}
	h.journal.note("settled after %s", time.Since(began).Round(time.Millisecond))
	apart(func() {
		c.Expect(t)
		rows, windows := c.Compare(ctx, t, false)
		h.journal.note("%d queries, %d of them begun midway; %d rows, %d of them in windows, compared with the reference", len(c.Queries), c.Midway, rows, windows)
		c.Counters(ctx, t)
		c.Served(ctx, t)
		h.logs(ctx, t, c)
	})
	h.used(ctx, t)
	all := apart(func() { h.ended(ctx, t, c) })
	h.quiet(ctx, t)
	h.letters(ctx, t)
	report.judged = apart(func() { h.again(ctx, t, c) }) && all
	lines, _, _ := h.book.Counts()
	report.Lines, report.Queries = lines, len(c.Queries)
	seals, skipped := h.follower.Seals()
	report.say("%d lines in %d files (held back %s), %d torn by a full disk, tricks %v, %d seals (%d times behind), submissions %v, %d definitions, Redis lost data: %v",
		lines, h.writer.Files, h.writer.Held.Round(time.Millisecond), h.writer.Torn, h.tricks.count, seals, skipped, h.churn.Count, len(h.follower.Registry()), h.observer.lost() > 2)
	report.say("%d looks at fences, %d change messages, %d of them continue the one before", h.observer.looks, h.observer.change, h.observer.chained)
}

// ended has the input end, so that all windows close, and compares again.
func (h *harness) ended(ctx context.Context, t jury, c *ledger.Checker) {
	for p := range int32(partitions) {
		err := h.producer.Produce(ctx, kafka.Record{
			Topic: kafka.TopicTweets, Partition: p, Value: []byte{}, Headers: []kafka.Header{{Key: wire.HeaderEndOfInput}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	h.waitEnded(ctx, t)
	rows, windows := c.Compare(ctx, t, true)
	h.journal.note("and when the input has ended %d rows, %d of them in windows", rows, windows)
	h.logs(ctx, t, c)
	c.Counters(ctx, t)
	for _, text := range h.book.Wrong() {
		t.Error(text)
	}
	if n := h.book.Loose(); n > 0 {
		t.Errorf("%d stretches of tweets are sealed beside those that continue each other", n)
	}
}

func (h *harness) waitEnded(ctx context.Context, t jury) {
	ledger.Eventually(ctx, t, "as_of to reach the end of the input", func() (bool, error) {
		asOf, all, err := h.reader.AsOf(ctx)
		return err == nil && all && asOf.Ended, nil
	})
}

// quiet checks that no transaction was left open.
func (h *harness) quiet(ctx context.Context, t jury) {
	stuck, err := h.spy.stuck(ctx, 25*time.Second)
	if err != nil {
		t.Error(err)
	}
	for _, name := range stuck {
		t.Errorf("the last stable offset of %s stays below its high watermark", name)
	}
	if len(stuck) > 0 {
		t.Logf("transactions open now: %v", h.spy.ongoing(ctx))
	}
}

// again checks that checkpoints and exchange hold what Redis held: with Redis empty
// and one new scheduler, everything is there again.
func (h *harness) again(ctx context.Context, t jury, c *ledger.Checker) {
	for _, s := range h.fleet.schedulers {
		s.down(syscall.SIGTERM, drainPatience)
	}
	h.observer.lose()
	if err := h.store.client.FlushAll(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	h.observer.lose()
	if err := h.fleet.schedulers[0].start(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	h.waitEnded(ctx, t)
	c.Lossy = true
	ledger.Eventually(ctx, t, "the queries to be listed again", func() (bool, error) {
		listed, err := h.reader.IDs(ctx)
		return err == nil && len(listed) >= len(c.Queries), nil
	})
	rows, windows := c.Compare(ctx, t, true)
	c.Counters(ctx, t)
	h.logs(ctx, t, c)
	h.journal.note("and from checkpoints and exchange alone, after %s, %d rows, %d of them in windows", time.Since(began).Round(time.Millisecond), rows, windows)
}
