package presentation_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/results"
)

func TestHistory(t *testing.T) {
	h := open(t)
	target := results.Target{ID: "q", Epoch: h.submit("q", `{"sql":"SELECT lang, count(*) AS n FROM tweets GROUP BY lang","options":{"history":true}}`)}
	if a := h.get("/v1/queries/q/history"); a.status != http.StatusOK || !strings.Contains(a.text, `"samples":[]`) {
		t.Errorf("%d %s", a.status, a.text)
	}
	sampler := results.NewSampler(h.rdb, 1)
	for _, n := range []string{"1", "9007199254740993"} {
		h.write(&results.Rows{Target: target, Set: map[string][]byte{`["en"]`: []byte(`{"lang":"en","n":` + n + `}`)}})
		h.rdb.Del(context.Background(), "millrace:{q}:sampled")
		out, err := sampler.Sample(context.Background(), []results.Subject{{ID: "q", Epoch: target.Epoch}})
		if err != nil || out[0] != (results.Sampled{}) {
			t.Fatal(out, err)
		}
	}
	var page struct{ Samples []struct{ ID string } }
	a := h.get("/v1/queries/q/history")
	if err := json.Unmarshal([]byte(a.text), &page); err != nil || len(page.Samples) != 2 ||
		!strings.Contains(a.text, `"rows":[{"key":["en"],"row":{"lang":"en","n":9007199254740993}}]`) {
		t.Fatalf("%s (%v)", a.text, err)
	}
	a = h.get("/v1/queries/q/history?limit=5&after=" + page.Samples[0].ID)
	if strings.Contains(a.text, page.Samples[0].ID) || !strings.Contains(a.text, page.Samples[1].ID) {
		t.Errorf("after %s: %s", page.Samples[0].ID, a.text)
	}
	if watched := h.rdb.ZRange(context.Background(), results.KeyWatched, 0, -1).Val(); len(watched) != 1 || watched[0] != "q" {
		t.Errorf("watched are %v", watched)
	}
	for path, want := range map[string]string{
		"/v1/queries/q/history?limit=0":    "from 1 to 1000",
		"/v1/queries/q/history?limit=1001": "from 1 to 1000",
		"/v1/queries/q/history?after=x":    "not the id of a sample",
		"/v1/queries/q/history?from=x":     "unknown parameter",
	} {
		if a := h.get(path); a.status != http.StatusBadRequest || !strings.Contains(a.text, want) {
			t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}
	if a := h.get("/v1/queries/p/history"); a.status != http.StatusNotFound {
		t.Errorf("%d %s", a.status, a.text)
	}
}
