package results_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/results"
)

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
			apply(t, w, 3, &results.Meta{Target: results.Target{ID: "a", Epoch: 6, Keep: true, Kept: 5}, Fields: map[string]string{"status": "failed"}})
			if got := keys(); len(got) != 8 {
				t.Errorf("keys %q", got)
			}
			if refused := apply(t, w, 3, rows("a", 5, "[]", `{"n":9}`)); len(refused) != 1 {
				t.Error("the failed query's old epoch still writes")
			}
		})
		t.Run("failure of what was never there keeps nothing", func(t *testing.T) {
			apply(t, w, 3, rows("z", 1, "[]", `{"n":1}`))
			apply(t, w, 3, &results.Meta{Target: results.Target{ID: "z", Epoch: 3, Keep: true, Kept: 2}, Fields: map[string]string{"status": "failed"}})
			if n := s.rdb.Exists(ctx, results.RowsKey("z", results.Window{})).Val(); n != 0 {
				t.Error("rows of the query that was to be replaced are shown as the failed one's")
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
