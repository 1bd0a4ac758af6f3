package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

func TestPositionsCountEverything(t *testing.T) {
	b := newBench(t)
	r, _ := b.follow(nil)
	b.reach(r) // nothing
	b.write(true, b.query("q", 3, counting))
	d := b.reach(r)
	if q := d.Queries.Get("q"); q == nil || q.Position != 0 || q.Epoch != 3 || q.Failed != "" || q.Table == nil {
		t.Fatalf("%+v", q)
	}
	b.write(false, b.query("aborted", 4, counting))
	if d := b.reach(r); d.Queries.Len() != 1 {
		t.Fatalf("%v", d.Queries)
	}
	b.write(true, b.query("rows", 5, listing), drop("q", 6))
	if d := b.reach(r); d.Queries.Get("rows").Position != 4 || d.Queries.Get("q") != nil || d.Drops.Get("q") != 6 {
		t.Fatalf("%+v", d)
	}
	b.write(true, b.query("q", 8, listing))
	if d := b.reach(r); d.Queries.Get("q").Position != 7 || d.Drops.Len() != 0 {
		t.Fatalf("%+v", d)
	}
	late, _ := b.follow(nil) // one that starts now reads the same
	if d := b.reach(late); d.Queries.Len() != 2 || d.Queries.Get("q").Epoch != 8 {
		t.Fatalf("%+v", d)
	}
}

func TestWhatAQueryIs(t *testing.T) {
	b := newBench(t)
	r, _ := b.follow(nil)
	b.write(true,
		b.query("unlimited", 1, listing),
		b.query("named", 2, listing, func(def *wire.Registry) {
			def.Options = wire.Settings{Retention: wire.Duration(time.Hour), LogRows: 7, MaxGroups: 1, MaxRowsPerSecond: 2, MaxResultBytes: 3, MaxStateBytes: 4}
			def.Labels = map[string]string{"team": "a"}
		}))
	d := b.reach(r)
	if got, want := d.Queries.Get("unlimited").Limits, (merge.Limits{}); got != want {
		t.Errorf("limits %+v, want %+v", got, want)
	}
	want := merge.Limits{LogRows: 7, Retention: time.Hour, MaxGroups: 1, MaxRowsPerSecond: 2, MaxResultBytes: 3, MaxStateBytes: 4}
	if got := d.Queries.Get("named").Limits; got != want {
		t.Errorf("limits %+v, want %+v", got, want)
	}
	q := d.Queries.Get("named")
	columns := []merge.OutputColumn{{Name: "id", Type: "BIGINT"}, {Name: "text", Type: "VARCHAR"}}
	if q.Info.SQL != listing || q.Info.Owner != "me" || q.Info.Labels["team"] != "a" || !slices.Equal(q.Info.Columns, columns) || q.Stream != "tweets" {
		t.Errorf("%+v", q)
	}
	if q.Rows == nil || q.Rows.Node != d.Queries.Get("unlimited").Rows.Node {
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
		kafka.Record{Key: []byte("x/later"), Value: []byte("of a later version")},
	)
	d := b.reach(r)
	if q := d.Queries.Get("good"); q.Failed != "" || q.Table == nil {
		t.Errorf("good: %+v", q)
	}
	if q := d.Queries.Get("failed"); q.Failed != reason || q.Table != nil || q.Selection != d.Queries.Get("good").Selection || len(q.Info.Columns) != 2 {
		t.Errorf("failed: %+v", q)
	}
	if q := d.Queries.Get("garbled"); !strings.HasPrefix(q.Failed, "this scheduler cannot run it: ") || q.Table != nil || q.Rows != nil {
		t.Errorf("garbled: %+v", q)
	}
	if d.Queries.Len() != 3 {
		t.Errorf("%d queries", d.Queries.Len())
	}
	if selections := len(r.Current().Program.Selections()); selections != 1 {
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
	b.write(true, kafka.Record{Key: []byte("x/later"), Value: []byte("{}")})
	second := b.reach(r)
	if second == first || second.Queries.Get("q") != first.Queries.Get("q") || r.Current().Program != program {
		t.Fatal("a record about no query changed the definitions")
	}
	b.write(true, drop("q", 2))
	b.reach(r)
	if first.Queries.Len() != 1 || first.Drops.Len() != 0 || second.Queries.Len() != 1 {
		t.Fatal("an earlier snapshot changed")
	}

	table := &table{reader: r, builder: build.NewBuilder(b.catalog), queries: merge.Directory[*merge.Query]{}.Edit()}
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
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			r := New(b.cfg, b.catalog, slog.New(slog.DiscardHandler))
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
	if second.Queries.Get("q") == first.Queries.Get("q") || second.Queries.Len() != 3 {
		t.Fatalf("%v was not read anew", second.Queries)
	}
}

// TestAReaderThatStaysBehindReadsAnew, however often it reads on: what it has not
// read yet may be gone meanwhile.
func TestAReaderThatStaysBehindReadsAnew(t *testing.T) {
	b := newBench(t)
	rnd := rand.New(rand.NewPCG(3, 4))
	const total = 10
	for i := range total {
		b.write(true, b.query(fmt.Sprintf("q%d", i), int64(i), counting, func(def *wire.Registry) {
			def.SQL += " -- " + incompressible(rnd, 30<<10)
		}))
	}
	b.cfg.MaxRecordBytes = 16 << 10 // several polls for one reading
	var said syncBuffer
	var looks int
	r, _ := b.follow(func(r *Reader) {
		r.logger = slog.New(slog.NewTextHandler(&said, nil))
		r.now = func() time.Time { // before the first poll, and after each
			looks++
			return time.Unix(0, 0).Add(min(time.Duration(looks), 3) * tombstonesLive * 2 / 3)
		}
	})
	if d := b.reach(r); d.Queries.Len() != total {
		t.Errorf("%d queries", d.Queries.Len())
	}
	if n := strings.Count(said.String(), "reading the registry anew"); n != 1 {
		t.Errorf("it was read anew %d times:\n%s", n, said.String())
	}
}

// syncBuffer is a buffer that several goroutines may use.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestAReReadGoesUnseen: while a reader reads anew it shows what it knew before, and
// then all at once. Its position never goes back, and no query is away meanwhile.
func TestAReReadGoesUnseen(t *testing.T) {
	b := newBench(t)
	const total = 20
	rnd := rand.New(rand.NewPCG(1, 2))
	var defs []kafka.Record
	for i := range total {
		defs = append(defs, b.query(fmt.Sprintf("q%02d", i), int64(i), counting, func(def *wire.Registry) {
			def.SQL += " -- " + incompressible(rnd, 30<<10)
		}))
	}
	for i := range defs {
		b.write(true, defs[i])
	}
	b.cfg.MaxRecordBytes = 16 << 10 // a poll gives twice as much: several for one reading
	var away atomic.Int64
	var looks atomic.Int64
	var back atomic.Pointer[string]
	seen := new(Snapshot)
	r, _ := b.follow(func(r *Reader) {
		r.now = func() time.Time { // before the first poll, and after each
			now := r.Current()
			if now.Position < seen.Position || seen.Merge != nil && now.Merge.Queries.Len() < seen.Merge.Queries.Len() {
				text := fmt.Sprintf("%d queries at %d after %d at %d", now.Merge.Queries.Len(), now.Position, seen.Merge.Queries.Len(), seen.Position)
				back.CompareAndSwap(nil, &text)
			}
			seen = now
			looks.Add(1)
			return time.Unix(away.Load(), 0)
		}
	})
	first := b.reach(r)
	before := looks.Load()
	away.Store(int64(tombstonesLive/time.Second) + 1)
	b.write(true, b.query("more", total, counting))
	second := b.reach(r)
	if text := back.Load(); text != nil {
		t.Error(*text)
	}
	if first.Queries.Len() != total || second.Queries.Len() != total+1 || second.Queries.Get("q00") == first.Queries.Get("q00") {
		t.Errorf("%d and %d queries; read anew: %v", first.Queries.Len(), second.Queries.Len(), second.Queries.Get("q00") != first.Queries.Get("q00"))
	}
	if n := looks.Load() - before; n < 20 {
		t.Errorf("the reader was looked at %d times: it has read all in few polls", n)
	}
}

// incompressible returns text of n bytes.
func incompressible(rnd *rand.Rand, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = byte('0' + rnd.IntN(64))
	}
	return string(text)
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
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := r.Run(ctx); !errors.Is(err, merge.ErrIncarnation) {
		t.Fatalf("got %v, want ErrIncarnation", err)
	}
}
