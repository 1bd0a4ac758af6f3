package presentation_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
)

const countEN = `{"sql":"SELECT lang, count(*) AS n FROM tweets GROUP BY lang","owner":"anna","labels":{"team":"a","env":"prod"}}`

func TestSubmitAndShow(t *testing.T) {
	h := open(t)
	a := h.do(http.MethodPut, "/v1/queries/q1", countEN)
	if a.status != 202 || a.body["id"] != "q1" || a.body["state"] != "submitted" || a.body["kind"] != "rows" ||
		fmt.Sprint(a.body["columns"]) != "[map[name:lang type:VARCHAR] map[name:n type:BIGINT]]" {
		t.Fatalf("%d %s", a.status, a.text)
	}
	rec := h.next()
	if string(rec.Key) != "q1" || fmt.Sprint(a.body["epoch"]) != fmt.Sprint(rec.Offset) {
		t.Fatalf("record %s at %d, answer %s", rec.Key, rec.Offset, a.text)
	}
	sub, err := wire.ParseSubmission(rec.Value)
	if err != nil || sub.Owner != "anna" || sub.Labels["env"] != "prod" {
		t.Fatalf("%+v %v", sub, err)
	}
	if a := h.get("/v1/queries/q1"); a.status != 200 || a.body["state"] != "submitted" {
		t.Errorf("before it is decided: %d %s", a.status, a.text)
	}
	if a := h.get("/v1/queries/q1/results"); a.status != 200 || fmt.Sprint(a.body["rows"]) != "[]" {
		t.Errorf("results before it is decided: %d %s", a.status, a.text)
	}
	h.accept(rec)
	h.eventually("accepted", func() bool { return h.get("/v1/queries/q1").body["state"] == "accepted" })
	h.live("q1", rec.Offset)
	h.write(&results.Counters{Target: results.Target{ID: "q1", Epoch: rec.Offset}, Values: map[string]int64{"matched": 7}})
	h.eventually("live", func() bool { return h.get("/v1/queries/q1").body["state"] == "live" })
	a = h.get("/v1/queries/q1")
	if a.body["owner"] != "anna" || fmt.Sprint(a.body["counters"]) != "map[matched:7]" || a.body["started"] != "2026-01-01T00:00:00Z" || fmt.Sprint(a.body["passed"]) != "381912" ||
		!strings.Contains(fmt.Sprint(a.body["sql"]), "GROUP BY lang") {
		t.Errorf("%s", a.text)
	}

	post := h.do(http.MethodPost, "/v1/queries", `{"sql":"SELECT id FROM tweets"}`)
	id := fmt.Sprint(post.body["id"])
	if post.status != 202 || post.header.Get("Location") != "/v1/queries/"+id || !wire.ValidID(id) || string(h.next().Key) != id {
		t.Errorf("%d %s", post.status, post.text)
	}
}

func TestWaitLive(t *testing.T) {
	h := open(t)
	answers := make(chan answer)
	put := func(query string) {
		go func() { answers <- h.do(http.MethodPut, "/v1/queries/q1?"+query, countEN) }()
	}
	put("wait=live")
	rec := h.next()
	h.accept(rec)
	h.live("q1", rec.Offset)
	if a := <-answers; a.status != 200 || a.body["state"] != "live" || fmt.Sprint(a.body["epoch"]) != fmt.Sprint(rec.Offset) {
		t.Errorf("%d %s", a.status, a.text)
	}

	put("wait=live&timeout=100ms")
	rec = h.next()
	if a := <-answers; a.status != 202 || fmt.Sprint(a.body["epoch"]) != fmt.Sprint(rec.Offset) || a.body["state"] == "live" {
		t.Errorf("out of time: %d %s", a.status, a.text)
	}

	put("wait=live")
	rec = h.next()
	h.status(wire.Status{ID: "q1", Epoch: rec.Offset, Transition: wire.Rejected, Message: "too many queries", Line: 1, Column: 8, Hint: "drop some"})
	a := <-answers
	if a.status != 422 || a.body["type"] != "urn:millrace:problem:rejected" || a.body["detail"] != "too many queries" ||
		fmt.Sprint(a.body["column"]) != "8" || fmt.Sprint(a.body["epoch"]) != fmt.Sprint(rec.Offset) {
		t.Errorf("rejected: %d %s", a.status, a.text)
	}
	shown := h.get("/v1/queries/q1")
	if shown.body["state"] != "live" || !strings.Contains(fmt.Sprint(shown.body["rejection"]), "too many queries") {
		t.Errorf("a rejection must leave the running query alone: %s", shown.text)
	}

	put("wait=live")
	rec = h.next()
	h.accept(rec)
	reason := "more than 10 groups"
	sub, err := wire.ParseSubmission(rec.Value)
	if err != nil {
		t.Fatal(err)
	}
	h.register("q1", rec.Offset+5, sub, &reason)
	if a := <-answers; a.status != 409 || a.body["type"] != "urn:millrace:problem:not-live" {
		t.Errorf("failed: %d %s", a.status, a.text)
	}
	if a := h.get("/v1/queries/q1"); a.body["state"] != "failed" || a.body["message"] != reason {
		t.Errorf("%s", a.text)
	}
	for _, query := range []string{"wait=dead", "wait=live&timeout=x", "wait=live&timeout=1h", "wait=live&timeout=-1s"} {
		if a := h.do(http.MethodPut, "/v1/queries/q1?"+query, countEN); a.status != 400 {
			t.Errorf("%s: %d", query, a.status)
		}
	}
}

func TestRefusals(t *testing.T) {
	h := open(t)
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		want                     string
	}{
		{"bad SQL", "PUT", "/v1/queries/q", `{"sql":"SELECT lagn\nFROM tweets"}`, nil, 422, `"line":1,"column":8`},
		{"bad SQL in a later line", "POST", "/v1/queries", `{"sql":"SELECT lang\nFROM twets"}`, nil, 422, `"line":2,"column":6`},
		{"an excerpt", "POST", "/v1/queries", `{"sql":"SELECT lagn FROM tweets"}`, nil, 422, `"hint":"did you mean lang?"`},
		{"no JSON", "PUT", "/v1/queries/q", `SELECT 1`, nil, 400, "must be a JSON object"},
		{"broken JSON", "PUT", "/v1/queries/q", `{"sql":`, nil, 400, "bad-request"},
		{"no SQL", "PUT", "/v1/queries/q", `{"owner":"x"}`, nil, 400, "bad-request"},
		{"unknown field", "PUT", "/v1/queries/q", `{"sql":"SELECT id FROM tweets","labls":{}}`, nil, 400, "labls"},
		{"broken JSON has a place", "PUT", "/v1/queries/q", "{\"sql\":\n  oops}", nil, 400, `"line":2,"column":3`},
		{"grace", "PUT", "/v1/queries/q", `{"sql":"SELECT id FROM tweets","options":{"grace":"1m"}}`, nil, 422, `"hint":"leave it out"`},
		{"negative retention", "PUT", "/v1/queries/q", `{"sql":"SELECT id FROM tweets","options":{"retention":"-1m"}}`, nil, 400, "retention"},
		{"another start", "PUT", "/v1/queries/q", `{"sql":"SELECT id FROM tweets","options":{"start":"earliest"}}`, nil, 400, "start"},
		{"long SQL", "PUT", "/v1/queries/q", `{"sql":"SELECT id FROM tweets WHERE lang = '` + strings.Repeat("x", 1<<17) + `'"}`, nil, 422, "more than 65536"},
		{"older form", "PUT", "/v1/queries/q", `{"select":{"agg":"median","field":"*"}}`, nil, 422, `"line":1,"column":18`},
		{"older form with a wrong name", "PUT", "/v1/queries/q", `{"select":"lagn"}`, nil, 422, `select: unknown column lagn`},
		{"older form with an owner", "PUT", "/v1/queries/q", `{"select":"lang","owner":"anna"}`, nil, 422, "owner"},
		{"fail", "PUT", "/v1/queries/q", `{"fail":{"epoch":1,"reason":"x"}}`, nil, 400, "bad-request"},
		{"bad id", "PUT", "/v1/queries/a%20b", countEN, nil, 400, "cannot be a query's id"},
		{"too large", "PUT", "/v1/queries/q", `{"sql":"` + strings.Repeat(" ", 1<<20) + `"}`, nil, 413, "too-large"},
		{"form", "PUT", "/v1/queries/q", countEN, []string{"Content-Type", "text/plain"}, 415, "application/json"},
		{"no type", "DELETE", "/v1/queries/q", "", []string{"Content-Type", ""}, 415, "application/json"},
		{"foreign origin", "PUT", "/v1/queries/q", countEN, []string{"Origin", "https://evil.example"}, 403, "foreign-origin"},
		{"null origin", "PUT", "/v1/queries/q", countEN, []string{"Origin", "null"}, 403, "foreign-origin"},
		{"cross site", "PUT", "/v1/queries/q", countEN, []string{"Sec-Fetch-Site", "cross-site"}, 403, "foreign-origin"},
		{"rebound name", "GET", "/v1/queries", "", []string{"Host", "evil.example:8080"}, 403, "foreign-origin"},
		{"unknown query", "GET", "/v1/queries/nobody", "", nil, 404, "not-found"},
		{"results of unknown", "GET", "/v1/queries/nobody/results", "", nil, 404, "not-found"},
		{"changes of unknown", "GET", "/v1/queries/nobody/changes", "", nil, 404, "not-found"},
		{"drop of unknown", "DELETE", "/v1/queries/nobody", "", nil, 404, "not-found"},
		{"unknown path", "GET", "/v2/queries", "", nil, 404, "not-found"},
		{"unknown method", "PATCH", "/v1/queries/q", "{}", nil, 405, "method-not-allowed"},
		{"drop all unconfirmed", "DELETE", "/v1/queries", "", nil, 400, "confirm=all"},
		{"drop all and some", "DELETE", "/v1/queries?owner=a&confirm=all", "", nil, 400, "confirm=all"},
		{"misspelt filter", "DELETE", "/v1/queries?onwer=a", "", nil, 400, "onwer"},
		{"bad limit", "GET", "/v1/queries?limit=0", "", nil, 400, "limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.t = t
			a := h.do(c.method, c.path, c.body, c.header...)
			if a.status != c.status || !strings.Contains(a.text, c.want) {
				t.Errorf("%d %s", a.status, a.text)
			}
		})
	}
	h.t = t
	if a := h.do("PATCH", "/v1/queries/q", "{}"); !strings.Contains(a.header.Get("Allow"), "PUT") {
		t.Errorf("Allow: %q", a.header.Get("Allow"))
	}
	for _, host := range []string{"localhost:1", "LOCALHOST", "[::1]:80", "127.0.0.1", "millrace.localhost"} {
		if a := h.do("GET", "/v1/queries", "", "Host", host); a.status != 200 {
			t.Errorf("host %s: %d", host, a.status)
		}
	}
	if a := h.do("PUT", "/v1/queries/q", countEN, "Origin", h.url, "Content-Type", "application/json; charset=utf-8"); a.status != 202 {
		t.Errorf("own origin: %d %s", a.status, a.text)
	}
}

// TestOlderForm submits the older JSON query form.
func TestOlderForm(t *testing.T) {
	h := open(t)
	const body = `{"select":{"agg":"count","field":"*"},"where":{"_and":[{"text":{"_contains":"abc"}},{"lang":{"_eq":"en"}}]},"group_by":"lang"}`
	a := h.do(http.MethodPut, "/v1/queries/old", body)
	if a.status != 202 || a.body["kind"] != "rows" || a.body["message"] != "read as SELECT lang, count(*) FROM tweets WHERE text CONTAINS 'abc' AND lang = 'en' GROUP BY lang" ||
		fmt.Sprint(a.body["columns"]) != "[map[name:lang type:VARCHAR] map[name:count(*) type:BIGINT]]" {
		t.Errorf("%d %s", a.status, a.text)
	}
	rec := h.next()
	if string(rec.Value) != body {
		t.Errorf("submitted as %s", rec.Value)
	}
	h.accept(rec)
	h.eventually("accepted", func() bool { return h.get("/v1/queries/old").body["state"] == "accepted" })
	if a := h.get("/v1/queries/old"); a.body["sql"] != body || a.body["kind"] != "rows" {
		t.Errorf("%s", a.text)
	}
}

func TestListAndDrop(t *testing.T) {
	h := open(t)
	sql := `"sql":"SELECT count(*) FROM tweets"`
	for id, rest := range map[string]string{
		"a": `"owner":"anna","labels":{"env":"prod"}`, "b": `"owner":"anna","labels":{"env":"test"}`,
		"c": `"owner":"ben","labels":{"env":"prod","x":""}`, "d": `"owner":""`,
	} {
		h.do(http.MethodPut, "/v1/queries/"+id, "{"+sql+","+rest+"}")
		h.accept(h.next())
	}
	list := func(query string) string {
		var ids []string
		next := ""
		for {
			a := h.get("/v1/queries?" + query + "&after=" + next)
			if a.status != 200 {
				t.Fatalf("%s: %d %s", query, a.status, a.text)
			}
			for _, q := range a.body["queries"].([]any) {
				ids = append(ids, fmt.Sprint(q.(map[string]any)["id"]))
			}
			n, ok := a.body["next"]
			if !ok {
				return strings.Join(ids, " ")
			}
			next = fmt.Sprint(n)
		}
	}
	h.eventually("all known", func() bool { return list("state=accepted") == "a b c d" })
	for query, want := range map[string]string{
		"": "a b c d", "limit=1": "a b c d", "limit=3": "a b c d", "owner=anna": "a b", "label=env=prod": "a c", "label=env": "a b c",
		"label=x": "c", "owner=anna&label=env=prod": "a", "label=env=prod&label=x=": "c", "owner=nobody": "", "state=live": "", "limit=1&owner=anna": "a b",
	} {
		if got := list(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	a := h.do(http.MethodDelete, "/v1/queries/d", "")
	rec := h.next()
	if a.status != 202 || string(rec.Key) != "d" || rec.Value != nil || fmt.Sprint(a.body["epoch"]) != fmt.Sprint(rec.Offset) {
		t.Errorf("%d %s; record %s %q", a.status, a.text, rec.Key, rec.Value)
	}
	h.accept(rec)
	h.eventually("dropped", func() bool { return list("") == "a b c" })
	if a := h.get("/v1/queries/d"); a.status != 200 || a.body["state"] != "dropped" || a.body["kind"] != "rows" {
		t.Errorf("%d %s", a.status, a.text)
	}
	if a := h.get("/v1/queries/d/results"); a.status != 200 || a.body["state"] != "dropped" {
		t.Errorf("%d %s", a.status, a.text)
	}
	if a := h.do(http.MethodDelete, "/v1/queries/d", ""); a.status != 404 {
		t.Errorf("second drop: %d", a.status)
	}
	if a := h.do(http.MethodDelete, "/v1/queries?owner=ben&label=env=prod", ""); a.status != 202 || !strings.Contains(a.text, `"dropped":[{"id":"c","epoch":`) {
		t.Errorf("%d %s", a.status, a.text)
	}
	h.accept(h.next())
	h.eventually("dropped by owner", func() bool { return list("") == "a b" })
	if a := h.do(http.MethodDelete, "/v1/queries?confirm=all", ""); a.status != 202 {
		t.Errorf("%d %s", a.status, a.text)
	}
	if a := h.do(http.MethodDelete, "/v1/queries?owner=ben", ""); a.status != 202 || strings.TrimSpace(a.text) != `{"dropped":[]}` {
		t.Errorf("%d %s", a.status, a.text)
	}
}

func TestForeignRegistry(t *testing.T) {
	h := open(t)
	h.submit("q", countEN)
	h.produce(kafka.Record{Topic: kafka.TopicRegistry, Key: []byte("x/other"), Value: []byte("not ours")})
	h.produce(kafka.Record{Topic: kafka.TopicStatus, Key: []byte("q"), Value: []byte("rubbish")})
	h.produce(kafka.Record{Topic: kafka.TopicRegistry, Key: wire.RegistryKey("q"), Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: []byte("0")}}})
	select {
	case err := <-h.ended:
		if err == nil || !strings.Contains(err.Error(), "somebody else") {
			t.Errorf("run: %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("Run goes on")
	}
	h.ended <- nil
}

func TestHealthAndMetrics(t *testing.T) {
	h := open(t)
	h.submit("q", countEN)
	h.get("/v1/nothing")
	if a := h.get("/healthz"); a.status != 200 {
		t.Error(a.status)
	}
	a := h.get("/readyz")
	if a.status != 200 || !strings.Contains(a.text, "presentation-registry") || !strings.Contains(a.text, "presentation-redis") {
		t.Errorf("%d %s", a.status, a.text)
	}
	metrics := h.get("/metrics").text
	for _, line := range []string{
		`millrace_queries{state="live"} 1`, `millrace_event_streams 0`, `millrace_http_requests_total{method="PUT",route="PUT /v1/queries/{id}",status="202"} 1`,
		`millrace_http_requests_total{method="GET",route="none",status="404"} 1`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("no %s in\n%s", line, metrics)
		}
	}
}
