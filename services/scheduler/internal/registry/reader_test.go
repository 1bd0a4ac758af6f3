package registry

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is an embedded log with a writer of the registry.
type bench struct {
	t       *testing.T
	cfg     kafka.Config
	catalog *catalog.Catalog
	admin   *kafka.Admin
	txn     *kafka.Txn
	end     int64 // of the registry
}

func newBench(t *testing.T) *bench {
	t.Helper()
	servers, err := embedded.Start(embedded.Options{Log: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := servers.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{t: t, cfg: kafka.Config{Brokers: servers.Brokers, Embedded: true}}
	b.makeTopics()
	if b.catalog, err = catalog.Default(); err != nil {
		t.Fatal(err)
	}
	if b.admin, err = kafka.NewAdmin(b.cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.admin.Close)
	if b.txn, err = kafka.NewTxn(t.Context(), b.cfg, "test", 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.txn.Close)
	return b
}

func (b *bench) makeTopics() {
	b.t.Helper()
	if _, err := kafka.Ensure(b.t.Context(), b.cfg, kafka.Layout{Partitions: 1, ExchangePartitions: 1}); err != nil {
		b.t.Fatal(err)
	}
}

// write writes records in one transaction, which is aborted or committed.
func (b *bench) write(commit bool, records ...kafka.Record) {
	b.t.Helper()
	if err := b.txn.Begin(); err != nil {
		b.t.Fatal(err)
	}
	for i := range records {
		records[i].Topic = kafka.TopicRegistry
		b.txn.Produce(b.t.Context(), &records[i])
	}
	b.end += int64(len(records))
	end := b.txn.Commit
	if !commit {
		end = b.txn.Abort
		for b.written() < b.end { // or they would never be sent
			time.Sleep(time.Millisecond)
		}
	}
	if err := end(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.end++ // the marker
}

// written returns the end of the registry.
func (b *bench) written() int64 {
	b.t.Helper()
	ends, err := b.admin.Ends(b.t.Context(), kafka.TopicRegistry)
	if err != nil {
		b.t.Fatal(err)
	}
	return ends[0]
}

// query is a registration; edit changes the message.
func (b *bench) query(id string, epoch int64, text string, edit ...func(*wire.Registry)) kafka.Record {
	b.t.Helper()
	root, err := sql.Compile(text, b.catalog)
	if err != nil {
		b.t.Fatal(err)
	}
	def := wire.Registry{ID: id, Epoch: epoch, SQL: text, Plan: plan.Encode(root), Owner: "me", Submitted: time.Unix(1, 0)}
	for _, e := range edit {
		e(&def)
	}
	value, err := def.Marshal()
	if err != nil {
		b.t.Fatal(err)
	}
	r := drop(id, epoch)
	r.Value = value
	return r
}

func drop(id string, epoch int64) kafka.Record {
	return kafka.Record{Key: wire.RegistryKey(id), Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(epoch)}}}
}

const (
	counting = "SELECT lang, count(*) AS n FROM tweets WHERE text CONTAINS 'go' GROUP BY lang"
	listing  = "SELECT id, text FROM tweets WHERE lang = 'en'"
)

// follow runs a reader until the test ends or stop is called, which returns what
// Run returned.
func (b *bench) follow(edit func(*Reader)) (r *Reader, stop func() error) {
	r = New(b.cfg, b.catalog, Defaults{LogRows: 7, Retention: time.Minute}, slog.New(slog.DiscardHandler))
	if edit != nil {
		edit(r)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	var once atomic.Bool
	stop = func() error {
		if once.Swap(true) {
			return nil
		}
		cancel()
		return <-ended
	}
	b.t.Cleanup(func() { _ = stop() })
	return r, stop
}

// reach waits until the reader has read everything.
func (b *bench) reach(r *Reader) *merge.Definitions {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	if err := r.Wait(ctx, b.end); err != nil {
		b.t.Fatalf("at %d of %d: %v", r.Current().Position, b.end, err)
	}
	d := r.Snapshot()
	if d.Position != b.end {
		b.t.Fatalf("at %d of %d", d.Position, b.end)
	}
	if end, err := r.End(ctx); err != nil || end != b.end {
		b.t.Fatalf("the end is %d of %d (%v)", end, b.end, err)
	}
	return d
}

func TestPositionsCountEverything(t *testing.T) {
	b := newBench(t)
	r, _ := b.follow(nil)
	b.reach(r) // nothing
	b.write(true, b.query("q", 3, counting))
	d := b.reach(r)
	if q := d.Queries["q"]; q == nil || q.Position != 0 || q.Epoch != 3 || q.Failed != "" || q.Table == nil {
		t.Fatalf("%+v", q)
	}
	b.write(false, b.query("aborted", 4, counting))
	if d := b.reach(r); len(d.Queries) != 1 {
		t.Fatalf("%v", d.Queries)
	}
	b.write(true, b.query("rows", 5, listing), drop("q", 6))
	if d := b.reach(r); d.Queries["rows"].Position != 4 || d.Queries["q"] != nil || d.Drops["q"] != 6 {
		t.Fatalf("%+v", d)
	}
	b.write(true, b.query("q", 8, listing))
	if d := b.reach(r); d.Queries["q"].Position != 7 || len(d.Drops) != 0 {
		t.Fatalf("%+v", d)
	}
	late, _ := b.follow(nil) // one that starts now reads the same
	if d := b.reach(late); len(d.Queries) != 2 || d.Queries["q"].Epoch != 8 {
		t.Fatalf("%+v", d)
	}
}

func TestWhatAQueryIs(t *testing.T) {
	b := newBench(t)
	r, _ := b.follow(nil)
	b.write(true,
		b.query("default", 1, listing),
		b.query("named", 2, listing, func(def *wire.Registry) {
			def.Options = wire.Options{Retention: wire.Duration(time.Hour), MaxGroups: 1, MaxRowsPerSecond: 2, MaxResultBytes: 3}
			def.Labels = map[string]string{"team": "a"}
		}))
	d := b.reach(r)
	if got, want := d.Queries["default"].Limits, (merge.Limits{LogRows: 7, Retention: time.Minute}); got != want {
		t.Errorf("limits %+v, want %+v", got, want)
	}
	want := merge.Limits{LogRows: 7, Retention: time.Hour, MaxGroups: 1, MaxRowsPerSecond: 2, MaxResultBytes: 3}
	if got := d.Queries["named"].Limits; got != want {
		t.Errorf("limits %+v, want %+v", got, want)
	}
	q := d.Queries["named"]
	columns := []merge.OutputColumn{{Name: "id", Type: "BIGINT"}, {Name: "text", Type: "VARCHAR"}}
	if q.Info.SQL != listing || q.Info.Owner != "me" || q.Info.Labels["team"] != "a" || !slices.Equal(q.Info.Columns, columns) || q.Stream != "tweets" {
		t.Errorf("%+v", q)
	}
	if q.Rows == nil || q.Rows.Node != d.Queries["default"].Rows.Node {
		t.Error("two queries of one text do not share their node")
	}
}

// TestOneBadDefinitionHarmsNoOther: one that is registered as failed, and one
// whose plan cannot be read here.
func TestOneBadDefinitionHarmsNoOther(t *testing.T) {
	b := newBench(t)
	r, _ := b.follow(nil)
	reason := "more than max_groups = 1 groups"
	b.write(true,
		b.query("good", 1, counting),
		b.query("failed", 2, counting, func(def *wire.Registry) { def.Failed = &reason }),
		b.query("garbled", 3, counting, func(def *wire.Registry) { def.Plan = []byte{250, 1, 2} }),
		kafka.Record{Key: []byte("v/view"), Value: []byte("of a later version")},
	)
	d := b.reach(r)
	if q := d.Queries["good"]; q.Failed != "" || q.Table == nil {
		t.Errorf("good: %+v", q)
	}
	if q := d.Queries["failed"]; q.Failed != reason || q.Table != nil || q.Selection != d.Queries["good"].Selection || len(q.Info.Columns) != 2 {
		t.Errorf("failed: %+v", q)
	}
	if q := d.Queries["garbled"]; !strings.HasPrefix(q.Failed, "this scheduler cannot run it: ") || q.Table != nil || q.Rows != nil {
		t.Errorf("garbled: %+v", q)
	}
	if len(d.Queries) != 3 {
		t.Errorf("%d queries", len(d.Queries))
	}
	selections := 0
	for _, s := range r.Current().Program.Streams {
		selections += len(s.Selections)
	}
	if selections != 1 {
		t.Errorf("%d selections are scanned for", selections)
	}
}

// TestSnapshotsStayWhatTheyAre: nothing new makes no new definitions, and those
// handed out never change.
func TestSnapshotsStayWhatTheyAre(t *testing.T) {
	b := newBench(t)
	r, _ := b.follow(nil)
	b.write(true, b.query("q", 1, counting))
	first := b.reach(r)
	program := r.Current().Program
	if r.Snapshot() != first {
		t.Fatal("two snapshots of one position differ")
	}
	b.write(true, kafka.Record{Key: []byte("v/view"), Value: []byte("{}")})
	second := b.reach(r)
	if second == first || second.Queries["q"] != first.Queries["q"] || r.Current().Program != program {
		t.Fatal("a record about no query changed the definitions")
	}
	b.write(true, drop("q", 2))
	b.reach(r)
	if len(first.Queries) != 1 || len(first.Drops) != 0 || len(second.Queries) != 1 {
		t.Fatal("an earlier snapshot changed")
	}

	table := &table{reader: r, builder: build.NewBuilder(b.catalog), queries: map[string]*merge.Query{}}
	before := r.Snapshot()
	r.publish(table, before.Position)
	if r.Snapshot() != before {
		t.Fatal("nothing changed, and the definitions are others")
	}
}

func TestReadersStopLoudly(t *testing.T) {
	for _, c := range []struct {
		name    string
		records func(b *bench) []kafka.Record
		want    error
		text    string
	}{
		{"an epoch again", func(b *bench) []kafka.Record {
			return []kafka.Record{b.query("q", 5, counting), b.query("q", 5, listing)}
		}, ErrEpochs, "query q has epoch 5 at offset 1 after epoch 5"},
		{"an epoch below that of a drop", func(b *bench) []kafka.Record {
			return []kafka.Record{drop("q", 5), b.query("q", 4, counting)}
		}, ErrEpochs, "epoch 4"},
		{"no epoch", func(b *bench) []kafka.Record {
			r := b.query("q", 5, counting)
			r.Headers = nil
			return []kafka.Record{r}
		}, wire.ErrInvalid, "offset 0: header epoch"},
		{"another id inside", func(b *bench) []kafka.Record {
			r := b.query("q", 5, counting)
			r.Key = wire.RegistryKey("p")
			return []kafka.Record{r}
		}, wire.ErrInvalid, "name query p at epoch 5, its value q at 5"},
		{"no message", func(*bench) []kafka.Record {
			r := drop("q", 5)
			r.Value = []byte("{")
			return []kafka.Record{r}
		}, wire.ErrInvalid, "offset 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.write(true, c.records(b)...)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			r := New(b.cfg, b.catalog, Defaults{}, slog.New(slog.DiscardHandler))
			if err := r.Run(ctx); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Fatalf("got %v, want %q", err, c.text)
			}
		})
	}
}

// TestAReaderThatWasAwayReadsAnew: a tombstone may have come and gone meanwhile.
func TestAReaderThatWasAwayReadsAnew(t *testing.T) {
	b := newBench(t)
	var away atomic.Int64
	r, _ := b.follow(func(r *Reader) { r.now = func() time.Time { return time.Unix(away.Load(), 0) } })
	b.write(true, b.query("q", 1, counting), b.query("gone", 2, counting))
	first := b.reach(r)
	away.Store(int64(tombstonesLive/time.Second) + 1)
	b.write(true, b.query("p", 3, counting))
	second := b.reach(r)
	if second.Queries["q"] == first.Queries["q"] || len(second.Queries) != 3 {
		t.Fatalf("%v was not read anew", second.Queries)
	}
}

func TestATopicMadeAnewIsRefused(t *testing.T) {
	b := newBench(t)
	r, stop := b.follow(nil)
	b.write(true, b.query("q", 1, counting))
	b.reach(r)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := b.admin.DeleteTopics(t.Context(), kafka.TopicRegistry); err != nil {
		t.Fatal(err)
	}
	b.makeTopics()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := r.Run(ctx); !errors.Is(err, merge.ErrIncarnation) {
		t.Fatalf("got %v, want ErrIncarnation", err)
	}
}
