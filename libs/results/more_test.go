package results_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

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

func TestFactsAndAsOf(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		r := results.NewReader(s.rdb)
		if _, ok, err := r.AsOf(ctx); ok || err != nil {
			t.Fatal(ok, err)
		}
		w0, w1 := taken(t, s, 0, 1), taken(t, s, 1, 2)
		target := results.Target{ID: "a", Epoch: 7}
		apply(t, w0, 3, &results.Meta{Target: target, Fields: map[string]string{"epoch": "7", "status": "live", "note": "a:b"}},
			&results.Counters{Target: target, Values: map[string]int64{"matched": 3, "late": 1}}, rows("a", 7, "[1]", "{}"))
		apply(t, w1, 9, &results.Counters{Target: target, Values: map[string]int64{"matched": 4}}, rows("a", 7, "[2]", "{}"))
		f, ok, err := r.Facts(ctx, "a")
		if err != nil || !ok || f.Epoch() != 7 || f.Fields["status"] != "live" || f.Fields["note"] != "a:b" || f.Fields["updated"] == "" {
			t.Errorf("%+v %v %v", f, ok, err)
		}
		if want := map[string]int64{"matched": 7, "late": 1}; !reflect.DeepEqual(f.Counters, want) {
			t.Errorf("counters %v", f.Counters)
		}
		if want := map[int32]results.Mark{0: {Offset: 3, N: 2}, 1: {Offset: 9, N: 2}}; !reflect.DeepEqual(f.Changed, want) {
			t.Errorf("changed %v", f.Changed)
		}
		if got, err := r.States(ctx, []string{"a", "nobody"}); err != nil || !reflect.DeepEqual(got, map[string]results.State{"a": {Epoch: 7, Status: "live"}}) {
			t.Errorf("states %v %v", got, err)
		}
		if _, ok, err := r.Facts(ctx, "nobody"); ok || err != nil {
			t.Error(ok, err)
		}
		if e, ok, err := r.Epoch(ctx, "a"); e != 7 || !ok || err != nil {
			t.Error(e, ok, err)
		}
		if got, err := r.Epochs(ctx, []string{"nobody", "a"}); err != nil || !reflect.DeepEqual(got, map[string]int64{"a": 7}) {
			t.Error(got, err)
		}
		if _, ok, err := r.Epoch(ctx, "nobody"); ok || err != nil {
			t.Error(ok, err)
		}

		at := func(ms int64) *int64 { return &ms }
		if err := w0.Finish(ctx, 4, results.AsOf{Time: at(500), Vector: map[string]map[int32]int64{"t": {0: 10, 1: 20}}, Ended: true}, false); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := r.AsOf(ctx); ok || err != nil {
			t.Error("as_of is known before every partition has one", err)
		}
		if err := w1.Finish(ctx, 9, results.AsOf{Time: at(400), Vector: map[string]map[int32]int64{"t": {0: 11, 1: 15, 2: 3}}}, false); err != nil {
			t.Fatal(err)
		}
		got, ok, err := r.AsOf(ctx)
		want := results.AsOf{Time: at(400), Vector: map[string]map[int32]int64{"t": {0: 10, 1: 15}}}
		if !ok || err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v %v %v", got, ok, err)
		}

		if err := r.Watch(ctx, "once", time.Now().Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		until := time.Now().Add(time.Minute)
		for _, at := range []time.Time{until, until.Add(-time.Second)} {
			if err := r.Watch(ctx, "a", at); err != nil {
				t.Fatal(err)
			}
		}
		if score, err := s.rdb.ZScore(ctx, results.KeyWatched, "a").Result(); err != nil || int64(score) != until.UnixMilli() {
			t.Error(score, err)
		}
		if n, err := s.rdb.ZCard(ctx, results.KeyWatched).Result(); err != nil || n != 1 {
			t.Error(n, err)
		}
	})
}

// TestContract holds the spelling of keys, fields and messages, which people
// program against.
func TestContract(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		sub := s.rdb.Subscribe(ctx, "millrace:{q}:changes")
		defer sub.Close()
		if _, err := sub.Receive(ctx); err != nil {
			t.Fatal(err)
		}
		w := taken(t, s, 1, 40)
		target := results.Target{ID: "q", Epoch: 7}
		win := results.Window{Start: -1000, End: 0}
		windowed := rows("q", 7, `["a"]`, `{"n":1}`)
		windowed.Window = win
		apply(t, w, 100, windowed, rows("q", 7, "[]", `{"n":2}`),
			&results.Meta{Target: target, Fields: map[string]string{"status": "live"}},
			&results.Counters{Target: target, Values: map[string]int64{"matched": 5}},
			&results.Listing{Target: target, Summary: []byte(`{"id":"q"}`)})
		apply(t, w, 101, rows("q", 7, "[]", "", "[1]", `{"n":3}`),
			&results.Top{Target: target, Window: win, Rows: [][]byte{[]byte(`{"key":[],"row":{}}`)}},
			&results.Log{Target: target, Gap: true, Entries: []results.LogRow{{Offset: 99, Index: 2, Row: []byte(`{"n":4}`)}}},
			&results.DropWindow{Target: target, Window: win}, &results.Clear{Target: target})
		apply(t, w, 101, &results.Drop{Target: results.Target{ID: "q", Epoch: 9}})
		want := []string{
			`{"epoch":7,"partition":1,"previous":-1,"offset":100,"n":2,"window":{"start":-1000,"end":0},"rows":[{"key":["a"],"row":{"n":1}}],"more":true}`,
			`{"epoch":7,"partition":1,"previous":100,"offset":100,"n":2,"rows":[{"key":[],"row":{"n":2}}],"more":true}`,
			`{"epoch":7,"partition":1,"meta":{"status":"live"}}`,
			`{"epoch":7,"partition":1,"previous":100,"offset":101,"n":3,"rows":[{"key":[1],"row":{"n":3}},{"key":[],"row":null}],"more":true}`,
			`{"epoch":7,"partition":1,"previous":101,"offset":101,"n":3,"window":{"start":-1000,"end":0},"top":[{"key":[],"row":{}}],"more":true}`,
			`{"epoch":7,"partition":1,"previous":101,"offset":101,"n":3,"log":[{"id":"99-0","gap":true},{"id":"99-2","row":{"n":4}}],"more":true}`,
			`{"epoch":7,"partition":1,"previous":101,"offset":101,"n":3,"window":{"start":-1000,"end":0},"gone":true,"more":true}`,
			`{"epoch":7,"partition":1,"previous":101,"offset":101,"n":3,"reread":true}`,
			`{"epoch":9,"partition":1,"dropped":true}`,
		}
		for i, want := range want {
			m, err := sub.ReceiveMessage(ctx)
			if err != nil || m.Payload != want {
				t.Fatalf("message %d: %v\n got %s\nwant %s", i, err, m.Payload, want)
			}
		}
		if err := w.Finish(ctx, 102, results.AsOf{Vector: map[string]map[int32]int64{"t": {0: 5}}}, false); err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string]map[string]string{
			"millrace:merge:1":      {"token": "40", "n": "5", "offset": "102", "repair": "0", "partitions": "2", "as_of": `{"vector":{"t":{"0":5}}}`},
			"millrace:{q}:versions": {"epoch": "9"},
			"millrace:{q}:meta":     {"status": "dropped", "matched:1": "5", "changed:1": "101/3"},
			"millrace:topics":       topics,
		} {
			got, err := s.rdb.HGetAll(ctx, key).Result()
			delete(got, "take")
			delete(got, "updated")
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v %v, want %v", key, got, err, want)
			}
		}
	})
}

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

func TestUnavailable(t *testing.T) {
	m := startRedis(t)
	s := connect(t, m, nil)
	ctx := context.Background()
	w := taken(t, s, 0, 1)
	if err := s.rdb.Do(ctx, "REPLICAOF", "127.0.0.1", "1").Err(); err != nil {
		t.Fatal(err)
	}
	_, err := w.Apply(ctx, 1, []results.Op{rows("a", 1, "[]", "{}")})
	if !errors.Is(err, results.ErrUnavailable) {
		t.Errorf("a replica: %v", err)
	}
	if err := s.rdb.Do(ctx, "REPLICAOF", "NO", "ONE").Err(); err != nil {
		t.Fatal(err)
	}
	apply(t, w, 1, rows("a", 1, "[]", "{}"))
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := w.Apply(canceled, 1, []results.Op{rows("a", 1, "[]", "{}")}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	apply(t, w, 1, rows("a", 1, "[]", "{}"))
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
