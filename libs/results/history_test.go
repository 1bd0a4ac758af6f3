package results_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/results"
)

// TestHistory: one sample per change, of all merge partitions, and none of an
// epoch that is gone.
func TestHistory(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		w := taken(t, s, 0, 1)
		sampler, r := results.NewSampler(s.rdb, 2), results.NewReader(s.rdb)
		// sample takes one; the server's clock need not be waited for.
		sample := func(id string, epoch int64) string {
			t.Helper()
			out, err := sampler.Sample(ctx, []results.Subject{{ID: id, Epoch: epoch}})
			if err != nil || out[0].Err != nil {
				t.Fatal(err, out)
			}
			switch {
			case out[0].Gone:
				return "gone"
			case out[0].Again > 0 && out[0].Again <= results.HistoryEvery:
				return "early"
			default:
				s.rdb.Del(ctx, "millrace:{"+id+"}:sampled")
				return "taken or the same"
			}
		}
		want := func(id, after string, limit int64, want ...string) []results.Sample {
			t.Helper()
			samples, err := r.History(ctx, id, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range samples {
				got = append(got, fmt.Sprintf("%d %s", x.Matched, x.Rows))
				if age := time.Since(time.UnixMilli(x.Time)); age < -time.Minute || age > time.Minute {
					t.Errorf("a sample is %s old", age)
				}
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Fatalf("history of %s is\n%s\nwant\n%s", id, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			return samples
		}
		matched := func(n int64) *results.Counters {
			return &results.Counters{Target: results.Target{ID: "a", Epoch: 1}, Values: map[string]int64{"matched": n}}
		}

		if got := sample("a", 1); got != "gone" {
			t.Fatalf("before the first write: %s", got)
		}
		apply(t, w, 0, rows("a", 1, `["b"]`, `{"n":2}`, `["a"]`, `{"n":1}`), matched(3))
		apply(t, taken(t, s, 1, 1), 0, matched(4))
		first, err := sampler.Sample(ctx, []results.Subject{{ID: "a", Epoch: 1}, {ID: "a", Epoch: 1}, {ID: "none", Epoch: 1}})
		if err != nil || first[0] != (results.Sampled{}) || first[1].Again <= 0 || !first[2].Gone {
			t.Fatalf("%+v, %v", first, err)
		}
		s.rdb.Del(ctx, "millrace:{a}:sampled")
		both := `7 [{"key":["a"],"row":{"n":1}},{"key":["b"],"row":{"n":2}}]`
		samples := want("a", "", 10, both)
		sample("a", 1)
		want("a", "", 10, both) // nothing had changed

		apply(t, w, 1, rows("a", 1, `["a"]`, `{"n":5}`))
		sample("a", 1)
		second := `7 [{"key":["a"],"row":{"n":5}},{"key":["b"],"row":{"n":2}}]`
		want("a", "", 10, both, second)
		want("a", "", 1, second)
		want("a", samples[0].ID, 10, second)
		if left := s.rdb.PTTL(ctx, results.HistoryKey("a")).Val(); left <= 0 || left > time.Hour {
			t.Errorf("the history of a query that is only watched stays for %s", left)
		}

		large := make([]string, 0, 2*(results.HistoryRows+1))
		for i := range results.HistoryRows + 1 {
			large = append(large, fmt.Sprintf("[%d]", i), `{"n":0}`)
		}
		apply(t, w, 2, rows("a", 1, large...))
		sample("a", 1)
		want("a", "", 1, "7 ")

		apply(t, w, 3, rows("a", 2, `["a"]`, `{"n":1}`)) // submitted again
		want("a", "", 10)
		if got := sample("a", 1); got != "gone" {
			t.Fatalf("of the epoch before: %s", got)
		}
		out, err := sampler.Sample(ctx, []results.Subject{{ID: "a", Epoch: 2, Keep: true}})
		if err != nil || out[0] != (results.Sampled{}) {
			t.Fatal(out, err)
		}
		if left := s.rdb.PTTL(ctx, results.HistoryKey("a")).Val(); left > 0 {
			t.Errorf("a history that is to be kept goes in %s", left)
		}
		apply(t, w, 4, &results.Drop{Target: results.Target{ID: "a", Epoch: 3}})
		if left := s.rdb.PTTL(ctx, results.HistoryKey("a")).Val(); left <= 0 || left > 10*time.Minute {
			t.Errorf("the history of a dropped query stays for %s", left)
		}
	})
}

func TestHistoryOfOtherKinds(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		w := taken(t, s, 0, 1)
		target := func(id string) results.Target { return results.Target{ID: id, Epoch: 1} }
		window := rows("window", 1, `["a"]`, `{"n":1}`)
		window.Window = results.Window{Start: 0, End: 60_000}
		apply(t, w, 1, window,
			&results.Top{Target: target("top"), Rows: [][]byte{[]byte(`{"key":["z"],"row":{"n":9}}`), []byte(`{"key":["a"],"row":{"n":3}}`)}},
			&results.Log{Target: target("log"), Entries: []results.LogRow{{Offset: 1, Index: 1, Row: []byte(`{"n":1}`)}}},
			&results.Counters{Target: target("log"), Values: map[string]int64{"matched": 9_007_199_254}})
		sampler := results.NewSampler(s.rdb, 1)
		for id, want := range map[string]string{
			"window": "0 ", "top": `0 [{"key":["z"],"row":{"n":9}},{"key":["a"],"row":{"n":3}}]`, "log": "9007199254 []",
		} {
			out, err := sampler.Sample(ctx, []results.Subject{{ID: id, Epoch: 1}})
			if err != nil || out[0] != (results.Sampled{}) {
				t.Fatal(out, err)
			}
			got, err := results.NewReader(s.rdb).History(ctx, id, "", 10)
			if err != nil || len(got) != 1 || fmt.Sprintf("%d %s", got[0].Matched, got[0].Rows) != want {
				t.Errorf("history of %s is %+v (%v), want %s", id, got, err, want)
			}
		}
	})
}
