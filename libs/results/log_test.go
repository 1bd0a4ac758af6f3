package results_test

import (
	"context"
	"testing"

	"github.com/millrace/millrace/libs/results"
)

func TestLogRepeatsAndGaps(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		w := taken(t, s, 0, 1)
		op := func(gap bool, ids ...int64) *results.Log {
			l := &results.Log{Target: results.Target{ID: "a", Epoch: 1}, Gap: gap, MaxLen: 1000}
			for i := 0; i < len(ids); i += 2 {
				l.Entries = append(l.Entries, results.LogRow{Offset: ids[i], Index: ids[i+1], Row: []byte("{}")})
			}
			return l
		}
		apply(t, w, 0, op(true)) // nothing can be missing before the first record
		wantLog(t, s)
		apply(t, w, 0, op(false, 0, 1, 0, 2))
		apply(t, w, 3, op(false, 0, 1, 0, 2, 3, 1))
		apply(t, w, 3, op(false, 3, 1))
		wantLog(t, s, "0-1 {}", "0-2 {}", "3-1 {}")
		// A new owner sends again what a dead one had begun to write.
		apply(t, w, 4, op(true, 3, 1, 3, 2, 4, 1))
		wantLog(t, s, "0-1 {}", "0-2 {}", "3-1 {}", "3-2 {}", "4-1 {}")
		// Rows of 5 are lost, 6 is the first to go on with.
		apply(t, w, 6, op(true, 6, 1))
		apply(t, w, 6, op(false, 6, 1, 6, 2))
		apply(t, w, 6, op(true))
		apply(t, w, 9, op(true))
		apply(t, w, 9, op(false, 9, 1))
		wantLog(t, s, "0-1 {}", "0-2 {}", "3-1 {}", "3-2 {}", "4-1 {}", "6-0 gap", "6-1 {}", "6-2 {}", "6-3 gap", "9-0 gap", "9-1 {}")

		r := results.NewReader(s.rdb)
		page, err := r.Log(ctx, "a", "3-1", 2)
		if err != nil || len(page) != 2 || page[0].ID != "3-2" || page[1].ID != "4-1" {
			t.Errorf("%v %v", page, err)
		}
		tail, err := r.LogTail(ctx, "a", 2)
		if err != nil || len(tail) != 2 || !tail[0].Gap || tail[1].ID != "9-1" {
			t.Errorf("%v %v", tail, err)
		}

		// Capped, and still no repeats.
		l := op(false)
		l.MaxLen = 100
		for i := range int64(3000) {
			l.Entries = append(l.Entries, results.LogRow{Offset: 10 + i, Index: 1, Row: []byte("{}")})
		}
		apply(t, w, 4000, l)
		apply(t, w, 4000, l)
		n, err := s.rdb.XLen(ctx, results.LogKey("a")).Result()
		if err != nil || n < 100 || n > 400 {
			t.Errorf("%d entries, %v", n, err)
		}
		tail, err = r.LogTail(ctx, "a", 1)
		if err != nil || tail[0].ID != "3009-1" {
			t.Errorf("%v %v", tail, err)
		}
	})
}
