package results_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/millrace/millrace/libs/results"
)

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
