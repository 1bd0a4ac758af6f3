package cli

import (
	"strings"
	"testing"

	"github.com/segmentio/encoding/json"
)

func TestQueryExplain(t *testing.T) {
	s := newService(t, map[string]string{
		"GET /queries/q/explain?format=text":              "200 query q, live\n",
		"GET /queries/q/explain?format=json&sharing=true": `200 {"id":"q","running":true}` + "\n",
		"GET /queries/x/explain?format=text":              strings.ReplaceAll(none404, "as q", "as x"),
		"POST /explain?format=text":                       "200 query of no id\n",
		"POST /explain?format=json":                       `200 {"running":false}`,
		"POST /explain?format=text&sharing=true":          lagn,
		"POST /explain?format=json&sharing=true":          `200 {"sharing":{}}`,
		"GET /plan?format=text":                           "200 query plan\n",
		"GET /plan?format=json":                           `200 {"queries":0}`,
		"GET /plan?format=dot":                            "200 digraph millrace {}\n",
	})
	s.expect(t, 0, "query q, live", "", "explain", "q")
	s.expect(t, 0, `{"id":"q","running":true}`, "", "explain", "q", "--sharing", "--format", "json")
	s.expect(t, 1, "", "millrace: there is no such query: no query is registered as x", "explain", "x")
	s.expect(t, 0, "query of no id", "", "explain", "--sql", "SELECT '<&>'")
	s.expect(t, 0, `{"running":false}`, "", "explain", "--format", "json", "--sql", "SELECT 1")
	s.wantAsked(t, "GET /queries/q/explain?format=text", "GET /queries/q/explain?format=json&sharing=true", "GET /queries/x/explain?format=text",
		`POST /explain?format=text {"sql":"SELECT '<&>'"}`, `POST /explain?format=json {"sql":"SELECT 1"}`)
	// The statement may ask by itself, and goes before flags.
	s.asked = nil
	s.expect(t, 0, "query of no id", "", "explain", "--format", "json", "--sql", "EXPLAIN (FORMAT TEXT) SELECT id FROM tweets")
	s.expect(t, 0, `{"sharing":{}}`, "", "explain", "--sql", "explain sharing (format json) SELECT id FROM tweets")
	s.wantAsked(t, `POST /explain?format=text {"sql":"EXPLAIN (FORMAT TEXT) SELECT id FROM tweets"}`,
		`POST /explain?format=json&sharing=true {"sql":"explain sharing (format json) SELECT id FROM tweets"}`)
	s.expect(t, 2, "", `millrace: 1:8: unknown column lagn
  1 | SELECT lagn FROM tweets
    |        ^
hint: did you mean lang?`, "explain", "--sharing", "--sql", "SELECT lagn FROM tweets")
	for form, want := range map[string]string{"text": "query plan\n", "json": `{"queries":0}`, "dot": "digraph millrace {}\n"} {
		if code, out, errs := run("plan", "--format", form, "--server", s.URL); code != 0 || out != want || errs != "" {
			t.Errorf("%s: exit %d, %s%s", form, code, out, errs)
		}
	}
}

func TestQueryExplainFiles(t *testing.T) {
	s := newService(t, map[string]string{"POST /explain?format=text": "200 query one\n" + "\n---\n" + lagn + "\n---\n" + "200 query three\n"})
	several := write(t, "several.sql", "-- name: a\nSELECT count(*) FROM tweets;\n\n-- name: b\n  SELECT lagn FROM tweets;\nSELECT lang FROM tweets;")
	s.expect(t, 2, "-- name: a\nquery one\n\n-- name: number 3\nquery three", `millrace: query b: 5:10: unknown column lagn
  5 |   SELECT lagn FROM tweets;
    |          ^
hint: did you mean lang?`, "explain", "-f", several)
	s.asked = nil
	for _, c := range []struct {
		want string
		args []string
	}{
		{"which query? give its id", nil},
		{"2 arguments: `millrace query explain` takes the id of one query", []string{"a", "b"}},
		{"give either --sql or -f FILE, not both", []string{"--sql", "S", "-f", several}},
		{`give either the id of a registered query, "a", or`, []string{"--sql", "S", "a"}},
		{"--sql: there is no SQL in it", []string{"--sql", " "}},
		{"-f: there is no name in it", []string{"-f", ""}},
		{"--sql holds 2 statements: explain each by itself", []string{"--sql", "SELECT id FROM tweets; SELECT lang FROM tweets"}},
		{"no such file", []string{"-f", several + ".not"}},
		{"holds no statement", []string{"-f", write(t, "empty.sql", "-- nothing\n")}},
		{"allowed: text, json", []string{"--format", "dot", "a"}},
		{`"a b": expected 1 to 128 of`, []string{"a b"}},
	} {
		code, out, errs := s.query(append([]string{"explain"}, c.args...)...)
		if code != 2 || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%v: exit %d, %s%s, want %s", c.args, code, out, errs, c.want)
		}
	}
	s.wantAsked(t)
	for want, args := range map[string][]string{"allowed: text, json, dot": {"--format", "svg"}, "takes flags only": {"q"}} {
		if code, out, errs := run(append([]string{"plan", "--server", s.URL}, args...)...); code != 2 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%v: exit %d, %s%s, want %s", args, code, out, errs, want)
		}
	}
}

// TestQueryExplainReal explains queries of a running Millrace.
func TestQueryExplainReal(t *testing.T) {
	h := openHouse(t)
	h.must("submit", "--id", "langs", "--wait", "live", "SELECT lang, count(*) AS n FROM tweets WHERE text CONTAINS 'go' GROUP BY lang")
	for want, args := range map[string][]string{
		"query langs, live, epoch ":                      {"langs"},
		"costs by itself:":                               {"langs", "--sharing"},
		"would reuse\n    scan        0970643b tweets: ": {"--sharing", "--sql", "SELECT count(*) FROM tweets WHERE text CONTAINS 'go'"},
		"access: direct":                                 {"--sql", "SELECT count(*) FROM tweets WHERE text CONTAINS 'go'"},
		"sharing with 1 other query":                     {"--sql", "EXPLAIN SHARING SELECT count(*) FROM tweets WHERE text CONTAINS 'go'"},
		`{"sql":"EXPLAIN (FORMAT JSON) SELECT id`:        {"--sql", "EXPLAIN (FORMAT JSON) SELECT id FROM tweets"},
	} {
		if out := h.must(append([]string{"explain"}, args...)...); !strings.Contains(out, want) {
			t.Errorf("%v:\n%s", args, out)
		}
	}
	var e struct {
		Running  bool
		Physical struct{ Nodes []struct{ Kind string } }
	}
	if out := h.must("explain", "langs", "--format", "json"); json.Unmarshal([]byte(out), &e) != nil || !e.Running || len(e.Physical.Nodes) != 7 {
		t.Errorf("%s", out)
	}
}
