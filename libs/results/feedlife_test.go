package results_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/results"
)

// lives follows a feed up to the first Ready that ok accepts, and returns what
// became of the query on the way.
func lives(t *testing.T, f *results.Feed, ok func(results.Position) bool) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var told []string
	for {
		e, err := f.Next(ctx)
		if errors.Is(err, results.ErrUnavailable) {
			continue
		}
		if err != nil {
			t.Fatalf("after %q: %v", told, err)
		}
		switch e := e.(type) {
		case results.Begin:
			told = append(told, fmt.Sprintf("begin %d %s", e.Epoch, e.Facts.Fields[results.FieldColumns]))
			if epoch := e.Facts.Epoch(); epoch != -1 && epoch != e.Epoch && e.Facts.Fields[results.FieldStatus] != results.StatusDropped {
				t.Errorf("begin of epoch %d with facts of %d", e.Epoch, epoch)
			}
		case results.Dropped:
			told = append(told, fmt.Sprintf("dropped %d", e.Epoch))
		case results.Ready:
			if ok(e.Position) {
				return told
			}
		case results.RowsChanged, results.TopChanged, results.LogGrew, results.WindowGone, results.FactsChanged:
		}
	}
}

func atEpoch(epoch int64) func(results.Position) bool {
	return func(p results.Position) bool { return p.Epoch == epoch }
}

func wantLives(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), strings.Join(want, "; "))
	}
}

// TestFeedOfLives submits, replaces, drops and submits again, at different
// moments of a feed: every life begins once, and every end of one is told once.
func TestFeedOfLives(t *testing.T) {
	// submitted writes the first row and the facts of an epoch.
	submitted := func(epoch int64) []results.Op {
		return []results.Op{
			&results.Meta{Target: results.Target{ID: "a", Epoch: epoch}, Fields: map[string]string{
				results.FieldEpoch: fmt.Sprint(epoch), results.FieldStatus: results.StatusLive, results.FieldColumns: fmt.Sprintf("c%d", epoch),
			}},
			rows("a", epoch, "[1]", `{"n":1}`),
		}
	}
	drop := func(epoch int64) results.Op { return &results.Drop{Target: results.Target{ID: "a", Epoch: epoch}} }
	long := rows("a", 5, "[9]", `{"n":1,"t":"`+strings.Repeat("x", 30<<10)+`"}`)
	many := func(w func(...results.Op)) {
		for range 50 { // more than a feed keeps
			w(long)
		}
	}
	for _, test := range []struct {
		name string
		// busy: what happens while the state is read; else it happens once it is.
		busy bool
		then func(write func(...results.Op))
		last int64
		want []string
	}{
		{"dropped", false, func(w func(...results.Op)) { w(drop(9)) }, 9, []string{"dropped 9"}},
		{"dropped twice", false, func(w func(...results.Op)) { w(drop(9)); w(drop(9)) }, 9, []string{"dropped 9"}},
		{"replaced", false, func(w func(...results.Op)) { w(submitted(8)...) }, 8, []string{"begin 8 c8"}},
		{"submitted again", false, func(w func(...results.Op)) { w(drop(9)); w(submitted(10)...) }, 10, []string{"dropped 9", "begin 10 c10"}},
		{"replaced, dropped, submitted again", false, func(w func(...results.Op)) { w(submitted(8)...); w(drop(9)); w(submitted(10)...) }, 10, nil},
		{"dropped while read", true, func(w func(...results.Op)) { w(drop(9)) }, 9, []string{"begin 5 c5", "dropped 9"}},
		{"replaced while read", true, func(w func(...results.Op)) { w(submitted(8)...) }, 8, []string{"begin 5 c5", "begin 8 c8"}},
		{
			"submitted again while read", true, func(w func(...results.Op)) { w(drop(9)); w(submitted(10)...) }, 10,
			[]string{"begin 5 c5", "dropped 9", "begin 10 c10"},
		},
		{
			"replaced, dropped, submitted again while read", true, func(w func(...results.Op)) { w(submitted(8)...); w(drop(9)); w(submitted(10)...) }, 10,
			[]string{"begin 5 c5", "dropped 9", "begin 10 c10"},
		},
		{"dropped, and the message lost", false, func(w func(...results.Op)) { many(w); w(drop(9)); w() }, 9, []string{"dropped 9", "begin 9 c5"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, s *server) {
				w := taken(t, s, 0, 1)
				offset := int64(0)
				write := func(ops ...results.Op) {
					offset++
					apply(t, w, offset, ops...)
				}
				write(submitted(5)...)
				f := results.NewReader(s.rdb).Subscribe("a", nil)
				defer f.Close()
				if test.busy {
					e, err := f.Next(context.Background())
					if _, ok := e.(results.Begin); !ok {
						t.Fatalf("%T %v", e, err)
					}
					test.then(write)
					wantLives(t, append([]string{"begin 5 c5"}, lives(t, f, atEpoch(test.last))...), test.want...)
					return
				}
				wantLives(t, lives(t, f, atEpoch(5)), "begin 5 c5")
				test.then(write)
				got := lives(t, f, atEpoch(test.last))
				if test.want != nil {
					wantLives(t, got, test.want...)
					return
				}
				// How much of the lives between is seen depends on who is faster.
				all := strings.Join(got, "; ")
				if !strings.HasSuffix(all, "begin 10 c10") || strings.Count(all, "dropped 9") != 1 || len(got) > 3 {
					t.Errorf("got %s", all)
				}
			})
		})
	}
}

// TestFeedOfDropped subscribes to a query that is dropped already, as somebody
// new and as somebody who knew it.
func TestFeedOfDropped(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		w := taken(t, s, 0, 1)
		r := results.NewReader(s.rdb)
		apply(t, w, 1, rows("a", 5, "[1]", `{"n":1}`))
		f := r.Subscribe("a", nil)
		var at results.Position
		lives(t, f, func(p results.Position) bool { at = p; return true })
		f.Close()
		apply(t, w, 2, &results.Drop{Target: results.Target{ID: "a", Epoch: 9}})

		dropped := func(p results.Position) bool { at = p; return p.Epoch == 9 }
		f = r.Subscribe("a", nil)
		wantLives(t, lives(t, f, dropped), "begin 9 ")
		f.Close()
		f = r.Subscribe("a", &results.Position{Epoch: 5, Changed: at.Changed})
		wantLives(t, lives(t, f, dropped), "dropped 9", "begin 9 ")
		f.Close()
		f = r.Subscribe("a", &at)
		defer f.Close()
		wantLives(t, lives(t, f, dropped))
		apply(t, w, 3, rows("a", 12, "[1]", `{"n":1}`))
		wantLives(t, lives(t, f, atEpoch(12)), "begin 12 ")
	})
}
