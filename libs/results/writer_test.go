package results_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

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
