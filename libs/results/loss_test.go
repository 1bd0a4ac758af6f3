package results_test

import (
	"context"
	"errors"
	"testing"

	"github.com/millrace/millrace/libs/results"
)

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
