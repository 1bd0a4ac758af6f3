package results_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/results"
)

var topics = map[string]string{"millrace.tweets": "uuid-1", "millrace.exchange": "uuid-2"}

// taken returns a writer of merge partition part that has taken its fence.
func taken(t *testing.T, s *server, part int32, token int64) *results.Writer {
	t.Helper()
	w := results.NewWriter(s.rdb, part, 2, topics)
	if _, _, err := w.Take(context.Background(), token, results.Fence{}); err != nil {
		t.Fatal(err)
	}
	return w
}

// rows makes an operation that sets key, row pairs; an empty row deletes.
func rows(id string, epoch int64, pairs ...string) *results.Rows {
	op := &results.Rows{Target: results.Target{ID: id, Epoch: epoch}, Set: map[string][]byte{}}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			op.Del = append(op.Del, pairs[i])
		} else {
			op.Set[pairs[i]] = []byte(pairs[i+1])
		}
	}
	return op
}

func apply(t *testing.T, w *results.Writer, offset int64, ops ...results.Op) []results.Refusal {
	t.Helper()
	refused, err := w.Apply(context.Background(), offset, ops)
	if err != nil {
		t.Fatal(err)
	}
	return refused
}

// wantRows compares all rows of a query, as "key row" lines.
func wantRows(t *testing.T, s *server, id string, w results.Window, want ...string) {
	t.Helper()
	all, err := results.NewReader(s.rdb).AllRows(context.Background(), id, w)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, k := range slices.Sorted(maps.Keys(all)) {
		got = append(got, k+" "+string(all[k]))
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows of %s %v:\n got %q\nwant %q", id, w, got, want)
	}
}

// wantLog compares the log of query a.
func wantLog(t *testing.T, s *server, want ...string) {
	t.Helper()
	entries, err := results.NewReader(s.rdb).Log(context.Background(), "a", "", 10000)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, e := range entries {
		if e.Gap {
			got = append(got, e.ID+" gap")
		} else {
			got = append(got, e.ID+" "+string(e.Row))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("log:\n got %q\nwant %q", got, want)
	}
}

func TestFencing(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		a := results.NewWriter(s.rdb, 3, 8, topics)
		if _, err := a.Apply(ctx, 1, []results.Op{rows("q", 1, "[]", "{}")}); !errors.Is(err, results.ErrLost) {
			t.Fatalf("apply before take: %v", err)
		}
		stored, repair, err := a.Take(ctx, 5, results.Fence{})
		if err != nil || repair || stored != (results.Fence{Offset: -1}) {
			t.Fatalf("first take: %+v %v %v", stored, repair, err)
		}
		apply(t, a, 10, rows("q", 1, "[]", `{"n":1}`))
		if got, want := a.Fence(), (results.Fence{Token: 5, N: 2, Offset: 10}); got != want {
			t.Fatalf("fence %+v, want %+v", got, want)
		}
		if f, ok, err := a.Read(ctx); err != nil || !ok || f != a.Fence() {
			t.Fatalf("read %+v %v %v", f, ok, err)
		}
		if err := a.Look(ctx); err != nil {
			t.Fatal(err)
		}

		b := results.NewWriter(s.rdb, 3, 8, topics)
		stored, repair, err = b.Take(ctx, 7, results.Fence{Token: 5, N: 2})
		if err != nil || repair || stored != (results.Fence{Token: 5, N: 2, Offset: 10}) {
			t.Fatalf("take over: %+v %v %v", stored, repair, err)
		}
		if err := a.Look(ctx); !errors.Is(err, results.ErrFenced) {
			t.Errorf("look of the old owner: %v", err)
		}
		if _, err := a.Apply(ctx, 11, []results.Op{rows("q", 1, "[]", `{"n":99}`)}); !errors.Is(err, results.ErrFenced) {
			t.Errorf("apply of the old owner: %v", err)
		}
		if _, _, err := a.Take(ctx, 5, results.Fence{}); !errors.Is(err, results.ErrFenced) {
			t.Errorf("take by the old owner: %v", err)
		}
		if err := a.Finish(ctx, 11, results.AsOf{}, false); !errors.Is(err, results.ErrLost) {
			t.Errorf("finish of the old owner: %v", err)
		}
		wantRows(t, s, "q", results.Window{}, `[] {"n":1}`)

		if _, err := b.Apply(ctx, 9, []results.Op{rows("q", 1, "[]", `{"n":0}`)}); !errors.Is(err, results.ErrBehind) {
			t.Errorf("a lower offset: %v", err)
		}
		apply(t, b, 10, rows("q", 1, "[]", `{"n":2}`))
		wantRows(t, s, "q", results.Window{}, `[] {"n":2}`)
	})
}

func TestIncarnation(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		taken(t, s, 0, 1)
		other := maps.Clone(topics)
		other["millrace.exchange"] = "uuid-9"
		_, _, err := results.NewWriter(s.rdb, 0, 2, other).Take(ctx, 2, results.Fence{})
		if !errors.Is(err, results.ErrIncarnation) || !strings.Contains(err.Error(), "millrace reset") {
			t.Fatalf("got %v", err)
		}
		if _, err := results.Reset(ctx, s.rdb); err != nil {
			t.Fatal(err)
		}
		w := results.NewWriter(s.rdb, 0, 2, other)
		if _, _, err := w.Take(ctx, 2, results.Fence{}); err != nil {
			t.Fatal(err)
		}
		if got, err := results.NewReader(s.rdb).Topics(ctx); err != nil || !maps.Equal(got, other) {
			t.Fatalf("%v %v", got, err)
		}
	})
}

func TestEpochs(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		w := taken(t, s, 0, 1)
		win := results.Window{Start: -60000, End: 0}
		windowed := rows("a", 5, `["x"]`, `{"n":1}`)
		windowed.Window = win
		full := []results.Op{
			windowed,
			rows("a", 5, "[]", `{"n":1}`),
			&results.Top{Target: results.Target{ID: "a", Epoch: 5}, Rows: [][]byte{[]byte(`{"n":1}`)}},
			&results.Top{Target: results.Target{ID: "a", Epoch: 5}, Window: win, Rows: [][]byte{[]byte(`{"n":1}`)}},
			&results.Log{Target: results.Target{ID: "a", Epoch: 5}, Entries: []results.LogRow{{Offset: 1, Index: 1, Row: []byte(`{}`)}}},
			&results.Meta{Target: results.Target{ID: "a", Epoch: 5}, Fields: map[string]string{"status": "live"}},
			&results.Counters{Target: results.Target{ID: "a", Epoch: 5}, Values: map[string]int64{"matched": 3}},
			&results.Listing{Target: results.Target{ID: "a", Epoch: 5}, Summary: []byte(`{}`)},
		}
		apply(t, w, 1, full...)
		keys := func() []string {
			k, err := s.rdb.Keys(ctx, "millrace:{a}:*").Result()
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(k)
			return k
		}
		if got := keys(); len(got) != 8 {
			t.Fatalf("keys %q", got)
		}

		t.Run("lower is refused, the others are done", func(t *testing.T) {
			refused := apply(t, w, 2, rows("a", 4, "[]", `{"n":-1}`), rows("b", 4, "[]", `{"n":7}`), rows("a", 4, "[1]", `{}`))
			if !slices.Equal(refused, []results.Refusal{{ID: "a", Epoch: 4}}) {
				t.Errorf("refused %v", refused)
			}
			wantRows(t, s, "a", results.Window{}, `[] {"n":1}`)
			wantRows(t, s, "b", results.Window{}, `[] {"n":7}`)
			for _, op := range full { // every kind of operation
				o := withEpoch(op, 4)
				if got := apply(t, w, 2, o, rows("c", 1, "[]", "{}")); !slices.Equal(got, []results.Refusal{{ID: "a", Epoch: 4}}) {
					t.Errorf("%T: refused %v", op, got)
				}
			}
			wantLog(t, s, "1-1 {}")
		})
		t.Run("failure keeps", func(t *testing.T) {
			apply(t, w, 3, &results.Meta{Target: results.Target{ID: "a", Epoch: 6, Keep: true}, Fields: map[string]string{"status": "failed"}})
			if got := keys(); len(got) != 8 {
				t.Errorf("keys %q", got)
			}
			if refused := apply(t, w, 3, rows("a", 5, "[]", `{"n":9}`)); len(refused) != 1 {
				t.Error("the failed query's old epoch still writes")
			}
		})
		t.Run("higher unlinks", func(t *testing.T) {
			apply(t, w, 4, rows("a", 7, "[2]", `{"n":2}`))
			if got := keys(); !slices.Equal(got, []string{"millrace:{a}:meta", "millrace:{a}:rows", "millrace:{a}:versions"}) {
				t.Errorf("keys %q", got)
			}
			wantRows(t, s, "a", results.Window{}, `[2] {"n":2}`)
			f, _, err := results.NewReader(s.rdb).Facts(ctx, "a")
			if err != nil || f.Fields["status"] != "" || len(f.Counters) != 0 {
				t.Errorf("facts %+v %v", f, err)
			}
		})
		t.Run("two epochs in one batch", func(t *testing.T) {
			refused := apply(t, w, 5, rows("a", 7, "[3]", `{"n":3}`), rows("a", 8, "[4]", `{"n":4}`), rows("a", 7, "[5]", `{"n":5}`))
			if !slices.Equal(refused, []results.Refusal{{ID: "a", Epoch: 7}}) {
				t.Errorf("refused %v", refused)
			}
			wantRows(t, s, "a", results.Window{}, `[4] {"n":4}`)
		})
	})
}

func withEpoch(op results.Op, epoch int64) results.Op {
	switch o := op.(type) {
	case *results.Rows:
		c := *o
		c.Epoch = epoch
		return &c
	case *results.Top:
		c := *o
		c.Epoch = epoch
		return &c
	case *results.Log:
		c := *o
		c.Epoch = epoch
		return &c
	case *results.Meta:
		c := *o
		c.Epoch = epoch
		return &c
	case *results.Counters:
		c := *o
		c.Epoch = epoch
		return &c
	case *results.Listing:
		c := *o
		c.Epoch = epoch
		return &c
	default:
		panic(fmt.Sprintf("%T", op))
	}
}

func TestDrop(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		w := taken(t, s, 0, 1)
		target := results.Target{ID: "a", Epoch: 5}
		apply(t, w, 10, rows("a", 5, "[]", `{"n":1}`),
			&results.Meta{Target: target, Fields: map[string]string{"status": "live"}},
			&results.Listing{Target: target, Summary: []byte(`{}`)})
		ttl := func(key string) time.Duration {
			d, err := s.rdb.PTTL(ctx, key).Result()
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		near := func(key string, want time.Duration) {
			t.Helper()
			if d := ttl(key); d > want || d < want-time.Minute {
				t.Errorf("%s lives for %v, want %v", key, d, want)
			}
		}
		// Before its position has reached the fence's offset a new owner drops, too.
		b := taken(t, s, 0, 2)
		for range 2 {
			apply(t, b, 3, &results.Drop{Target: results.Target{ID: "a", Epoch: 8}}, &results.Drop{Target: results.Target{ID: "never", Epoch: 9}})
			near(results.RowsKey("a", results.Window{}), 10*time.Minute)
			near(results.MetaKey("a"), 10*time.Minute)
			near(results.VersionsKey("a"), 24*time.Hour)
			near(results.VersionsKey("never"), 24*time.Hour)
			if ids, err := results.NewReader(s.rdb).IDs(ctx); err != nil || len(ids) != 0 {
				t.Errorf("listed %v %v", ids, err)
			}
			if f := b.Fence(); f.Offset != 10 {
				t.Errorf("a drop moved the offset: %+v", f)
			}
			wantRows(t, s, "a", results.Window{}, `[] {"n":1}`)
		}
		if f, _, _ := results.NewReader(s.rdb).Facts(ctx, "a"); f.Fields["status"] != "dropped" {
			t.Errorf("facts %+v", f)
		}
		if refused := apply(t, b, 11, rows("a", 5, "[]", `{"n":2}`), rows("never", 8, "[]", "{}")); len(refused) != 2 {
			t.Errorf("refused %v", refused)
		}
		apply(t, b, 12, rows("a", 12, "[]", `{"n":3}`))
		for _, k := range []string{results.RowsKey("a", results.Window{}), results.VersionsKey("a"), results.MetaKey("a")} {
			if d := ttl(k); d != -1 {
				t.Errorf("%s of the query's new life expires in %v", k, d)
			}
		}
		wantRows(t, s, "a", results.Window{}, `[] {"n":3}`)
	})
}

func TestLoss(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		w := taken(t, s, 0, 1)
		apply(t, w, 1, rows("a", 5, "[]", `{"n":1}`))

		t.Run("FLUSHALL", func(t *testing.T) {
			before := w.Fence()
			if err := s.rdb.FlushAll(ctx).Err(); err != nil {
				t.Fatal(err)
			}
			if err := w.Look(ctx); !errors.Is(err, results.ErrLost) {
				t.Errorf("look: %v", err)
			}
			if _, err := w.Apply(ctx, 2, []results.Op{rows("a", 5, "[]", `{"n":2}`)}); !errors.Is(err, results.ErrLost) {
				t.Errorf("apply: %v", err)
			}
			if n, _ := s.rdb.DBSize(ctx).Result(); n != 0 {
				t.Errorf("wrote %d keys", n)
			}
			if _, err := w.TakeLost(ctx, 1); err != nil {
				t.Fatal(err)
			}
			apply(t, w, 2, rows("a", 5, "[]", `{"n":2}`))
			if f, _, _ := w.Read(ctx); !f.Repair || f != w.Fence() {
				t.Errorf("fence %+v, writer's %+v", f, w.Fence())
			}
			// The owner dies before it has republished: the next one owes it.
			b := results.NewWriter(s.rdb, 0, 2, topics)
			if _, repair, err := b.Take(ctx, 2, results.Fence{}); err != nil || !repair {
				t.Errorf("take: %v %v", repair, err)
			}
			if err := b.Finish(ctx, 3, results.AsOf{}, true); err != nil {
				t.Fatal(err)
			}
			c := results.NewWriter(s.rdb, 0, 2, topics)
			if _, repair, err := c.Take(ctx, 3, results.Fence{}); err != nil || repair {
				t.Errorf("take: %v %v", repair, err)
			}
			// A restore from a checkpoint that recorded more than is there.
			d := results.NewWriter(s.rdb, 0, 2, topics)
			if _, repair, err := d.Take(ctx, 4, results.Fence{Token: 3, N: 1000}); err != nil || !repair {
				t.Errorf("take with a higher n: %v %v", repair, err)
			}
			if err := s.rdb.FlushAll(ctx).Err(); err != nil {
				t.Fatal(err)
			}
			if _, repair, err := d.Take(ctx, 4, before); err != nil || !repair {
				t.Errorf("take of nothing: %v %v", repair, err)
			}
			w = d
		})
		t.Run("an older state", func(t *testing.T) {
			apply(t, w, 4, rows("a", 5, "[]", `{"n":3}`))
			if err := s.rdb.HSet(ctx, results.FenceKey(0), "n", w.Fence().N-1).Err(); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Apply(ctx, 5, []results.Op{rows("a", 5, "[]", `{"n":4}`)}); !errors.Is(err, results.ErrLost) {
				t.Errorf("apply: %v", err)
			}
			wantRows(t, s, "a", results.Window{}, `[] {"n":3}`)
			if _, err := w.TakeLost(ctx, 4); err != nil {
				t.Fatal(err)
			}
		})
		t.Run("a copy of before the loss", func(t *testing.T) {
			apply(t, w, 5, rows("a", 5, "[]", `{"n":3}`))
			apply(t, w, 5, rows("a", 5, "[]", `{"n":4}`))
			lost := w.Fence()
			if err := s.rdb.HSet(ctx, results.FenceKey(0), "n", lost.N-2).Err(); err != nil {
				t.Fatal(err)
			}
			if err := w.Look(ctx); !errors.Is(err, results.ErrLost) {
				t.Errorf("look: %v", err)
			}
			if _, err := w.TakeLost(ctx, 4); err != nil {
				t.Fatal(err)
			}
			if n := w.Fence().N; n <= lost.N {
				t.Errorf("goes on with n = %d, though %d was used before", n, lost.N)
			}
			if err := s.rdb.HSet(ctx, results.FenceKey(0), "n", lost.N).Err(); err != nil {
				t.Fatal(err)
			}
			if err := w.Look(ctx); !errors.Is(err, results.ErrLost) {
				t.Errorf("look at what had been lost: %v", err)
			}
			if _, err := w.TakeLost(ctx, 4); err != nil {
				t.Fatal(err)
			}
		})
		t.Run("a query's epoch", func(t *testing.T) {
			if err := s.rdb.Del(ctx, results.VersionsKey("a")).Err(); err != nil {
				t.Fatal(err)
			}
			op := rows("a", 5, "[]", `{"n":5}`)
			op.Seen = true
			if _, err := w.Apply(ctx, 6, []results.Op{rows("b", 1, "[]", "{}"), op}); !errors.Is(err, results.ErrLost) {
				t.Errorf("apply: %v", err)
			}
			wantRows(t, s, "b", results.Window{})
			if _, err := w.TakeLost(ctx, 4); err != nil {
				t.Fatal(err)
			}
			op.Seen = false
			apply(t, w, 6, op)
			wantRows(t, s, "a", results.Window{}, `[] {"n":5}`)
		})
	})
}

// flaky loses answers: the n-th script call from now on is done, or not done,
// and its caller gets a broken connection.
type flaky struct {
	loseReply, loseCall atomic.Bool
	last                []any // arguments of the last EVALSHA
}

var errBroken = errors.New("connection is broken")

func (f *flaky) DialHook(next redis.DialHook) redis.DialHook { return next }
func (f *flaky) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (f *flaky) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() != "evalsha" {
			return next(ctx, cmd)
		}
		f.last = slices.Clone(cmd.Args())
		if f.loseCall.Swap(false) {
			cmd.SetErr(errBroken)
			return errBroken
		}
		err := next(ctx, cmd)
		if f.loseReply.Swap(false) {
			cmd.SetErr(errBroken)
			return errBroken
		}
		return err
	}
}

func TestLostAnswers(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		apply(t, taken(t, s, 0, 1), 0, rows("warm", 1, "[]", "{}")) // the server knows the scripts
		f := &flaky{}
		s.rdb.AddHook(f)
		w := taken(t, s, 0, 2)
		entry := func(offset int64) *results.Log {
			return &results.Log{Target: results.Target{ID: "a", Epoch: 1}, Entries: []results.LogRow{{Offset: offset, Index: 1, Row: fmt.Appendf(nil, `{"n":%d}`, offset)}}}
		}

		// Lost before it came to the server: n is still there, sent again.
		f.loseCall.Store(true)
		if _, err := w.Apply(ctx, 1, []results.Op{entry(1)}); !errors.Is(err, results.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		notDone := f.last
		apply(t, w, 1, entry(1))
		wantLog(t, s, `1-1 {"n":1}`)

		// Lost on the way back: n+1 is there. What is sent then includes more.
		f.loseReply.Store(true)
		if _, err := w.Apply(ctx, 2, []results.Op{entry(2)}); !errors.Is(err, results.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		done := f.last
		wantLog(t, s, `1-1 {"n":1}`, `2-1 {"n":2}`)
		if err := w.Look(ctx); err != nil {
			t.Errorf("look: %v", err)
		}
		apply(t, w, 3, entry(2), entry(3))
		wantLog(t, s, `1-1 {"n":1}`, `2-1 {"n":2}`, `3-1 {"n":3}`)

		// Both, several times in a row.
		for i := range 5 {
			f.loseReply.Store(i%2 == 0)
			f.loseCall.Store(i%2 == 1)
			if _, err := w.Apply(ctx, 4, []results.Op{entry(4)}); !errors.Is(err, results.ErrUnavailable) {
				t.Fatalf("got %v", err)
			}
		}
		apply(t, w, 5, entry(4), entry(5))
		wantLog(t, s, `1-1 {"n":1}`, `2-1 {"n":2}`, `3-1 {"n":3}`, `4-1 {"n":4}`, `5-1 {"n":5}`)

		// Calls that come in after all change nothing, fence included.
		before, _, _ := w.Read(ctx)
		for _, args := range [][]any{notDone, done} {
			reply, err := s.rdb.Do(ctx, args...).StringSlice()
			if err != nil || reply[0] != "LOST" {
				t.Errorf("a late call answers %q, %v", reply, err)
			}
		}
		if after, _, _ := w.Read(ctx); after != before {
			t.Errorf("a late call moved the fence from %+v to %+v", before, after)
		}
		// The very call that was last done, again: acknowledged, not done again.
		apply(t, w, 6, rows("b", 1, "[]", `{"n":6}`))
		if err := s.rdb.HSet(ctx, results.RowsKey("b", results.Window{}), "[]", "changed").Err(); err != nil {
			t.Fatal(err)
		}
		if reply, err := s.rdb.Do(ctx, f.last...).StringSlice(); err != nil || reply[0] != "ACK" {
			t.Errorf("a repeated call answers %q, %v", reply, err)
		}
		wantRows(t, s, "b", results.Window{}, "[] changed")

		// Take, too: the same call again does not move n on.
		f.loseReply.Store(true)
		if _, _, err := w.Take(ctx, 3, w.Fence()); !errors.Is(err, results.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		take := f.last
		if _, repair, err := w.Take(ctx, 3, w.Fence()); err != nil || repair {
			t.Fatalf("%v %v", repair, err)
		}
		before, _, _ = w.Read(ctx)
		f.loseReply.Store(false)
		if reply, err := s.rdb.Do(ctx, f.last...).StringSlice(); err != nil || reply[0] != "OK" {
			t.Errorf("%q %v", reply, err)
		}
		if after, _, _ := w.Read(ctx); after != before {
			t.Errorf("a repeated take moved the fence from %+v to %+v", before, after)
		}
		_ = take
		apply(t, w, 7, entry(7))
	})
}

func TestBatches(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		w := taken(t, s, 0, 1)
		op := rows("a", 1)
		for i := range 1700 {
			op.Set[fmt.Sprintf("[%d]", i)] = fmt.Appendf(nil, `{"n":%d}`, i)
		}
		apply(t, w, 1, op)
		if n := w.Fence().N; n != 1+4 {
			t.Errorf("1700 rows took %d calls", n-1)
		}
		half := rows("a", 1)
		for i := range 850 {
			half.Del = append(half.Del, fmt.Sprintf("[%d]", i))
			half.Set[fmt.Sprintf("[%d]", 850+i)] = []byte(`{"n":0}`)
		}
		apply(t, w, 2, half)
		if n, _ := s.rdb.HLen(ctx, results.RowsKey("a", results.Window{})).Result(); n != 850 {
			t.Errorf("%d rows", n)
		}

		n := w.Fence().N
		big := rows("b", 1)
		blob := `{"t":"` + strings.Repeat("x", 300<<10) + `"}`
		for i := range 7 {
			big.Set[fmt.Sprintf("[%d]", i)] = []byte(blob)
		}
		huge := `{"t":"` + strings.Repeat("y", 3<<20) + `"}`
		big.Set["[8]"] = []byte(huge)
		apply(t, w, 3, big)
		if calls := w.Fence().N - n; calls != 4 {
			t.Errorf("7 rows of 300 KiB and one of 3 MiB took %d calls", calls)
		}
		if got, _ := s.rdb.HGet(ctx, results.RowsKey("b", results.Window{}), "[8]").Result(); got != huge {
			t.Error("the large row differs")
		}

		// Many small operations share a call; an ordered list is never split.
		n = w.Fence().N
		var ops []results.Op
		for i := range 100 {
			ops = append(ops, rows(fmt.Sprintf("q%d", i), 1, "[]", "{}"))
		}
		apply(t, w, 4, ops...)
		if calls := w.Fence().N - n; calls != 1 {
			t.Errorf("100 operations of one row took %d calls", calls)
		}
		n = w.Fence().N
		top := &results.Top{Target: results.Target{ID: "t", Epoch: 1}}
		for i := range 9000 {
			top.Rows = append(top.Rows, fmt.Appendf(nil, `{"n":%d}`, i))
		}
		apply(t, w, 5, top)
		top.Rows = top.Rows[:3000]
		apply(t, w, 5, top)
		if calls := w.Fence().N - n; calls != 2 {
			t.Errorf("two lists took %d calls", calls)
		}
		got, err := results.NewReader(s.rdb).Top(ctx, "t", results.Window{}, 2998, 10)
		if err != nil || len(got) != 2 || string(got[1]) != `{"n":2999}` {
			t.Errorf("%q %v", got, err)
		}
		top.Rows = nil
		apply(t, w, 6, top)
		if n, _ := s.rdb.Exists(ctx, results.TopKey("t", results.Window{})).Result(); n != 0 {
			t.Error("an empty list is there")
		}

		log := &results.Log{Target: results.Target{ID: "l", Epoch: 1}}
		for i := range int64(1200) {
			log.Entries = append(log.Entries, results.LogRow{Offset: 1 + i/100, Index: 1 + i%100, Row: []byte(`{}`)})
		}
		apply(t, w, 20, log)
		if n, _ := s.rdb.XLen(ctx, results.LogKey("l")).Result(); n != 1200 {
			t.Errorf("%d log entries", n)
		}
	})
}

func TestBadOperations(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		w := taken(t, s, 0, 1)
		entries := func(ids ...int64) *results.Log {
			l := &results.Log{Target: results.Target{ID: "a"}}
			for i := 0; i < len(ids); i += 2 {
				l.Entries = append(l.Entries, results.LogRow{Offset: ids[i], Index: ids[i+1], Row: []byte("{}")})
			}
			return l
		}
		for _, op := range []results.Op{
			rows("", 1, "[]", "{}"), rows("a", -1, "[]", "{}"), entries(1, 0), entries(1, 2, 1, 2), entries(2, 1, 1, 1),
		} {
			if _, err := w.Apply(ctx, 1, []results.Op{op}); err == nil {
				t.Errorf("%T %+v was accepted", op, op)
			}
		}
		if n := w.Fence().N; n != 1 {
			t.Errorf("n is %d", n)
		}
		// A key of another type is not ours to repair: refused, sent again, done.
		if err := s.rdb.Set(ctx, results.RowsKey("a", results.Window{}), "x", 0).Err(); err != nil {
			t.Fatal(err)
		}
		op := &results.Rows{Target: results.Target{ID: "a", Keep: true}, Set: map[string][]byte{"[]": []byte("{}")}}
		if _, err := w.Apply(ctx, 1, []results.Op{op}); !errors.Is(err, results.ErrRefused) {
			t.Fatalf("got %v", err)
		}
		if err := s.rdb.Del(ctx, results.RowsKey("a", results.Window{})).Err(); err != nil {
			t.Fatal(err)
		}
		apply(t, w, 1, op)
		wantRows(t, s, "a", results.Window{}, "[] {}")
	})
}
