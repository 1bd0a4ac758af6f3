package results_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/results"
)

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
