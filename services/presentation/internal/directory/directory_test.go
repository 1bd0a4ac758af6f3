package directory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/declared"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

func compile(t testing.TB, text string) *plan.Output {
	t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	out, err := sql.Compile(text, cat)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func register(t *testing.T, id string, epoch int64) *kafka.Record {
	t.Helper()
	r := wire.Registry{ID: id, Epoch: epoch, SQL: "s", Plan: plan.Encode(compile(t, "SELECT count(*) FROM tweets")), Submitted: time.Unix(1, 0)}
	value, err := r.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return &kafka.Record{Key: wire.RegistryKey(id), Value: value}
}

func drop(id string, epoch int64) *kafka.Record {
	return &kafka.Record{Key: wire.RegistryKey(id), Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(epoch)}}}
}

// status makes a status record of query q.
func status(t *testing.T, epoch int64, tr wire.Transition) *kafka.Record {
	t.Helper()
	s := wire.Status{ID: "q", Epoch: epoch, Transition: tr, Message: string(tr) + " at " + fmt.Sprint(epoch), Time: time.Unix(1, 0)}
	value, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return &kafka.Record{Key: []byte("q"), Value: value}
}

// TestStates reads records in the orders in which two topics may bring them.
func TestStates(t *testing.T) {
	d := directory.New(new(catalog.Catalog))
	want := func(epoch int64, state, rejection string) {
		t.Helper()
		q, ok := d.Get("q")
		got := ""
		if q.Rejection != nil {
			got = q.Rejection.Message
		}
		if !ok || q.Epoch != epoch || q.State != state || got != rejection {
			t.Errorf("got %v %d %s %q, want %d %s %q", ok, q.Epoch, q.State, got, epoch, state, rejection)
		}
	}
	read := func(recs ...*kafka.Record) {
		t.Helper()
		for _, r := range recs {
			var err error
			if strings.HasPrefix(string(r.Key), "q/") {
				err = d.ReadRegistry(r)
			} else {
				err = d.ReadStatus(r)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	if _, ok := d.Get("q"); ok {
		t.Error("known before anything is")
	}
	d.Submitted("q", 3)
	want(3, "submitted", "")
	read(status(t, 3, wire.Rejected))
	want(3, "rejected", "rejected at 3")
	d.Submitted("q", 5)
	want(5, "submitted", "")
	read(status(t, 5, wire.Accepted))
	want(5, "accepted", "")
	read(register(t, "q", 5))
	want(5, "accepted", "")
	read(status(t, 5, wire.CatchingUp), status(t, 5, wire.Live), status(t, 5, wire.CatchingUp), status(t, 5, wire.Live))
	want(5, "live", "")
	read(status(t, 6, wire.Rejected))
	want(5, "live", "rejected at 6")
	read(register(t, "q", 8))
	want(8, "accepted", "")
	read(status(t, 5, wire.Live))
	want(8, "accepted", "")
	if got := d.Unknown(10); len(got) != 1 || got[0] != "q" {
		t.Errorf("unknown %v", got)
	}
	d.Fill("q", 5, "live")
	want(8, "accepted", "")
	d.Fill("q", 8, "live")
	want(8, "live", "")
	if got := d.Unknown(10); len(got) != 0 {
		t.Errorf("unknown %v", got)
	}
	if r, over := d.Decided("q", 5); r != nil || !over {
		t.Error("5 is not over")
	}
	if r, over := d.Decided("q", 8); r != nil || over {
		t.Error("8 is over")
	}
	read(status(t, 9, wire.Dropped))
	want(8, "dropped", "")
	read(drop("q", 9))
	want(9, "dropped", "")
	if d.Len() != 0 {
		t.Errorf("%d registered", d.Len())
	}
	for _, r := range []*kafka.Record{register(t, "q", 9), register(t, "q", 2), drop("q", 9), drop("q", 1)} {
		if err := d.ReadRegistry(r); err == nil || !strings.Contains(err.Error(), "somebody else") {
			t.Errorf("got %v", err)
		}
	}
	read(register(t, "q", 10))
	want(10, "accepted", "")
}

func TestChanged(t *testing.T) {
	d := directory.New(new(catalog.Catalog))
	news, stop := d.Changed("q")
	other, stopOther := d.Changed("q")
	stopOther()
	if err := d.ReadRegistry(register(t, "q", 1)); err != nil {
		t.Fatal(err)
	}
	<-news
	stop()
	select {
	case <-other:
		t.Error("told after stop")
	default:
	}
}

// TestForgets bounds what is kept of ids that are not registered.
func TestForgets(t *testing.T) {
	d := directory.New(new(catalog.Catalog))
	if err := d.ReadRegistry(register(t, "keep", 1)); err != nil {
		t.Fatal(err)
	}
	for i := range 50_000 {
		d.Submitted(fmt.Sprintf("q%d", i), int64(i+2))
	}
	known := 0
	for i := range 50_000 {
		if _, ok := d.Get(fmt.Sprintf("q%d", i)); ok {
			known++
		}
	}
	if _, ok := d.Get("keep"); !ok || known > 20_000 || known < 10_000 {
		t.Errorf("%d are known, the registered one: %v", known, ok)
	}
}

func TestDescribe(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT count(*) FROM tweets": "rows false [{count(*) BIGINT}]",
		"SELECT lang, avg(retweet_count) AS a FROM tweets GROUP BY lang HAVING count(*) > 1": "rows false [{lang VARCHAR} {a DOUBLE}]",
		"SELECT id, hashtags FROM tweets":                                                                         "log false [{id BIGINT} {hashtags ARRAY<VARCHAR>}]",
		"SELECT id FROM tweets ORDER BY retweet_count LIMIT 3":                                                    "top false [{id BIGINT}]",
		"SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY n LIMIT 3":                                 "top false [{lang VARCHAR} {n BIGINT}]",
		"SELECT window_end, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '1' HOUR) GROUP BY window_end": "rows true [{window_end TIMESTAMP} {n BIGINT}]",
	} {
		kind, windowed, columns := directory.Describe(compile(t, text))
		if got := fmt.Sprint(kind, " ", windowed, " ", columns); got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestCompleted(t *testing.T) {
	d := directory.New(new(catalog.Catalog))
	rec := register(t, "q", 8)
	var r wire.Registry
	if err := r.Unmarshal(rec.Value); err != nil {
		t.Fatal(err)
	}
	reason, ended := "it has the rows of its LIMIT 2", int64(5)
	r.Failed, r.Failing, r.Completed = &reason, &ended, true
	value, err := r.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	rec.Value = value
	for _, read := range []func() error{
		func() error { return d.ReadRegistry(register(t, "q", 5)) },
		func() error { return d.ReadStatus(status(t, 5, wire.Live)) },
		func() error { return d.ReadStatus(status(t, 8, wire.Completed)) },
		func() error { return d.ReadRegistry(rec) },
	} {
		if err := read(); err != nil {
			t.Fatal(err)
		}
		if _, over := d.Decided("q", 5); over {
			t.Error("who waits for it to be live is told that it will not be")
		}
	}
	if q, ok := d.Get("q"); !ok || q.State != "completed" || q.Message != reason || !q.Ended() || q.Epoch != 8 {
		t.Errorf("got %+v", q)
	}
	if ids := d.Unknown(10); len(ids) != 0 {
		t.Errorf("the state of %v is asked for", ids)
	}
}

// Streams and views are those of the registry as far as it was read; what cannot be read
// here is left out.
func TestDeclared(t *testing.T) {
	builtIn, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	d := directory.New(builtIn)
	put := func(name, sql string, epoch int64) error {
		s := wire.Stream{
			Name: name, Epoch: epoch, SQL: sql, Topic: "millrace." + name, TopicID: strings.Repeat("a", 22),
			Partitions: 1, From: []int64{0}, Submitted: time.Unix(1, 0),
		}
		value, err := s.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return d.ReadRegistry(&kafka.Record{Key: wire.StreamKey(name), Value: value, Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(epoch)}}})
	}
	if err := put("logs", "CREATE STREAM logs (a JSON)", 5); err != nil {
		t.Fatal(err)
	}
	var left *declared.LeftOutError
	if err := put("later", "CREATE STREAM later (a JSON) SOMEHOW", 6); !errors.As(err, &left) || left.Name != "later" || left.Epoch != 6 {
		t.Errorf("of another version: %v", err)
	}
	if err := put("logs", "CREATE STREAM logs (a JSON)", 5); err == nil || errors.As(err, &left) {
		t.Errorf("an epoch twice: %v", err)
	}
	if _, ok := d.Catalog().Stream("logs"); !ok || len(d.Catalog().Streams()) != 2 {
		t.Errorf("%d streams", len(d.Catalog().Streams()))
	}
	if _, ok := d.Get("logs"); ok {
		t.Error("a stream is told to be a query")
	}
	d.Reset()
	if d.Catalog() != builtIn {
		t.Error("after a reset there are streams of before")
	}
	if err := put("logs", "CREATE STREAM logs (a JSON)", 5); err != nil {
		t.Error(err)
	}
}
