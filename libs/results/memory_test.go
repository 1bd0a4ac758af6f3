package results_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/results"
)

func TestOutOfMemory(t *testing.T) {
	s := connect(t, startRedis(t, "--maxmemory", "3mb"), nil)
	ctx := context.Background()
	w := taken(t, s, 0, 1)
	apply(t, w, 1, rows("keep", 1, "[]", `{"n":1}`))
	for size := 1 << 20; size >= 1<<5; size /= 2 { // the last ones leave no room
		for i := 0; ; i++ {
			err := s.rdb.Set(ctx, fmt.Sprintf("filler%d-%d", size, i), strings.Repeat("x", size), 0).Err()
			if err != nil && !strings.Contains(err.Error(), "OOM") {
				t.Fatal(err)
			}
			if err != nil {
				break
			}
		}
	}
	before, _, err := w.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Apply(ctx, 2, []results.Op{rows("keep", 1, "[]", `{"n":2}`), rows("more", 1, "[]", `{}`)})
	if !errors.Is(err, results.ErrRefused) || results.Reason(err) != "oom" {
		t.Fatalf("got %v", err)
	}
	if after, _, _ := w.Read(ctx); after != before {
		t.Errorf("a refused call moved the fence from %+v to %+v", before, after)
	}
	wantRows(t, s, "keep", results.Window{}, `[] {"n":1}`)
	// What frees memory, and what a new owner needs, goes through.
	b := results.NewWriter(s.rdb, 0, 2, topics)
	if _, _, err := b.Take(ctx, 2, results.Fence{}); err != nil {
		t.Fatal(err)
	}
	apply(t, b, 2, &results.Drop{Target: results.Target{ID: "more", Epoch: 5}})
	apply(t, b, 2, rows("keep", 1, "[]", ""))
	if err := b.Finish(ctx, 2, results.AsOf{}, true); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s, "keep", results.Window{})
	if err := s.rdb.Del(ctx, "filler524288-0", "filler262144-0", "filler131072-0").Err(); err != nil {
		t.Fatal(err)
	}
	apply(t, b, 3, rows("keep", 1, "[]", `{"n":3}`))
	wantRows(t, s, "keep", results.Window{}, `[] {"n":3}`)
}
