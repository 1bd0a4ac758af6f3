package results_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/results"
)

// view is what a follower of a feed has.
type view struct {
	t       *testing.T
	epoch   int64
	rows    map[results.Window]map[string]string
	top     map[results.Window]string
	log     []results.LogEntry
	facts   map[string]string
	at      results.Position
	begins  int
	ready   bool
	dropped bool
}

func newView(t *testing.T) *view {
	return &view{t: t, rows: map[results.Window]map[string]string{}, top: map[results.Window]string{}, facts: map[string]string{}}
}

func (v *view) take(e results.Event) {
	v.ready = false
	switch e := e.(type) {
	case results.Begin:
		clear(v.rows)
		clear(v.top)
		v.log = nil
		v.facts = e.Facts.Fields
		v.epoch = e.Epoch
		v.begins++
	case results.RowsChanged:
		if v.rows[e.Window] == nil {
			v.rows[e.Window] = map[string]string{}
		}
		for _, r := range e.Rows {
			old, had := v.rows[e.Window][r.Key]
			if r.Value == nil {
				delete(v.rows[e.Window], r.Key)
				continue
			}
			if had && number(old) > number(string(r.Value)) {
				v.t.Errorf("row %s went back from %s to %s", r.Key, old, r.Value)
			}
			v.rows[e.Window][r.Key] = string(r.Value)
		}
		if len(v.rows[e.Window]) == 0 {
			delete(v.rows, e.Window)
		}
	case results.TopChanged:
		delete(v.top, e.Window)
		if len(e.Rows) > 0 {
			v.top[e.Window] = fmt.Sprintf("%s", e.Rows)
		}
	case results.LogGrew:
		v.log = append(v.log, e.Entries...)
	case results.WindowGone:
		delete(v.rows, e.Window)
		delete(v.top, e.Window)
	case results.FactsChanged:
		for k, x := range e.Fields {
			v.facts[k] = x
		}
	case results.Ready:
		v.at = e.Position
		v.ready = true
	case results.Dropped:
		v.dropped = true
	}
}

func number(row string) int {
	var r struct{ N int }
	if err := json.Unmarshal([]byte(row), &r); err != nil {
		return -1
	}
	return r.N
}

// until follows the feed until the view satisfies ok at a Ready, or an event
// without one.
func (v *view) until(f *results.Feed, what string, ok func() bool) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for !ok() {
		e, err := f.Next(ctx)
		if errors.Is(err, results.ErrUnavailable) {
			continue
		}
		if err != nil {
			v.t.Fatalf("waiting for %s: %v; view %v %v log %v facts %v", what, err, v.rows, v.top, v.log, v.facts)
		}
		v.take(e)
	}
}

func isReady(v *view) func() bool { return func() bool { return v.ready } }

func TestFeed(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		w := taken(t, s, 0, 1)
		r := results.NewReader(s.rdb)
		target := results.Target{ID: "a", Epoch: 5}
		f := r.Subscribe("a", nil)
		defer f.Close()
		v := newView(t)
		v.until(f, "nothing", isReady(v))
		if v.epoch != -1 || len(v.rows) != 0 {
			t.Errorf("%+v", v)
		}
		apply(t, w, 1, rows("a", 5, "[1]", `{"n":1}`), &results.Meta{Target: target, Fields: map[string]string{"status": "live"}})
		v.until(f, "the first row", func() bool {
			return v.ready && v.rows[results.Window{}]["[1]"] == `{"n":1}` && v.facts["status"] == "live"
		})
		begins := v.begins

		win := results.Window{Start: 0, End: 60000}
		windowed := rows("a", 5, "[2]", `{"n":2}`)
		windowed.Window = win
		apply(t, w, 2, windowed, rows("a", 5, "[1]", "", "[3]", `{"n":3}`), &results.Top{Target: target, Rows: [][]byte{[]byte(`{"n":9}`), []byte(`{"n":8}`)}})
		v.until(f, "window and list", func() bool {
			return v.ready && v.rows[win]["[2]"] != "" && v.top[results.Window{}] == `[{"n":9} {"n":8}]` &&
				v.rows[results.Window{}]["[1]"] == "" && v.rows[results.Window{}]["[3]"] != ""
		})
		apply(t, w, 3, &results.Top{Target: target}, &results.DropWindow{Target: target, Window: win})
		v.until(f, "both gone", func() bool { return v.ready && len(v.top) == 0 && len(v.rows) == 1 })
		if v.begins != begins {
			t.Errorf("the state was read %d times", v.begins-begins)
		}

		// A change too large for a message names the keys.
		long := rows("a", 5)
		for i := range 400 {
			long.Set[fmt.Sprintf("[%d]", 1000+i)] = []byte(`{"n":1,"t":"` + strings.Repeat("x", 500) + `"}`)
		}
		apply(t, w, 4, long)
		v.until(f, "many rows", func() bool { return v.ready && len(v.rows[results.Window{}]) == 401 })
		if v.begins != begins {
			t.Errorf("the state was read %d times", v.begins-begins)
		}
		// A list too large for a message is read again.
		top := &results.Top{Target: target}
		for range 600 {
			top.Rows = append(top.Rows, []byte(`{"n":1}`))
		}
		apply(t, w, 5, top)
		v.until(f, "a long list", func() bool { return v.ready && len(v.top) == 1 })

		// Resume: nothing changed; then something did.
		at := v.at
		for i, changed := range []bool{false, true} {
			last := fmt.Sprintf(`{"n":%d}`, 11+2*i)
			if changed {
				apply(t, w, 6, rows("a", 5, "[3]", `{"n":4}`))
			}
			parsed, err := results.ParsePosition(at.String())
			if err != nil {
				t.Fatal(err)
			}
			g := r.Subscribe("a", &parsed)
			gv := newView(t)
			gv.until(g, "resumed", isReady(gv))
			if (gv.begins == 1) != changed || gv.at.Epoch != 5 {
				t.Errorf("changed %v: %d states, at %v", changed, gv.begins, gv.at)
			}
			apply(t, w, 6, rows("a", 5, "[4]", fmt.Sprintf(`{"n":%d}`, 10+2*i)), rows("a", 5, "[4]", last))
			gv.until(g, "a change", func() bool { return gv.ready && gv.rows[results.Window{}]["[4]"] == last })
			if (gv.begins == 1) != changed {
				t.Errorf("%d states after a change", gv.begins)
			}
			g.Close()
		}

		apply(t, w, 7, rows("a", 8, "[1]", `{"n":0}`)) // submitted again
		v.until(f, "the new epoch", func() bool { return v.ready && v.epoch == 8 && len(v.rows[results.Window{}]) == 1 })
		apply(t, w, 8, &results.Drop{Target: results.Target{ID: "a", Epoch: 9}})
		v.until(f, "the drop", func() bool { return v.dropped })
		apply(t, w, 9, rows("a", 10, "[7]", `{"n":0}`))
		v.until(f, "a new life", func() bool { return v.ready && v.epoch == 10 })
	})
}

func TestFeedOfLog(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		w := taken(t, s, 0, 1)
		r := results.NewReader(s.rdb)
		offset := int64(0)
		put := func(n int, size int) {
			op := &results.Log{Target: results.Target{ID: "a", Epoch: 5}, MaxLen: 2000}
			for range n {
				offset++
				op.Entries = append(op.Entries, results.LogRow{Offset: offset, Index: 1, Row: fmt.Appendf(nil, `{"n":%d,"t":%q}`, offset, strings.Repeat("x", size))})
			}
			apply(t, w, offset, op)
		}
		check := func(v *view, first int) {
			t.Helper()
			for i, e := range v.log {
				if want := fmt.Sprintf("%d-1", first+i); e.ID != want {
					t.Fatalf("entry %d is %s, want %s", i, e.ID, want)
				}
			}
		}
		put(10, 1)
		f := r.Subscribe("a", nil)
		defer f.Close()
		v := newView(t)
		v.until(f, "ten", func() bool { return v.ready && len(v.log) == 10 })
		put(5, 1)
		v.until(f, "five more", func() bool { return v.ready && len(v.log) == 15 })
		at := v.at
		put(300, 1000) // too large for a message
		v.until(f, "300 more", func() bool { return v.ready && len(v.log) == 315 })
		if v.begins != 1 {
			t.Errorf("%d states", v.begins)
		}
		check(v, 1)

		g := r.Subscribe("a", &at)
		gv := newView(t)
		gv.until(g, "the rest", func() bool { return gv.ready && len(gv.log) == 300 })
		check(gv, 16)
		if gv.begins != 0 {
			t.Error("a resumed log began anew")
		}
		g.Close()

		put(4000, 1) // 16 is trimmed away now
		h := r.Subscribe("a", &at)
		hv := newView(t)
		hv.until(h, "the tail", func() bool { return hv.ready && len(hv.log) == 1000 })
		if hv.begins != 1 {
			t.Error("a log that lost its position did not begin anew")
		}
		check(hv, 3316)
		h.Close()
	})
}

// TestFeedFollows writes at random through two partitions, breaks connections and
// loses data, and expects that a follower ends with what Redis has.
func TestFeedFollows(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		rnd := rand.New(rand.NewPCG(seed, 1))
		r := results.NewReader(s.rdb)
		var wg sync.WaitGroup
		views := make([]*view, 3)
		feeds := make([]*results.Feed, 3)
		for i := range views {
			views[i], feeds[i] = newView(t), r.Subscribe("a", nil)
			defer feeds[i].Close()
		}
		ended := func(v *view) bool { return v.ready && v.facts["status"] == "end" }
		for i := range views {
			wg.Go(func() {
				views[i].until(feeds[i], "the end", func() bool { return ended(views[i]) })
			})
		}
		ws := []*results.Writer{taken(t, s, 0, 1), taken(t, s, 1, 1)}
		var n int
		epoch := int64(1)
		offsets := []int64{0, 0}
		write := func(p int, ops ...results.Op) {
			_, err := ws[p].Apply(ctx, offsets[p], ops)
			if errors.Is(err, results.ErrLost) {
				if _, err = ws[p].TakeLost(ctx, 1); err == nil {
					_, err = ws[p].Apply(ctx, offsets[p], ops)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		win := func() results.Window {
			k := int64(rnd.IntN(3))
			if k == 0 {
				return results.Window{}
			}
			return results.Window{Start: k * 1000, End: k*1000 + 1000}
		}
		for step := range 800 {
			p := rnd.IntN(2)
			if rnd.IntN(3) > 0 {
				offsets[p]++
			}
			var ops []results.Op
			for range 1 + rnd.IntN(3) {
				op := rows("a", epoch)
				op.Window = win()
				for range 1 + rnd.IntN(4) {
					n++
					key := fmt.Sprintf("[%d,%d]", p, rnd.IntN(20))
					if rnd.IntN(4) == 0 && op.Set[key] == nil {
						op.Del = append(op.Del, key)
					} else {
						op.Set[key] = fmt.Appendf(nil, `{"n":%d}`, n)
					}
				}
				op.Del = without(op.Del, op.Set)
				ops = append(ops, op)
				if rnd.IntN(5) == 0 {
					n++
					ops = append(ops, &results.Top{Target: op.Target, Window: op.Window, Rows: [][]byte{fmt.Appendf(nil, `{"n":%d}`, n)}})
				}
				if rnd.IntN(30) == 0 && !op.Window.IsZero() {
					ops = append(ops, &results.DropWindow{Target: op.Target, Window: op.Window})
				}
			}
			write(p, ops...)
			switch {
			case step%211 == 210:
				epoch++
			case step%307 == 306:
				if err := s.rdb.FlushAll(ctx).Err(); err != nil {
					t.Fatal(err)
				}
			case step%401 == 400 && s.mini == nil:
				if err := s.rdb.ClientKillByFilter(ctx, "TYPE", "pubsub").Err(); err != nil {
					t.Fatal(err)
				}
			}
		}
		write(0, &results.Meta{Target: results.Target{ID: "a", Epoch: epoch}, Fields: map[string]string{"status": "end"}})
		write(0, rows("a", epoch, "[]", `{"n":1000000}`))
		wg.Wait()
		if t.Failed() {
			return
		}
		want := newView(t)
		g := r.Subscribe("a", nil)
		defer g.Close()
		want.until(g, "the state", isReady(want))
		for i, v := range views {
			v.until(feeds[i], "the last row", func() bool { return v.ready && v.rows[results.Window{}]["[]"] != "" })
			if got, want := fmt.Sprint(v.rows, v.top), fmt.Sprint(want.rows, want.top); got != want {
				t.Errorf("follower %d has\n%s\nRedis has\n%s", i, got, want)
			}
		}
	})
}

func without(dels []string, set map[string][]byte) []string {
	var out []string
	for _, k := range dels {
		if set[k] == nil {
			out = append(out, k)
		}
	}
	return out
}

// TestFeedOfSlowReader publishes more than a feed keeps while nobody reads.
func TestFeedOfSlowReader(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		w := taken(t, s, 0, 1)
		apply(t, w, 1, rows("a", 1, "[0]", `{"n":0}`))
		f := results.NewReader(s.rdb).Subscribe("a", nil)
		defer f.Close()
		v := newView(t)
		v.until(f, "the state", isReady(v))
		text := strings.Repeat("x", 30<<10)
		for i := range 100 {
			apply(t, w, 2, rows("a", 1, "[0]", fmt.Sprintf(`{"n":%d,"t":%q}`, i, text)))
		}
		v.until(f, "the last", func() bool { return v.ready && number(v.rows[results.Window{}]["[0]"]) == 99 })
		if v.begins != 2 {
			t.Errorf("%d states", v.begins)
		}
	})
}

func TestWaitLive(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		w := taken(t, s, 0, 1)
		r := results.NewReader(s.rdb)
		status := func(epoch int64, text string) *results.Meta {
			return &results.Meta{Target: results.Target{ID: "a", Epoch: epoch, Keep: text == "failed", Kept: 4}, Fields: map[string]string{"epoch": fmt.Sprint(epoch), "status": text}}
		}
		apply(t, w, 1, status(4, "live"))
		waiting := make(chan error, 1)
		go func() {
			f, err := r.WaitLive(ctx, "a", 5)
			if err == nil && f.Epoch() != 5 {
				err = fmt.Errorf("facts %+v", f)
			}
			waiting <- err
		}()
		apply(t, w, 2, status(5, "accepted"))
		apply(t, w, 3, status(5, "live"))
		if err := <-waiting; err != nil {
			t.Fatal(err)
		}
		apply(t, w, 4, status(7, "failed"))
		if _, err := r.WaitLive(ctx, "a", 6); !errors.Is(err, results.ErrNotLive) || !strings.Contains(err.Error(), "failed") {
			t.Errorf("got %v", err)
		}
		apply(t, w, 5, status(8, "completed"))
		if f, err := r.WaitLive(ctx, "a", 7); err != nil || f.Epoch() != 8 {
			t.Errorf("of one that has all its rows: %v, %v", f, err)
		}
		apply(t, w, 6, &results.Drop{Target: results.Target{ID: "a", Epoch: 9}})
		if _, err := r.WaitLive(ctx, "a", 7); !errors.Is(err, results.ErrNotLive) {
			t.Errorf("got %v", err)
		}
		short, stop := context.WithTimeout(ctx, 20*time.Millisecond)
		defer stop()
		if _, err := r.WaitLive(short, "b", 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestPosition(t *testing.T) {
	for _, p := range []results.Position{
		{Epoch: -1, Changed: map[int32]results.Mark{}},
		{Epoch: 7, LogID: "12-3", Changed: map[int32]results.Mark{0: {Offset: 5, N: 9}, 12: {Offset: 1 << 40, N: 1}}},
	} {
		got, err := results.ParsePosition(p.String())
		if err != nil || fmt.Sprint(got) != fmt.Sprint(p) {
			t.Errorf("%v is read as %v, %v", p, got, err)
		}
	}
	for _, s := range []string{"", "x", "1", "1~", "1~x~", "1~~x", "1~~1=2", "x~~", "1~~1=2/3,", "1~~~"} {
		if p, err := results.ParsePosition(s); err == nil {
			t.Errorf("%q is read as %v", s, p)
		}
	}
}
