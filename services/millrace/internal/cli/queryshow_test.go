package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/segmentio/encoding/json"
)

func TestQueryShow(t *testing.T) {
	meta := `{"id":"q","epoch":41,"state":"live","owner":"anna","labels":{"team":"a"},"options":{},"sql":"SELECT lang, count(*) AS n\nFROM tweets GROUP BY lang","kind":"rows","columns":[{"name":"lang","type":"VARCHAR"},{"name":"n","type":"BIGINT"}],"submitted":"2026-01-02T03:04:05Z","counters":{"matched":7,"errors":0},"passed":381912,"message":"381,912 posts passed before you","updated":"2026-01-02T03:05:00Z","rejection":{"epoch":44,"time":"2026-01-02T03:04:05Z","message":"unknown column lagn","line":1,"column":8,"hint":"did you mean lang?","excerpt":"  1 | SELECT lagn\n    |        ^\n"}}`
	page := `"epoch":41,"state":"live","kind":"rows","columns":[{"name":"lang","type":"VARCHAR"},{"name":"n","type":"BIGINT"}]`
	s := newService(t, map[string]string{
		"GET /queries/q":                        "200 " + meta,
		"GET /queries/q/results?limit=100":      `200 {"id":"q",` + page + `,"rows":[{"key":["ja"],"row":{"lang":"ja","n":3}},{"key":[null],"row":{"lang":null,"n":1}},{"key":["en"],"row":{"lang":"en","n":9007199254740993}}]}`,
		"GET /queries/q/results?limit=1000":     `200 {"id":"q",` + page + `,"rows":[{"key":["ja"],"row":{"lang":"ja","n":3}},{"key":["en"],"row":{"lang":"en","n":9007199254740993}}]}`,
		"GET /queries/q/results?limit=1":        `200 {"id":"q",` + page + `,"rows":[{"key":["ja"],"row":{"lang":"ja","n":3}}],"next":"7"}`,
		"GET /queries/none":                     strings.ReplaceAll(none404, "as q", "as none"),
		"GET /queries/gone":                     `200 {"id":"gone","epoch":9,"state":"dropped","options":{}}`,
		"GET /queries/failed":                   `200 {"id":"failed","epoch":9,"state":"failed","message":"more than max_groups = 10 groups","kind":"rows","columns":[]}`,
		"GET /queries/failed/results?limit=100": `200 {"id":"failed","epoch":9,"state":"failed","kind":"rows","columns":[{"name":"n","type":"BIGINT"}],"rows":[]}`,
	})
	s.expect(t, 0, `
id         q
state      live
missed     381,912 posts passed before you
epoch      41
owner      anna
labels     team=a
submitted  2026-01-02T03:04:05Z
updated    2026-01-02T03:05:00Z
counters   errors 0, matched 7
sql        SELECT lang, count(*) AS n
           FROM tweets GROUP BY lang
rejection  epoch 44 was not accepted: 1:8: unknown column lagn
             1 | SELECT lagn
               |        ^
           hint: did you mean lang?

lang  n
----  -
NULL  1
en    9007199254740993
ja    3`, "", "show", "q")
	s.expect(t, 0, `{"query":"q","meta":`+meta+`}
{"query":"q","key":["en"],"row":{"lang":"en","n":9007199254740993}}
{"query":"q","key":["ja"],"row":{"lang":"ja","n":3}}`, "", "show", "q", "--format", "json")
	code, out, errs := s.query("show", "q", "--limit", "1")
	if code != 0 || strings.Contains(out, "en  ") || !strings.HasSuffix(out, "ja    3\n") || errs != "there are more than these 1 rows: --limit 0 shows all\n" {
		t.Errorf("%d %s%s", code, out, errs)
	}
	s.expect(t, 1, "", "millrace: there is no such query: no query is registered as none", "show", "none")
	s.expect(t, 0, "id         gone\nstate      dropped\nepoch      9", "", "show", "gone")
	s.expect(t, 0, "id         failed\nstate      failed\nwhy        more than max_groups = 10 groups\nepoch      9\n\nn\n-", "", "show", "failed")
	s.expect(t, 2, "", "millrace: which query? give its id, as in `millrace query show langs`; `millrace query list` lists them", "show")
}

func TestQueryShowOtherKinds(t *testing.T) {
	columns := `"columns":[{"name":"n","type":"BIGINT"}]`
	s := newService(t, map[string]string{
		"GET /queries/top":                                      `200 {"id":"top","epoch":1,"state":"live","kind":"top",` + columns + `}`,
		"GET /queries/top/results?limit=100":                    `200 {"id":"top","epoch":1,"kind":"top",` + columns + `,"rows":[{"row":{"key":["b"],"row":{"n":2}}},{"row":{"key":["a"],"row":{"n":1}}}]}`,
		"GET /queries/log":                                      `200 {"id":"log","epoch":1,"state":"live","kind":"log",` + columns + `}`,
		"GET /queries/log/results?limit=2&tail=true":            `200 {"id":"log","epoch":1,"kind":"log",` + columns + `,"rows":[{"id":"7-0","gap":true},{"id":"7-1","row":{"n":5}}],"next":"7-1"}`,
		"GET /queries/log/results?limit=1000":                   `200 {"id":"log","epoch":1,"kind":"log",` + columns + `,"rows":[{"id":"7-0","gap":true},{"id":"7-1","row":{"n":5}}]}`,
		"GET /queries/win":                                      `200 {"id":"win","epoch":1,"state":"live","kind":"rows","windowed":true,` + columns + `,"as_of":{"vector":{},"time":60000}}`,
		"GET /queries/win/windows":                              `200 {"id":"win","epoch":1,"windows":[{"start":0,"end":60000},{"start":60000,"end":120000},{"start":120000,"end":180000}]}`,
		"GET /queries/win/results?limit=3&window=120000-180000": `200 {"id":"win","epoch":1,"kind":"rows","windowed":true,` + columns + `,"rows":[{"window":{"start":120000,"end":180000},"key":["a"],"row":{"n":3}}]}`,
		"GET /queries/win/results?limit=2&window=60000-120000":  `200 {"id":"win","epoch":1,"kind":"rows","windowed":true,` + columns + `,"rows":[{"window":{"start":60000,"end":120000},"key":["b"],"row":{"n":2}},{"window":{"start":60000,"end":120000},"key":["a"],"row":{"n":1}}]}`,
	})
	s.expect(t, 0, "id         top\nstate      live\nepoch      1\n\nn\n-\n2\n1", "", "show", "top")
	s.expect(t, 0, "id         log\nstate      live\nepoch      1\n\nn\n-\n(rows may be missing here)\n5", "", "show", "log", "--limit", "2")
	code, out, _ := s.query("show", "log", "--format", "json")
	if code != 0 || !strings.HasSuffix(out, "{\"query\":\"log\",\"id\":\"7-0\",\"gap\":true}\n{\"query\":\"log\",\"id\":\"7-1\",\"key\":[],\"row\":{\"n\":5}}\n") {
		t.Errorf("%d %s", code, out)
	}
	s.expect(t, 0, `
id         win
state      live
epoch      1
final to   1970-01-01T00:01:00Z

window                    n
------                    -
1970-01-01T00:01:00.000Z  1
1970-01-01T00:01:00.000Z  2
1970-01-01T00:02:00.000Z  3`, "there are more than these 3 rows: --limit 0 shows all", "show", "win", "--limit", "3")
}

func TestCompareKeys(t *testing.T) {
	ordered := []string{`[]`, `[null]`, `[null,1]`, `[false]`, `[true]`, `[-1.5]`, `[0]`, `[9007199254740992]`, `[9007199254740993]`, `[1e300]`, `["A"]`, `["a"]`, `["a","b"]`, `["b"]`}
	shuffled := slices.Clone(ordered)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, func(a, b string) int { return compareKeys(json.RawMessage(a), json.RawMessage(b)) })
	if strings.Join(shuffled, " ") != strings.Join(ordered, " ") {
		t.Errorf("%s\nwant\n%s", strings.Join(shuffled, " "), strings.Join(ordered, " "))
	}
}
