package scanlog_test

import (
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/scheduler/internal/scanlog"
)

// The backlog is what merge has not checkpointed, at the mean size of what was
// written here.
func TestBacklog(t *testing.T) {
	c := start(t, 1)
	l := c.open(0)
	assignment(t, l, 1)
	if n, err := l.Backlog(within(t)); n != 0 || err != nil {
		t.Errorf("at the beginning: %d, %v", n, err)
	}
	check(t, l.Begin())
	for range 9 {
		l.Block(within(t), 1, make([]byte, 1000))
	}
	l.Seal(within(t), 1, make([]byte, 1000))
	if ok, err := l.End(within(t), map[int32]int64{0: 0}); !ok || err != nil {
		t.Fatalf("commit: %t, %v", ok, err)
	}
	if n, err := l.Backlog(within(t)); n != 10_000 || err != nil {
		t.Errorf("with 10 records: %d, %v", n, err)
	}
	check(t, c.admin.DeleteRecords(within(t), kafka.TopicExchange, map[int32]int64{1: 8}))
	if n, err := l.Backlog(within(t)); n < 2000 || n > 3000 || err != nil {
		t.Errorf("with 2 records: %d, %v", n, err)
	}
}

// transactions writes n of them, each with a block of so many bytes, or none, to
// every exchange partition.
func transactions(t *testing.T, l *scanlog.Log, n, size int) (bytes int64) {
	t.Helper()
	for range n {
		check(t, l.Begin())
		for p := range int32(2) {
			if size > 0 {
				l.Block(within(t), p, make([]byte, size))
			}
			l.Seal(within(t), p, make([]byte, 100))
			bytes += int64(size) + 100
		}
		if ok, err := l.End(within(t), map[int32]int64{0: 0}); !ok || err != nil {
			t.Fatalf("commit: %t, %v", ok, err)
		}
	}
	return bytes
}

func about(t *testing.T, what string, l *scanlog.Log, want int64) {
	t.Helper()
	if n, err := l.Backlog(within(t)); err != nil || n < want*8/10 || n > want*12/10 {
		t.Errorf("%s: %d, want about %d; %v", what, n, want, err)
	}
}

// A process that finds a backlog knows how large it is before it has written
// anything, and does not forget it for a few small records of its own.
func TestBacklogAtStart(t *testing.T) {
	c := start(t, 1)
	l := c.open(0)
	assignment(t, l, 1)
	n := transactions(t, l, 20, 30_000)
	about(t, "as written", l, n)
	l.Close()
	again := c.open(0)
	about(t, "at the start", again, n)
	assignment(t, again, 1)
	n += transactions(t, again, 5, 0)
	about(t, "after a few seals", again, n+5*2*2*10_000) // at the mean of what was there: a block, a seal, a marker
	check(t, c.admin.DeleteRecords(within(t), kafka.TopicExchange, map[int32]int64{0: 30, 1: 30}))
	about(t, "half of it checkpointed", again, n/2+5*2*2*10_000)
}

// A backlog of which nothing can be read yet is taken for large.
func TestBacklogUnreadable(t *testing.T) {
	c := start(t, 1)
	x, err := kafka.NewTxn(within(t), c.cfg, "writer", 0)
	check(t, err)
	defer x.Close()
	check(t, x.Begin())
	flushed := kafka.Record{Topic: kafka.TopicExchange, Value: make([]byte, 500), Headers: []kafka.Header{{Key: "type", Value: []byte(merge.TypeBlock)}}}
	x.Produce(within(t), &flushed)
	ends := map[int32]int64{}
	for ends[0] == 0 {
		ends, err = c.admin.Ends(within(t), kafka.TopicExchange)
		check(t, err)
	}
	l := c.open(0)
	if n, err := l.Backlog(within(t)); n != 64<<10 || err != nil {
		t.Errorf("one record in an open transaction: %d, %v", n, err)
	}
	check(t, x.Commit(within(t)))
	if n, err := l.Backlog(within(t)); n != 500 || err != nil {
		t.Errorf("once it is readable: %d, %v", n, err)
	}
}

// A scan that starts over too large a backlog reads nothing.
func TestPausedFromTheStart(t *testing.T) {
	c := start(t, 1)
	l := c.open(0)
	assignment(t, l, 1)
	transactions(t, l, 20, 30_000)
	l.Close()
	c.posts(0, 3)
	limit := func(cfg *scan.Config) { cfg.BacklogLimit = 500_000 }
	metrics, leave := c.run(0, allRows(t), limit)
	for ctx := within(t); !metrics.Paused.Load(); time.Sleep(10 * time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatal("never paused")
		}
	}
	leave()
	if n := metrics.Documents.Load(); n != 0 {
		t.Errorf("%d documents were read", n)
	}
	if metrics.Paused.Load() {
		t.Error("a stage that has ended is paused")
	}
	check(t, c.admin.DeleteRecords(within(t), kafka.TopicExchange, map[int32]int64{0: 50, 1: 50}))
	metrics, leave = c.run(0, allRows(t), limit)
	for ctx := within(t); metrics.Documents.Load() < 3; time.Sleep(10 * time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatal("never read on")
		}
	}
	leave()
}
