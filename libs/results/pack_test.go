package results_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/results"
)

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
		op := &results.Rows{Target: results.Target{ID: "a", Keep: true, Kept: -1}, Set: map[string][]byte{"[]": []byte("{}")}}
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
