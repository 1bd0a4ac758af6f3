package results_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/results"
)

func TestWindows(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		w := taken(t, s, 0, 1)
		r := results.NewReader(s.rdb)
		put := func(start int64, ttl time.Duration, pairs ...string) {
			op := rows("a", 1, pairs...)
			op.Window = results.Window{Start: start, End: start + 1000}
			op.TTL = ttl
			apply(t, w, 1, op)
		}
		want := func(starts ...int64) {
			t.Helper()
			ws, err := r.Windows(ctx, "a")
			got := []int64{}
			for _, w := range ws {
				got = append(got, w.Start)
			}
			if err != nil || !slices.Equal(got, starts) {
				t.Errorf("windows %v %v, want %v", got, err, starts)
			}
		}
		put(2000, 0, `["b"]`, `{"n":2}`)
		put(1000, 100*time.Millisecond, `["a"]`, `{"n":1}`)
		put(-5000, 100*time.Millisecond, `["z"]`, `{"n":0}`)
		want(-5000, 1000, 2000)
		wantRows(t, s, "a", results.Window{Start: 1000, End: 2000}, `["a"] {"n":1}`)
		s.expire(t, 100*time.Millisecond)
		want(2000)
		put(3000, 0, `["c"]`, `{"n":3}`)
		if n, _ := s.rdb.ZCard(ctx, results.WindowsKey("a")).Result(); n != 2 {
			t.Errorf("%d windows are listed: expired ones were not forgotten", n)
		}
		put(3000, 0, `["c"]`, "")
		want(2000)
		if n, _ := s.rdb.ZCard(ctx, results.WindowsKey("a")).Result(); n != 1 {
			t.Errorf("%d windows are listed: one without rows was not forgotten", n)
		}
		top := &results.Top{Target: results.Target{ID: "a", Epoch: 1}, Window: results.Window{Start: 2000, End: 3000}, Rows: [][]byte{[]byte("1"), []byte("2")}, TTL: time.Hour}
		apply(t, w, 1, top)
		if d, _ := s.rdb.PTTL(ctx, results.TopKey("a", top.Window)).Result(); d < 59*time.Minute {
			t.Errorf("the list lives for %v", d)
		}
		apply(t, w, 1, &results.DropWindow{Target: top.Target, Window: top.Window})
		want()
		if n, _ := s.rdb.Exists(ctx, results.RowsKey("a", top.Window), results.TopKey("a", top.Window), results.WindowsKey("a")).Result(); n != 0 {
			t.Errorf("%d keys of the window are left", n)
		}
		put(4000, 0, "[]", "{}")
		apply(t, w, 1, &results.Meta{Target: top.Target, Fields: map[string]string{"status": "live"}}, &results.Clear{Target: top.Target})
		want()
		if f, ok, err := r.Facts(ctx, "a"); err != nil || !ok || f.Fields["status"] != "live" {
			t.Errorf("%+v %v %v", f, ok, err)
		}
	})
}

func TestParseWindow(t *testing.T) {
	for _, w := range []results.Window{{Start: 0, End: 1}, {Start: -60000, End: 0}, {Start: -120000, End: -60000}, {Start: 5, End: 1 << 50}} {
		if got, err := results.ParseWindow(w.String()); err != nil || got != w {
			t.Errorf("%v: %v %v", w, got, err)
		}
	}
	for _, s := range []string{"", "-", "1", "1-", "-1", "--", "2-1", "1-1", "a-b", "1-2-3"} {
		if w, err := results.ParseWindow(s); err == nil {
			t.Errorf("%q is read as %v", s, w)
		}
	}
}
