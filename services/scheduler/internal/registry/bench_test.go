package registry

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/embedded"
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
	r = New(b.cfg, b.catalog, slog.New(slog.DiscardHandler))
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
