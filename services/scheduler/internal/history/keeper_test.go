package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/results"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a keeper over a Redis of its own, whose steps the test takes.
type fixture struct {
	*Keeper
	t      *testing.T
	rdb    redis.UniversalClient
	w      *results.Writer
	offset int64
	defs   *merge.Definitions
	at     time.Time
	logged bytes.Buffer
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	servers, err := embedded.Start(embedded.Options{Redis: true})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, rdb: results.Connect(results.Server{Addr: servers.RedisAddr}), at: time.Now(), defs: &merge.Definitions{}}
	t.Cleanup(func() {
		if err := errors.Join(f.rdb.Close(), servers.Close()); err != nil && !errors.Is(err, redis.ErrClosed) {
			t.Error(err)
		}
	})
	f.Keeper = New(f.rdb, 1, func() *merge.Definitions { return f.defs }, slog.New(slog.NewTextHandler(&f.logged, nil)))
	f.now = func() time.Time { return f.at }
	f.w = results.NewWriter(f.rdb, 0, 1, map[string]string{"topic": "uuid-1"})
	if _, _, err := f.w.Take(t.Context(), 1, results.Fence{}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) define(queries ...*merge.Query) {
	byID := map[string]*merge.Query{}
	for _, q := range queries {
		byID[q.ID] = q
	}
	f.defs = &merge.Definitions{Queries: merge.DirectoryOf(byID)}
}

// write sets a query's one row, and tells the keeper.
func (f *fixture) write(id string, epoch, n int64) {
	f.t.Helper()
	f.offset++
	_, err := f.w.Apply(f.t.Context(), f.offset, []results.Op{&results.Rows{
		Target: results.Target{ID: id, Epoch: epoch}, Set: map[string][]byte{"[]": fmt.Appendf(nil, `{"n":%d}`, n)},
	}})
	if err != nil {
		f.t.Fatal(err)
	}
	f.Changed(id)
}

// round is a second later: it looks and takes what samples are due.
func (f *fixture) round() {
	f.t.Helper()
	f.at = f.at.Add(time.Second)
	for id := range f.defs.Queries.All() {
		f.rdb.Del(f.t.Context(), "millrace:{"+id+"}:sampled") // Redis's clock does not wait
	}
	if err := errors.Join(f.look(f.t.Context()), f.sample(f.t.Context())); err != nil {
		f.t.Fatal(err)
	}
}

// has compares the values of n in a history.
func (f *fixture) has(id, want string) {
	f.t.Helper()
	samples, err := results.NewReader(f.rdb).History(f.t.Context(), id, "", 100)
	if err != nil {
		f.t.Fatal(err)
	}
	var got []string
	for _, s := range samples {
		_, n, _ := strings.Cut(string(s.Rows), `"n":`)
		got = append(got, strings.TrimRight(n, "}]"))
	}
	if strings.Join(got, " ") != want {
		f.t.Fatalf("history of %s is %q, want %q", id, got, want)
	}
}

func TestSamplesAreTakenOfWhatIsWanted(t *testing.T) {
	f := newFixture(t)
	option := &merge.Query{ID: "option", Epoch: 1, History: true}
	f.define(option, &merge.Query{ID: "plain", Epoch: 2})
	f.write("option", 1, 1)
	f.write("plain", 2, 1)
	f.round()
	f.write("option", 1, 2)
	f.write("plain", 2, 2)
	f.round()
	f.round() // nothing has changed
	f.has("option", "1 2")
	f.has("plain", "")

	if err := results.NewReader(f.rdb).Watch(t.Context(), "plain", f.at.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	f.round()
	f.has("plain", "2") // where the chart begins
	f.write("plain", 2, 3)
	f.round()
	f.has("plain", "2 3")
	f.at = f.at.Add(2 * time.Minute) // nobody watches any more
	f.round()
	f.write("plain", 2, 4)
	f.round()
	f.has("plain", "2 3")

	f.define(&merge.Query{ID: "option", Epoch: 9, History: true}) // submitted again
	f.write("option", 9, 5)
	f.round()
	f.has("option", "5")
	f.define(&merge.Query{ID: "option", Epoch: 10, History: true}) // again, and another scheduler writes
	wanted := f.wanted.Swap(&map[string]bool{})
	f.write("option", 10, 6)
	f.wanted.Store(wanted)
	f.round()
	f.has("option", "6")
	f.define() // and dropped
	f.round()
	if len(f.changed)+len(f.due)+len(*f.wanted.Load()) != 0 {
		t.Errorf("it remembers what is gone: %v %v", f.changed, f.due)
	}
}

// TestNoMoreThanOneSampleASecond: several schedulers take them.
func TestNoMoreThanOneSampleASecond(t *testing.T) {
	f := newFixture(t)
	f.define(&merge.Query{ID: "a", Epoch: 1, History: true})
	f.write("a", 1, 1)
	f.round()
	f.write("a", 1, 2)
	f.at = f.at.Add(time.Second) // by this clock one is due, by Redis's it is not
	if err := f.sample(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.has("a", "1")
	if _, waits := f.changed["a"]; !waits || !f.due["a"].After(f.at) {
		t.Fatalf("the change is forgotten: %v, due %v", f.changed, f.due)
	}
	f.round()
	f.has("a", "1 2")
}

func TestWithoutRedisItComplainsAndGoesOn(t *testing.T) {
	f := newFixture(t)
	f.define(&merge.Query{ID: "a", Epoch: 1, History: true})
	f.round()
	f.write("a", 1, 1)
	if err := f.rdb.Close(); err != nil {
		t.Fatal(err)
	}
	f.at = f.at.Add(time.Second)
	f.try(t.Context(), f.sample)
	f.try(t.Context(), f.sample)
	if got := strings.Count(f.logged.String(), "no samples are taken"); got != 1 {
		t.Errorf("%d warnings, want 1: %s", got, &f.logged)
	}
	if _, waits := f.changed["a"]; !waits {
		t.Error("the change is forgotten")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Run(ctx); err != nil {
		t.Error(err)
	}
}
