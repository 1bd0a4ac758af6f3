package presentation_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/wire"
)

// say posts a statement.
func (h *house) say(sql string) answer {
	h.t.Helper()
	body, err := json.Marshal(map[string]string{"sql": sql})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.do(http.MethodPost, "/v1/sql", string(body))
}

func TestStatements(t *testing.T) {
	h := open(t)
	for sql, want := range map[string]string{
		"SHOW STREAMS":    `["tweets","millrace.tweets","created_at",`,
		"SHOW VIEWS":      `"columns":["name","query"]`,
		"SHOW FUNCTIONS;": `["lower","text","(text VARCHAR)`,
		"SHOW QUERIES":    `"columns":["id","state","owner","sql"]`,
		"DESCRIBE tweets": `"definition":"CREATE STREAM tweets (\n  id BIGINT`,
		"EXPLAIN SELECT count(*) AS n FROM tweets WHERE text CONTAINS 'go'":   `"text":"`,
		"EXPLAIN (FORMAT JSON) SELECT count(*) AS n FROM tweets WHERE id > 5": `"explanation":{`,
		"EXPLAIN SHARING SELECT count(*) AS n FROM tweets WHERE lang = 'en'":  `"sharing":{`,
		"DROP MATERIALIZED VIEW IF EXISTS nobody":                             `"note":"there is no query nobody"`,
	} {
		if a := h.say(sql); a.status != 200 || !strings.Contains(a.text, want) {
			t.Errorf("%s: %d %s\nwant %s", sql, a.status, a.text, want)
		}
	}

	a := h.say("CREATE MATERIALIZED VIEW langs WITH (owner = 'anna', labels.team = 'x', max_groups = 7, retention = '2h') AS SELECT lang, count(*) AS n FROM tweets GROUP BY lang")
	if a.status != 202 || a.body["id"] != "langs" || a.body["state"] != "submitted" {
		t.Fatalf("%d %s", a.status, a.text)
	}
	rec := h.next()
	if string(rec.Key) != "langs" || !strings.HasPrefix(string(rec.Value), "CREATE MATERIALIZED VIEW langs") {
		t.Errorf("submitted %s %s", rec.Key, rec.Value)
	}
	sub, err := wire.ParseSubmission([]byte(`{"sql":"SELECT lang, count(*) AS n FROM tweets GROUP BY lang","owner":"anna"}`))
	if err != nil {
		t.Fatal(err)
	}
	h.register("langs", rec.Offset, sub, nil)
	h.eventually("registered", func() bool { return strings.Contains(h.say("SHOW QUERIES").text, `["langs","accepted","anna",`) })
	if a := h.say("DESCRIBE langs"); a.status != 200 || !strings.Contains(a.text, `"rows":[["lang","VARCHAR"],["n","BIGINT"]]`) || fmt.Sprint(a.body["epoch"]) != fmt.Sprint(rec.Offset) {
		t.Errorf("%d %s", a.status, a.text)
	}
	if a := h.say("DROP MATERIALIZED VIEW langs"); a.status != 202 || a.body["id"] != "langs" {
		t.Errorf("%d %s", a.status, a.text)
	}
	if rec := h.next(); string(rec.Key) != "langs" || rec.Value != nil {
		t.Errorf("submitted %s %s", rec.Key, rec.Value)
	}

	for sql, want := range map[string]string{
		"SELECT id FROM tweets":       "a SELECT by itself is a standing query, and needs an id",
		"DESCRIBE tweet":              "did you mean tweets?",
		"DROP MATERIALIZED VIEW lang": "lang is not the name of a query",
		"SHOW STREMS":                 "did you mean STREAMS?",
		`CREATE MATERIALIZED VIEW "a b" AS SELECT id FROM tweets`:                       "cannot be the id of a query",
		"CREATE MATERIALIZED VIEW a WITH (max_group = 7) AS SELECT id FROM tweets":      "did you mean max_groups?",
		"CREATE MATERIALIZED VIEW a WITH (start = 'earliest') AS SELECT id FROM tweets": "a query starts at 'latest'",
		"CREATE MATERIALIZED VIEW a AS SELECT lagn FROM tweets":                         `"column":38`,
	} {
		if a := h.say(sql); a.status != 422 || !strings.Contains(a.text, want) {
			t.Errorf("%s: %d %s\nwant %s", sql, a.status, a.text, want)
		}
	}
	for _, body := range []string{"", "[]", "{}", `{"sql":5}`, `{"sql":" "}`, `{"sql":"SHOW STREAMS","owner":"x"}`} {
		if a := h.do(http.MethodPost, "/v1/sql", body); a.status != 400 {
			t.Errorf("%s: %d %s", body, a.status, a.text)
		}
	}
}

// A query that bears its id is submitted under it, and under no other.
func TestMaterializedViewIsASubmission(t *testing.T) {
	h := open(t)
	const langs = `{"sql":"CREATE MATERIALIZED VIEW langs WITH (labels.a = 'b') AS SELECT lang FROM tweets","labels":{"c":"d"}}`
	for _, path := range []string{"POST /v1/queries", "PUT /v1/queries/langs"} {
		method, path, _ := strings.Cut(path, " ")
		if a := h.do(method, path, langs); a.status != 202 || a.body["id"] != "langs" {
			t.Errorf("%d %s", a.status, a.text)
		}
		rec := h.next()
		if sub, err := wire.ParseSubmission(rec.Value); string(rec.Key) != "langs" || err != nil || len(sub.Labels) != 1 {
			t.Errorf("%s %s, %v", rec.Key, rec.Value, err)
		}
	}
	if a := h.do(http.MethodPut, "/v1/queries/other", langs); a.status != 422 || !strings.Contains(a.text, "the statement calls the query langs, and it is submitted as other") {
		t.Errorf("%d %s", a.status, a.text)
	}
	if a := h.do(http.MethodPut, "/v1/queries/langs", strings.Replace(langs, `"c"`, `"a"`, 1)); a.status != 422 || !strings.Contains(a.text, "labels.a is given beside the statement, too") {
		t.Errorf("%d %s", a.status, a.text)
	}
}
