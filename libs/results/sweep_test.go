package results_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/millrace/millrace/libs/results"
)

func TestSweep(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		w := taken(t, s, 0, 1)
		win := results.Window{Start: 0, End: 1000}
		all, windowed := rows("a", 1), rows("a", 1)
		windowed.Window = win
		for i := range 3000 {
			all.Set[fmt.Sprintf("[%d]", i)] = []byte("{}")
		}
		windowed.Set["[1]"], windowed.Set["[2]"] = []byte("{}"), []byte("{}")
		target := results.Target{ID: "a", Epoch: 1}
		top := &results.Top{Target: target, Rows: [][]byte{[]byte("{}")}}
		apply(t, w, 1, all, windowed, top)
		// This partition owns even keys, and has 0 and 2 of them.
		ok, err := w.Sweep(ctx, 2, results.Sweep{
			Target: target,
			StaleRow: func(w results.Window, key string) bool {
				var n int
				fmt.Sscanf(key, "[%d]", &n)
				return n%2 == 0 && (n > 2 || !w.IsZero())
			},
			StaleTop: func(w results.Window) bool { return true },
		})
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if n, _ := s.rdb.HLen(ctx, results.RowsKey("a", results.Window{})).Result(); n != 1502 {
			t.Errorf("%d rows", n)
		}
		wantRows(t, s, "a", win, "[1] {}")
		if n, _ := s.rdb.Exists(ctx, results.TopKey("a", results.Window{})).Result(); n != 0 {
			t.Error("the list is there")
		}
		apply(t, w, 2, rows("a", 2, "[4]", "{}"))
		ok, err = w.Sweep(ctx, 2, results.Sweep{Target: target, StaleRow: func(results.Window, string) bool { return true }})
		if err != nil || ok {
			t.Errorf("a sweep under an old epoch: %v %v", ok, err)
		}
		wantRows(t, s, "a", results.Window{}, "[4] {}")
	})
}
