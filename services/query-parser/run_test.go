package queryparser_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	queryparser "github.com/millrace/millrace/services/query-parser"
)

const count = "SELECT count(*) FROM tweets WHERE lang = 'en'"

func TestSubmissionsAreRegistered(t *testing.T) {
	l := newLog(t)
	l.start(t)
	l.submit(t,
		"a", count,
		"b", `{"sql":"SELECT lang FROM tweets","owner":"ann"}`,
		"c", "SELECT lagn FROM tweets",
		"a", "SELECT id FROM tweets",
		"b", "",
		"a", "nonsense",
		"a", `{"fail":{"epoch":3,"reason":"too many rows"}}`,
	)
	var told []string
	for _, s := range l.statuses(t, 7) {
		told = append(told, fmt.Sprintf("%s@%d %s", s.ID, s.Epoch, s.Transition))
	}
	want := "a@0 accepted, b@1 accepted, c@2 rejected, a@3 accepted, b@4 dropped, a@5 rejected, a@6 failed"
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("statuses\n%s, want\n%s", got, want)
	}
	if got, want := epochs(t, l.registry(t)), "a@0 b@1 a@3 -b@4 a@6!"; got != want {
		t.Errorf("registry %s, want %s", got, want)
	}
}

// epochs shows registry records: -id of a drop, ! for a failed query. It checks
// that values and headers agree.
func epochs(t *testing.T, records []kafka.Record) string {
	t.Helper()
	var all []string
	for _, rec := range records {
		id, ok := wire.ParseRegistryKey(rec.Key)
		header, _ := rec.Header(wire.HeaderEpoch)
		epoch, err := wire.ParseEpoch(header)
		if !ok || err != nil {
			t.Errorf("registry record with key %q and epoch %q", rec.Key, header)
		}
		if rec.Value == nil {
			all = append(all, fmt.Sprintf("-%s@%d", id, epoch))
			continue
		}
		var r wire.Registry
		check(t, r.Unmarshal(rec.Value))
		if r.ID != id || r.Epoch != epoch {
			t.Errorf("registry record of %s@%d holds %s@%d", id, epoch, r.ID, r.Epoch)
		}
		mark := ""
		if r.Failed != nil {
			mark = "!"
		}
		all = append(all, fmt.Sprintf("%s@%d%s", id, epoch, mark))
	}
	return strings.Join(all, " ")
}

// TestRestarts stops and starts the service at random while submissions come:
// each of them must give one status record and at most one registry record.
func TestRestarts(t *testing.T) {
	const seed, total = 7, 1500
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	l := newLog(t)
	sent := 0
	for sent < total {
		stop := l.start(t)
		burst := min(1+rnd.IntN(150), total-sent)
		var batch []string
		for range burst {
			batch = append(batch, randomSubmission(rnd)...)
		}
		l.submit(t, batch...)
		sent += burst
		time.Sleep(time.Duration(rnd.IntN(150)) * time.Millisecond) // anywhere in the work
		check(t, stop())
	}
	l.start(t)
	checkExactlyOnce(t, l, total)
}

func randomSubmission(rnd *rand.Rand) []string {
	id := fmt.Sprintf("q%d", rnd.IntN(40))
	switch rnd.IntN(6) {
	case 0:
		return []string{id, ""}
	case 1:
		return []string{id, "SELECT nothing"}
	default:
		return []string{id, fmt.Sprintf("SELECT count(*) FROM tweets WHERE retweet_count > %d", rnd.IntN(100))}
	}
}

// checkExactlyOnce waits until all submissions are decided, and compares the
// registry with the statuses.
func checkExactlyOnce(t *testing.T, l *log, total int) {
	t.Helper()
	var want []string
	for i, s := range l.statuses(t, total) {
		if s.Epoch != int64(i) {
			t.Fatalf("status %d is of epoch %d", i, s.Epoch)
		}
		switch s.Transition {
		case wire.Accepted:
			want = append(want, fmt.Sprintf("%s@%d", s.ID, s.Epoch))
		case wire.Dropped:
			want = append(want, fmt.Sprintf("-%s@%d", s.ID, s.Epoch))
		case wire.Rejected:
		default:
			t.Errorf("status %s of epoch %d", s.Transition, s.Epoch)
		}
	}
	got := strings.Fields(epochs(t, l.registry(t)))
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("registry has %d records, the statuses tell of %d:\n%v\n%v", len(got), len(want), got, want)
	}
}

// TestTakeover starts a second parser beside the first: the first is fenced,
// and nothing is registered twice.
func TestTakeover(t *testing.T) {
	l := newLog(t)
	first := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { first <- queryparser.Run(ctx, l.config()) }()
	l.submit(t, "a", count, "b", count)
	l.statuses(t, 2)
	l.start(t)
	const more = 20
	for i := range more {
		l.submit(t, fmt.Sprintf("c%d", i), count)
	}
	l.statuses(t, 2+more)
	cancel()
	if err := <-first; err != nil && !errors.Is(err, kafka.ErrFenced) {
		t.Errorf("the first parser ended with %v", err)
	}
	checkExactlyOnce(t, l, 2+more)
}

// TestStartWithoutGroupOffset: what the registry has seen is not read again.
func TestStartWithoutGroupOffset(t *testing.T) {
	l := newLog(t)
	l.submit(t, "a", count, "b", count, "a", "", "c", count, "d", count)
	plan := registryValue(t, "b", 1)
	header := func(epoch int64) []kafka.Header {
		return []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(epoch)}}
	}
	check(t, l.producer.Produce(t.Context(),
		kafka.Record{Topic: kafka.TopicRegistry, Key: wire.RegistryKey("b"), Value: plan, Headers: header(1)},
		kafka.Record{Topic: kafka.TopicRegistry, Key: wire.RegistryKey("a"), Headers: header(2)},
	))
	l.start(t)
	var told []string
	for _, s := range l.statuses(t, 2) {
		told = append(told, fmt.Sprintf("%s@%d", s.ID, s.Epoch))
	}
	if got := strings.Join(told, " "); got != "c@3 d@4" {
		t.Errorf("decided %s, want c@3 d@4", got)
	}
	// The state was read too: b is there to be dropped, a is not.
	l.submit(t, "b", "", "a", "")
	all := l.statuses(t, 4)
	if all[2].Transition != wire.Dropped || all[3].Transition != wire.Rejected {
		t.Errorf("drops were %s and %s, want dropped and rejected", all[2].Transition, all[3].Transition)
	}
}

func registryValue(t *testing.T, id string, epoch int64) []byte {
	t.Helper()
	r := wire.Registry{ID: id, Epoch: epoch, SQL: count, Plan: []byte{1}, Submitted: time.Unix(1e9, 0)}
	value, err := r.Marshal()
	check(t, err)
	return value
}

func TestRefusesTopicsThatDoNotFit(t *testing.T) {
	record := func(id string, epoch int64, value []byte) kafka.Record {
		return kafka.Record{
			Topic: kafka.TopicRegistry, Key: wire.RegistryKey(id), Value: value,
			Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(epoch)}},
		}
	}
	for _, c := range []struct {
		name    string
		records func(*testing.T) []kafka.Record
		want    string
	}{
		{
			"queries made anew",
			func(t *testing.T) []kafka.Record { return []kafka.Record{record("a", 50, registryValue(t, "a", 50))} },
			"millrace.queries ends at offset 0, but submissions up to 50 have been read: the topic was deleted and made anew; run millrace reset",
		},
		{
			"epochs that do not increase",
			func(t *testing.T) []kafka.Record {
				return []kafka.Record{record("a", 3, registryValue(t, "a", 3)), record("a", 3, nil)}
			},
			"query a has epoch 3 after epoch 3: somebody else writes the registry",
		},
		{
			"a record of a newer version",
			func(*testing.T) []kafka.Record { return []kafka.Record{record("a", 3, []byte(`{"version":99}`))} },
			"version 99",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLog(t)
			check(t, l.producer.Produce(t.Context(), c.records(t)...))
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			err := queryparser.Run(ctx, l.config())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestOtherPartitionCountsAreRefused(t *testing.T) {
	l := newLog(t)
	cfg := l.config()
	cfg.Layout.Partitions = 4
	var wrong *kafka.PartitionsError
	if err := queryparser.Run(t.Context(), cfg); !errors.As(err, &wrong) {
		t.Errorf("got %v, want a PartitionsError", err)
	}
}

func TestWaitsForBrokers(t *testing.T) {
	cfg := queryparser.Config{Kafka: kafka.Config{Brokers: []string{"127.0.0.1:1"}, Embedded: true}, Ready: daemon.NewReadiness("query-parser")}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- queryparser.Run(ctx, cfg) }()
	deadline := time.Now().Add(patience)
	for {
		conditions, ready := cfg.Ready.Conditions()
		if ready || time.Now().After(deadline) {
			t.Fatalf("conditions are %v", conditions)
		}
		if strings.Contains(conditions["query-parser"], "cannot reach Kafka at 127.0.0.1:1") {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	check(t, <-ended)
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		cfg  queryparser.Config
		want string
	}{
		{queryparser.Config{}, "no Kafka brokers given: set --brokers to host:port,…"},
		{
			queryparser.Config{Kafka: kafka.Config{Brokers: []string{"x:1"}}, Limits: queryparser.Limits{MaxGroups: -1}},
			"limits must not be negative: {MaxGroups:-1 MaxRowsPerSecond:0 MaxResultBytes:0 MaxStateBytes:0 Retention:0s LogRows:0 MaxDeclaredStreams:0}",
		},
	} {
		if err := queryparser.Run(t.Context(), c.cfg); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// TestManySubmissions registers 10,000 queries and logs how long that took.
func TestManySubmissions(t *testing.T) {
	const total = 10_000
	l := newLog(t)
	var batch []string
	for i := range total {
		batch = append(batch, fmt.Sprintf("q%d", i), fmt.Sprintf("SELECT lang, count(*) FROM tweets WHERE text CONTAINS 'word%d' GROUP BY lang", i))
	}
	l.submit(t, batch...)
	begun := time.Now()
	l.start(t)
	l.statuses(t, total)
	t.Logf("%d submissions were decided in %v %s", total, time.Since(begun).Round(time.Millisecond), "(embedded log: not a benchmark)")
	checkExactlyOnce(t, l, total)
}
