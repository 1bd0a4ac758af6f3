package faults

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A transaction is ended past its coordinator, also of a producer that has ended
// others before in the partition.
func TestATransactionIsEndedByHand(t *testing.T) {
	brokers := os.Getenv("MILLRACE_BROKERS")
	if brokers == "" {
		t.Skip("needs a broker that MILLRACE_BROKERS names")
	}
	for name, c := range map[string]struct {
		before int
		commit bool
	}{"first": {0, true}, "third": {2, true}, "third, aborted": {2, false}} {
		t.Run(name, func(t *testing.T) { endByHand(t, strings.Split(brokers, ","), c.before, c.commit) })
	}
}

func endByHand(t *testing.T, brokers []string, before int, commit bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	name := fmt.Sprintf("test-abort-%d", time.Now().UnixNano())
	cl, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.TransactionalID(name))
	must(t, err)
	defer cl.Close()
	s := &spy{client: cl, admin: kadm.NewClient(cl)}
	_, err = s.admin.CreateTopic(ctx, 1, 1, nil, name)
	must(t, err)
	defer func() { _, _ = s.admin.DeleteTopics(context.WithoutCancel(ctx), name) }()
	write := func() {
		t.Helper()
		must(t, cl.BeginTransaction())
		must(t, cl.ProduceSync(ctx, &kgo.Record{Topic: name, Value: []byte("x")}).FirstErr())
	}
	for range before {
		write()
		must(t, cl.EndTransaction(ctx, kgo.TryCommit))
	}
	write()
	offsets := func(of kadm.ListedOffsets, err error) int64 {
		t.Helper()
		must(t, err)
		end, _ := of.Lookup(name, 0)
		return end.Offset
	}
	stable := func() int64 { return offsets(s.admin.ListCommittedOffsets(ctx, name)) }
	high := func() int64 { return offsets(s.admin.ListEndOffsets(ctx, name)) }
	if at := stable(); at != int64(2*before) || high() != at+1 {
		t.Fatalf("the transaction is not open: stable up to %d of %d", at, high())
	}
	open, err := s.open(ctx, kadm.TopicsSet{name: {0: {}}})
	must(t, err)
	if len(open) != 1 || open[0].offset != int64(2*before) {
		t.Fatalf("open: %v", open)
	}
	must(t, s.end(ctx, open[0], commit))
	for stable() != high() || high() != int64(2*before+2) {
		if ctx.Err() != nil {
			t.Fatal("the transaction is still open")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestDecision(t *testing.T) {
	const (
		ongoing = kmsg.TransactionStateOngoing
		commits = kmsg.TransactionStatePrepareCommit
		aborts  = kmsg.TransactionStatePrepareAbort
		done    = kmsg.TransactionStateCompleteCommit
		undone  = kmsg.TransactionStateCompleteAbort
	)
	before := []step{{24, ongoing}, {25, commits}, {25, done}}
	for name, c := range map[string]struct {
		steps []step
		want  string
	}{
		"commit":                {append(before[:3:3], step{25, ongoing}, step{25, ongoing}, step{26, commits}, step{26, done}), "commit"},
		"abort":                 {append(before[:3:3], step{25, ongoing}, step{26, aborts}, step{26, undone}), "abort"},
		"without a new epoch":   {append(before[:3:3], step{25, ongoing}, step{25, aborts}, step{25, undone}), "abort"},
		"and the next":          {append(before[:3:3], step{25, ongoing}, step{26, aborts}, step{26, undone}, step{26, ongoing}, step{27, commits}), "abort"},
		"only the one before":   {before, "unknown"},
		"undecided":             {append(before[:3:3], step{25, ongoing}), "unknown"},
		"the decision is gone":  {append(before[:3:3], step{25, ongoing}, step{26, ongoing}, step{27, commits}), "unknown"},
		"of a much later one":   {append(before[:3:3], step{25, ongoing}, step{27, commits}), "unknown"},
		"the log has no such":   {[]step{{26, ongoing}, {27, commits}}, "unknown"},
		"nothing":               {nil, "unknown"},
		"complete, not decided": {append(before[:3:3], step{25, ongoing}, step{26, done}), "unknown"},
	} {
		got := "unknown"
		if commit, err := decision(c.steps, 25); err == nil {
			got = map[bool]string{true: "commit", false: "abort"}[commit]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Who finds a transaction hanging long after the broker was ended is not told that it
// was the broker.
func TestOnlyAnEndThatWasJustNowIsAnExcuse(t *testing.T) {
	base := time.Now()
	p := &process{outages: []outage{
		{from: base, to: base.Add(5 * time.Second), ended: true},
		{from: base.Add(time.Minute), to: base.Add(70 * time.Second)}, // it stood still
	}}
	for after, want := range map[time.Duration]bool{
		-time.Second: false, time.Second: true, 19 * time.Second: true, 21 * time.Second: false, 65 * time.Second: false,
	} {
		if got := p.endedBefore(base.Add(after), excusable); got != want {
			t.Errorf("%s later: %v, want %v", after, got, want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
