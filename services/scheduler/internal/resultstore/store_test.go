package resultstore

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/results"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newStore(t *testing.T) (*Store, redis.UniversalClient) {
	t.Helper()
	servers, err := embedded.Start(embedded.Options{Redis: true})
	if err != nil {
		t.Fatal(err)
	}
	rdb := results.Connect(results.Server{Addr: servers.RedisAddr})
	t.Cleanup(func() {
		if err := errors.Join(rdb.Close(), servers.Close()); err != nil {
			t.Error(err)
		}
	})
	return New(rdb, 2, map[string]string{"topic": "uuid-1"}), rdb
}

func taken(t *testing.T, s *Store, p int32, token int64) merge.Writer {
	t.Helper()
	w := s.Writer(p)
	if _, _, err := w.Take(t.Context(), token, merge.Fence{}, false); err != nil {
		t.Fatal(err)
	}
	return w
}

func apply(t *testing.T, w merge.Writer, offset int64, ops ...merge.Op) []string {
	t.Helper()
	refused, err := w.Apply(t.Context(), offset, ops)
	if err != nil {
		t.Fatal(err)
	}
	return refused
}

// TestEveryOperationReachesRedis as the contract has it.
func TestEveryOperationReachesRedis(t *testing.T) {
	s, rdb := newStore(t)
	ctx := t.Context()
	w := taken(t, s, 1, 5)
	span := &merge.WindowSpan{Start: 1000, End: 2000}
	row := func(key, json string) merge.Row { return merge.Row{Key: key, JSON: []byte(json)} }
	apply(t, w, 7,
		merge.RowsOp{Query: "q", Epoch: 3, Set: []merge.Row{row(`["a"]`, `{"n":1}`), row(`["b"]`, `{"n":2}`)}},
		merge.RowsOp{Query: "q", Epoch: 3, Del: []string{`["b"]`}},
		merge.RowsOp{Query: "w", Epoch: 4, Window: span, Set: []merge.Row{row(`[]`, `{"n":3}`)}, Expires: time.Hour},
		merge.TopOp{Query: "t", Epoch: 5, Rows: []merge.Row{row(`["x"]`, `{"n":9}`), row(`["y"]`, `{"n":8}`)}},
		merge.LogOp{Query: "l", Epoch: 6, Gap: true, Entries: []merge.LogEntry{{Offset: 7, Index: 2, JSON: []byte(`{"k":1}`)}}},
		merge.MetaOp{Query: "q", Epoch: 3, Fields: map[string]string{"status": "live"}, Listing: []byte(`{"id":"q"}`), Counters: map[string]int64{"matched": 4}},
		merge.MetaOp{Query: "w", Epoch: 4, Counters: map[string]int64{"late": 2}},
	)
	r := results.NewReader(rdb)
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	check("rows", fmt.Sprint(rdb.HGetAll(ctx, "millrace:{q}:rows").Val()), `map[["a"]:{"n":1}]`)
	check("rows of a window", fmt.Sprint(rdb.HGetAll(ctx, "millrace:{w}:rows:1000-2000").Val()), `map[[]:{"n":3}]`)
	if ttl := rdb.TTL(ctx, "millrace:{w}:rows:1000-2000").Val(); ttl <= 0 || ttl > time.Hour {
		t.Errorf("the window expires after %v", ttl)
	}
	check("list", fmt.Sprint(rdb.LRange(ctx, "millrace:{t}:top", 0, -1).Val()), `[{"key":["x"],"row":{"n":9}} {"key":["y"],"row":{"n":8}}]`)
	log, err := r.Log(ctx, "l", "", 10)
	if err != nil || len(log) != 2 {
		t.Fatalf("log: %v, %v", log, err)
	}
	check("log", fmt.Sprintf("%s %v, %s %s", log[0].ID, log[0].Gap, log[1].ID, log[1].Row), `7-0 true, 7-2 {"k":1}`)
	facts, _, err := r.Facts(ctx, "q")
	if err != nil {
		t.Fatal(err)
	}
	check("facts", facts.Fields["status"]+fmt.Sprint(facts.Counters), "livemap[matched:4]")
	check("listing", rdb.HGet(ctx, results.KeyQueries, "q").Val(), `{"id":"q"}`)
	check("counter", rdb.HGet(ctx, "millrace:{w}:meta", "late:1").Val(), "2")

	apply(t, w, 8, merge.ForgetWindowOp{Query: "w", Epoch: 4, Known: true, Window: *span})
	check("a window that is forgotten", fmt.Sprint(rdb.Exists(ctx, "millrace:{w}:rows:1000-2000").Val()), "0")
	apply(t, w, 8, merge.MetaOp{Query: "q", Epoch: 9, Keep: true, Kept: 3, Fields: map[string]string{"status": "failed"}})
	check("rows of a failed query", fmt.Sprint(rdb.HLen(ctx, "millrace:{q}:rows").Val()), "1")
	if refused := apply(t, w, 8, merge.RowsOp{Query: "q", Epoch: 3, Set: []merge.Row{row(`["c"]`, `{}`)}}, merge.DropOp{Query: "t", Epoch: 11}); fmt.Sprint(refused) != "[q]" {
		t.Errorf("refused %v", refused)
	}
	if ttl := rdb.TTL(ctx, "millrace:{t}:top").Val(); ttl <= 0 {
		t.Errorf("the dropped list expires after %v", ttl)
	}
	when := int64(77)
	if err := w.Finish(ctx, 8, merge.AsOf{Vector: map[string]map[int32]int64{"topic": {0: 3}}, Time: &when}, false); err != nil {
		t.Fatal(err)
	}
	check("as_of", rdb.HGet(ctx, results.FenceKey(1), "as_of").Val(), `{"vector":{"topic":{"0":3}},"time":77}`)
	if f := w.Fence(); f.Token != 5 || f.Offset != 8 || f.N < 5 {
		t.Errorf("fence %+v", f)
	}
}

func TestSweepsDeleteWhatDoesNotStay(t *testing.T) {
	s, rdb := newStore(t)
	w := taken(t, s, 0, 1)
	span := &merge.WindowSpan{Start: 0, End: 10}
	set := []merge.Row{{Key: `["a"]`, JSON: []byte("{}")}, {Key: `["b"]`, JSON: []byte("{}")}}
	apply(t, w, 1,
		merge.RowsOp{Query: "q", Epoch: 1, Set: set},
		merge.RowsOp{Query: "q", Epoch: 1, Window: span, Set: set},
		merge.TopOp{Query: "q", Epoch: 1, Rows: set},
		merge.TopOp{Query: "q", Epoch: 1, Window: span, Rows: set},
	)
	refused, err := w.Sweep(t.Context(), 2, merge.Sweep{
		Query: "q", Epoch: 1,
		Stays:    func(win *merge.WindowSpan, key string) bool { return (win == nil) == (key == `["a"]`) },
		StaysTop: func(win *merge.WindowSpan) bool { return win == nil },
	})
	if err != nil || len(refused) > 0 {
		t.Fatal(refused, err)
	}
	got := fmt.Sprint(rdb.HKeys(t.Context(), "millrace:{q}:rows").Val(), rdb.HKeys(t.Context(), "millrace:{q}:rows:0-10").Val(),
		rdb.Exists(t.Context(), "millrace:{q}:top").Val(), rdb.Exists(t.Context(), "millrace:{q}:top:0-10").Val())
	if want := `[["a"]] [["b"]] 1 0`; got != want {
		t.Fatalf("left %s, want %s", got, want)
	}
	refused, err = w.Sweep(t.Context(), 2, merge.Sweep{
		Query: "q", Epoch: 0, Stays: func(*merge.WindowSpan, string) bool { return false }, StaysTop: func(*merge.WindowSpan) bool { return false },
	})
	if err != nil || fmt.Sprint(refused) != "[q]" {
		t.Fatalf("an earlier epoch: %v, %v", refused, err)
	}
}

func TestListedQueriesHaveTheirEpochs(t *testing.T) {
	s, rdb := newStore(t)
	w := taken(t, s, 0, 1)
	want := map[string]int64{}
	for i := range 2500 { // more than a page
		id := fmt.Sprint("q", i)
		want[id] = int64(i)
		apply(t, w, 1, merge.MetaOp{Query: id, Epoch: int64(i), Listing: []byte("{}")})
	}
	rdb.HSet(t.Context(), results.KeyQueries, "stray", "{}") // without an epoch
	want["stray"] = -1
	apply(t, w, 1, merge.DropOp{Query: "q7", Epoch: 5000})
	delete(want, "q7")
	got, err := s.Listed(t.Context())
	if err != nil || !maps.Equal(got, want) {
		t.Fatalf("%d listed, want %d; %v", len(got), len(want), err)
	}
}

func TestErrorsAreThoseOfMerge(t *testing.T) {
	s, rdb := newStore(t)
	ctx := t.Context()
	w := taken(t, s, 0, 1)
	op := merge.RowsOp{Query: "q", Epoch: 1, Set: []merge.Row{{Key: "[]", JSON: []byte("{}")}}}
	apply(t, w, 9, op)

	rdb.FlushAll(ctx)
	for what, err := range map[string]error{"look": w.Look(ctx), "finish": w.Finish(ctx, 9, merge.AsOf{}, false)} {
		if !errors.Is(err, merge.ErrLost) {
			t.Errorf("%s after a loss: %v", what, err)
		}
	}
	stored, repair, err := w.Take(ctx, 1, merge.Fence{}, true)
	if err != nil || !repair || stored.Offset != -1 {
		t.Fatalf("take after a loss: %+v, %v, %v", stored, repair, err)
	}
	apply(t, w, 9, op)
	if _, err := w.Apply(ctx, 8, []merge.Op{op}); !errors.Is(err, merge.ErrLost) {
		t.Errorf("an earlier offset: %v", err) // the fence is taken anew, and silence kept
	}

	next := taken(t, s, 0, 4)
	if _, err := w.Apply(ctx, 9, []merge.Op{op}); !errors.Is(err, merge.ErrFenced) {
		t.Errorf("a former owner: %v", err)
	}
	if _, _, err := s.Writer(0).Take(ctx, 3, merge.Fence{}, false); !errors.Is(err, merge.ErrFenced) {
		t.Errorf("a former owner takes: %v", err)
	}
	if _, repair, err := s.Writer(0).Take(ctx, 5, next.Fence(), false); err != nil || !repair {
		t.Errorf("a repair that is owed: %v, %v", repair, err)
	}

	others := New(rdb, 2, map[string]string{"topic": "uuid-2"})
	if _, _, err := others.Writer(0).Take(ctx, 9, merge.Fence{}, false); !errors.Is(err, merge.ErrIncarnation) {
		t.Errorf("other topics: %v", err)
	}
	if err := translate(fmt.Errorf("write: %w", results.ErrRefused)); !errors.Is(err, merge.ErrRefused) || !errors.Is(err, results.ErrRefused) {
		t.Errorf("refused: %v", err)
	}
	if err := translate(results.ErrUnavailable); !errors.Is(err, results.ErrUnavailable) || errors.Is(err, merge.ErrRefused) {
		t.Errorf("unavailable: %v", err)
	}
}

// TestReasons: what the metrics call a writer's errors.
func TestReasons(t *testing.T) {
	s, rdb := newStore(t)
	w := taken(t, s, 0, 1)
	if got := s.Reason(w.Look(t.Context())); got != "" {
		t.Errorf("no error is called %q", got)
	}
	taken(t, s, 0, 2)
	if got := s.Reason(w.Look(t.Context())); got != "fenced" {
		t.Errorf("a newer owner is called %q", got)
	}
	w = taken(t, s, 0, 3)
	if err := rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if got := s.Reason(w.Look(t.Context())); got != "lost" {
		t.Errorf("a loss is called %q", got)
	}
}
