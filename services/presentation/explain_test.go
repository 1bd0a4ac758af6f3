package presentation_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// counted returns how many parts of an explanation are reused and added, and how
// many other queries there are.
func counted(a answer) string {
	sharing, _ := a.body["sharing"].(map[string]any)
	reused, _ := sharing["reused"].([]any)
	added, _ := sharing["added"].([]any)
	return fmt.Sprintf("%d %d of %v", len(reused), len(added), sharing["queries"])
}

func TestExplain(t *testing.T) {
	h := open(t)
	const (
		go1 = `{"sql":"SELECT count(*) AS n FROM tweets WHERE text CONTAINS 'go'"}`
		go2 = `{"sql":"SELECT max(retweet_count) AS most FROM tweets WHERE text CONTAINS 'go'"}`
	)
	candidate := func(body string) answer { return h.do(http.MethodPost, "/v1/explain?sharing=true", body) }
	if a := candidate(go1); a.status != 200 || counted(a) != "0 8 of 0" || a.body["running"] != false {
		t.Errorf("alone: %d %s", a.status, a.text)
	}
	epoch := h.submit("q1", go1)
	if a := candidate(go1); counted(a) != "8 0 of 1" {
		t.Errorf("the same again: %s", a.text)
	}
	h.submit("q2", go2)
	a := h.get("/v1/queries/q2/explain?sharing=true")
	if a.status != 200 || counted(a) != "6 3 of 1" || a.body["running"] != true || a.body["id"] != "q2" || a.body["state"] != "live" {
		t.Errorf("%d %s", a.status, a.text)
	}
	if a := h.get("/v1/queries/q1/explain"); a.body["sharing"] != nil || fmt.Sprint(a.body["epoch"]) != fmt.Sprint(epoch) ||
		!strings.Contains(a.text, `"predicate":"contains(text, 'go')"`) || !strings.Contains(a.text, `"path":"direct"`) {
		t.Errorf("%s", a.text)
	}
	if a := h.get("/v1/plan"); fmt.Sprint(a.body["queries"]) != "2" || !strings.Contains(a.text, `"users":["q2"]`) {
		t.Errorf("%s", a.text)
	}

	// A query that goes takes its nodes along; one that fails is in the plan no more.
	if a := h.do(http.MethodDelete, "/v1/queries/q1", ""); a.status != 202 {
		t.Fatalf("%d %s", a.status, a.text)
	}
	h.accept(h.next())
	h.eventually("dropped", func() bool { return counted(h.get("/v1/queries/q2/explain?sharing=true")) == "0 9 of 0" })
	if a := h.get("/v1/queries/q1/explain"); a.status != 404 || !strings.Contains(a.text, "query q1 is dropped, and only registered queries have one") {
		t.Errorf("%d %s", a.status, a.text)
	}
	sub, err := wire.ParseSubmission([]byte(go2))
	if err != nil {
		t.Fatal(err)
	}
	why := "too many groups"
	h.register("q2", epoch+10, sub, &why)
	h.eventually("failed", func() bool { return h.get("/v1/queries/q2/explain?sharing=true").body["running"] == false })
	if a := h.get("/v1/queries/q2/explain?format=text"); !strings.Contains(a.text, "query q2, failed, epoch ") || !strings.Contains(a.text, why) {
		t.Errorf("%s", a.text)
	}
	if a := h.get("/v1/plan"); fmt.Sprint(a.body["queries"]) != "0" {
		t.Errorf("%s", a.text)
	}
}

// TestExplainForms asks for text and for what is not understood.
func TestExplainForms(t *testing.T) {
	h := open(t)
	h.submit("q", countEN)
	for accept, text := range map[string]bool{
		"": false, "*/*": false, "text/plain": true, "application/json": false, "text/html, text/plain;q=0.5": true,
		"application/json;q=0.3, text/plain;q=0.9": true, "text/plain;q=0.3, application/json": false,
	} {
		for _, a := range []answer{
			h.do(http.MethodGet, "/v1/queries/q/explain", "", "Accept", accept),
			h.do(http.MethodPost, "/v1/explain", countEN, "Accept", accept),
			h.do(http.MethodGet, "/v1/plan", "", "Accept", accept),
		} {
			if is := strings.HasPrefix(a.header.Get("Content-Type"), "text/plain"); a.status != 200 || is != text || a.header.Get("Vary") != "Accept" {
				t.Errorf("Accept %q: %d %s", accept, a.status, a.header)
			}
		}
	}
	older := `{"select":{"agg":"count","field":"*"},"where":{"lang":{"_eq":"en"}}}`
	if a := h.do(http.MethodPost, "/v1/explain?format=text", older); a.status != 200 || !strings.Contains(a.text, "read as SELECT count(*)") {
		t.Errorf("%d %s", a.status, a.text)
	}
	for path, want := range map[string]string{
		"/v1/plan?format=xml":                     "expected json, text, dot",
		"/v1/queries/q/explain?format=dot":        "expected json, text",
		"/v1/queries/q/explain?sharing=yes":       "sharing: expected true",
		"/v1/queries/q/explain?share=true":        "known are sharing, format",
		"/v1/queries/not%20possible/explain":      "cannot be a query's id",
		"/v1/queries/q/explain?sharing=&format=x": "sharing: expected true",
	} {
		if a := h.get(path); a.status != 400 || !strings.Contains(a.text, want) {
			t.Errorf("%s: %d %s, want %s", path, a.status, a.text, want)
		}
	}
	if a := h.do(http.MethodPut, "/v1/queries/new", countEN); a.status != 202 {
		t.Fatal(a.text)
	}
	if a := h.get("/v1/queries/new/explain"); a.status != 404 || !strings.Contains(a.text, "query new is submitted") {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// TestExplainNewer has a query in the registry whose plan a newer version wrote.
func TestExplainNewer(t *testing.T) {
	h := open(t)
	r := wire.Registry{ID: "newer", Epoch: 1, SQL: "SELECT 1", Plan: []byte{99, 1, 2}, Submitted: time.Unix(1, 0)}
	value, err := r.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	h.produce(kafka.Record{Topic: kafka.TopicRegistry, Key: wire.RegistryKey("newer"), Value: value})
	h.eventually("left out", func() bool { return strings.Contains(h.get("/v1/plan").text, `"left_out":[{"id":"newer","why":"`) })
	if a := h.get("/v1/queries/newer/explain"); a.status != 503 || !strings.Contains(a.text, "cannot be read by this version") {
		t.Errorf("%d %s", a.status, a.text)
	}
	a := h.do(http.MethodPost, "/v1/explain?sharing=true", countEN)
	if left := fmt.Sprint(a.body["sharing"].(map[string]any)["left_out"]); left != "1" {
		t.Errorf("left out: %s", left)
	}
}

// TestExplainMeasured prices with what schedulers have told, and with defaults where
// they have not.
func TestExplainMeasured(t *testing.T) {
	h := open(t)
	const query = `{"sql":"SELECT lang, count(*) AS n FROM tweets WHERE text CONTAINS 'go' GROUP BY lang"}`
	h.submit("q", query)
	a := h.get("/v1/queries/q/explain?sharing=true")
	if strings.Contains(a.text, `"evidence":"measured"`) || strings.Contains(a.text, `"measured"`) || !strings.Contains(a.text, `"evidence":"default"`) {
		t.Errorf("nothing was measured: %s", a.text)
	}
	nodes := map[string]string{}
	for _, n := range a.body["physical"].(map[string]any)["nodes"].([]any) {
		n := n.(map[string]any)
		nodes[n["kind"].(string)] = n["id"].(string)
	}
	tell := func(c wire.Cost) {
		t.Helper()
		c.Stream, c.Time = "tweets", time.Now()
		value, err := c.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		h.produce(kafka.Record{Topic: kafka.TopicCosts, Key: wire.CostKey(c.Slot, c.Node), Value: value})
	}
	h.produce(kafka.Record{Topic: kafka.TopicCosts, Key: []byte("junk"), Value: []byte("junk")}, kafka.Record{Topic: kafka.TopicCosts})
	tell(wire.Cost{Node: nodes["grouping"], Kind: wire.CostGrouping, Nanos: 80, Rows: 0.25, Samples: 18_332})
	tell(wire.Cost{Node: nodes["selection"], Kind: wire.CostSelection, Nanos: 4, Rows: 0.25, Kept: 0.25, Samples: 18_332})
	tell(wire.Cost{Node: nodes["scan"], Kind: wire.CostScan, Nanos: 4520, Rows: 1, Samples: 70_000, Nodes: 2})
	h.eventually("measured", func() bool {
		return strings.Contains(h.get("/v1/queries/q/explain?sharing=true&format=text").text, "scan        "+nodes["scan"][:8]+" tweets: 4000 ns per document (measured on 70,000 documents), 650 bytes (default)")
	})
	text := h.get("/v1/queries/q/explain?sharing=true&format=text").text
	for _, want := range []string{
		"keys=[lang]: 20 ns per document (measured on 18,332 documents), ",
		"access: direct, 25 % of all rows are looked at, 25 % kept (measured)",
		"contains(text, 'go'): 0.7 ns per document, 650 bytes (default)",
		"column               lang: 0 ns per document\n",
		"column               text: 260 ns per document (default and measured)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if a := h.get("/v1/queries/q/explain?sharing=true"); !strings.Contains(a.text, `"evidence":"measured","samples":18332`) || !strings.Contains(a.text, `"measured":{"looked_at":0.25,"kept":0.25,"samples":18332}`) {
		t.Errorf("%s", a.text)
	}
	if a := h.do(http.MethodPost, "/v1/explain?sharing=true", query); !strings.Contains(a.text, `"evidence":"measured","samples":18332`) {
		t.Errorf("the same beside it: %s", a.text)
	}
	if a := h.get("/v1/plan"); !strings.Contains(a.text, `"measured":[{"stream":"tweets","what":"decode","nodes":2,"ns_per_document":4520,"samples":70000}]`) {
		t.Errorf("%s", a.text)
	}
	h.produce(kafka.Record{Topic: kafka.TopicCosts, Key: wire.CostKey(0, nodes["grouping"])})
	h.eventually("taken back", func() bool {
		return strings.Contains(h.get("/v1/queries/q/explain?sharing=true&format=text").text, "keys=[lang]: 15 ns per document (default and measured)")
	})
}

// TestExplainStatement has EXPLAIN in the text: it says what is told, and in which
// form, and is no query to be registered.
func TestExplainStatement(t *testing.T) {
	h := open(t)
	for sql, c := range map[string]struct{ accept, media, has, hasNot string }{
		"EXPLAIN SELECT id FROM tweets":                       {"", "application/json", `"logical"`, `"sharing"`},
		"EXPLAIN SHARING SELECT id FROM tweets":               {"text/plain", "text/plain", "would add", "{"},
		"EXPLAIN SHARING (FORMAT TEXT) SELECT id FROM tweets": {"application/json", "text/plain", "would add", "{"},
		"EXPLAIN (FORMAT JSON) SELECT id FROM tweets":         {"text/plain", "application/json", `"sql":"EXPLAIN (FORMAT JSON) SELECT id FROM tweets"`, `"sharing"`},
	} {
		a := h.do(http.MethodPost, "/v1/explain", `{"sql":"`+sql+`"}`, "Accept", c.accept)
		if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), c.media) || !strings.Contains(a.text, c.has) || strings.Contains(a.text, c.hasNot) {
			t.Errorf("%s: %d %s", sql, a.status, a.text)
		}
	}
	if a := h.do(http.MethodPost, "/v1/explain", `{"sql":"EXPLAIN SELECT idd FROM tweets"}`); a.status != 422 || !strings.Contains(a.text, `"column":16`) {
		t.Errorf("%d %s", a.status, a.text)
	}
	for _, c := range []struct{ method, path string }{{http.MethodPut, "/v1/queries/q"}, {http.MethodPost, "/v1/queries"}} {
		a := h.do(c.method, c.path, `{"sql":"EXPLAIN SHARING SELECT id FROM tweets"}`)
		if a.status != 422 || !strings.Contains(a.text, "EXPLAIN is no standing query") || !strings.Contains(a.text, "POST /v1/explain") {
			t.Errorf("%d %s", a.status, a.text)
		}
	}
}
