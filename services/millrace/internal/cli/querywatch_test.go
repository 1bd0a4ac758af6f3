package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/services/millrace/internal/client"
)

func TestQueryWatch(t *testing.T) {
	s := newService(t, map[string]string{
		"GET /queries/q": `200 {"id":"q","epoch":3,"state":"live","kind":"rows","columns":[{"name":"n","type":"BIGINT"}]}` + "\n---\n" +
			`200 {"id":"q","epoch":8,"state":"live","kind":"rows","columns":[{"name":"m","type":"BIGINT"}]}`,
		"GET /queries/q/changes": "200 event: begin\ndata: {\"epoch\":3,\"state\":\"live\"}\n\n" +
			"event: rows\ndata: {\"rows\":[{\"key\":[\"a\"],\"row\":{\"n\":1}},{\"key\":[\"b\"],\"row\":null}]}\n\n" +
			"event: rows\ndata: {\"window\":{\"start\":0,\"end\":60000},\"rows\":[{\"key\":[],\"row\":{\"n\":2}}]}\n\n" +
			"event: top\ndata: {\"rows\":[{\"key\":[\"a\"],\"row\":{\"n\":1}}]}\n\n" +
			"event: top\ndata: {\"rows\":[]}\n\n" +
			"event: log\ndata: {\"rows\":[{\"id\":\"1-0\",\"gap\":true},{\"id\":\"1-1\",\"row\":{\"n\":\"<水>\"}}]}\n\n" +
			"event: window-gone\ndata: {\"window\":{\"start\":0,\"end\":60000}}\n\n" +
			"event: facts\ndata: {\"status\":\"failed\"}\n\n" +
			"event: ready\nid: x\ndata: {\"epoch\":3}\n\n" +
			"event: begin\ndata: {\"epoch\":8,\"state\":\"live\"}\n\n" +
			"event: dropped\ndata: {\"epoch\":9}\n\n",
		"GET /queries/gone": `200 {"id":"gone","epoch":3,"state":"dropped"}`,
	})
	s.expect(t, 0, `
{"event":"begin","query":"q","epoch":3,"state":"live","columns":[{"name":"n","type":"BIGINT"}]}
{"event":"row","query":"q","key":["a"],"row":{"n":1}}
{"event":"row","query":"q","key":["b"],"row":null}
{"event":"row","query":"q","key":[],"row":{"n":2},"window":{"start":0,"end":60000}}
{"event":"top","query":"q","rows":[{"key":["a"],"row":{"n":1}}]}
{"event":"top","query":"q","rows":[]}
{"event":"gap","query":"q","id":"1-0","gap":true}
{"event":"row","query":"q","id":"1-1","key":[],"row":{"n":"<水>"}}
{"event":"window-gone","query":"q","window":{"start":0,"end":60000}}
{"event":"facts","query":"q","facts":{"status":"failed"}}
{"event":"ready","query":"q","epoch":3}
{"event":"begin","query":"q","epoch":8,"state":"live","columns":[{"name":"m","type":"BIGINT"}]}
{"event":"dropped","query":"q","epoch":9}`, "query q was dropped", "watch", "q")
	s.expect(t, 1, "", "millrace: query gone is dropped: there is nothing to watch", "watch", "gone")
}

func row(key, row string) client.Row {
	return client.Row{Key: json.RawMessage(key), Row: json.RawMessage(row)}
}

func entry(id int) client.Row {
	return client.Row{ID: fmt.Sprintf("1-%d", id), Row: json.RawMessage(fmt.Sprintf(`{"n":%d}`, id))}
}

// draw applies events to a board and draws it.
func draw(q client.Query, width, height int, events ...client.Event) string {
	b := board{query: q, state: q.State}
	b.reset()
	for _, e := range events {
		b.apply(e)
	}
	return strings.Join(b.lines(width, height), "\n")
}

func TestBoard(t *testing.T) {
	columns := []client.Column{{Name: "lang"}, {Name: "n"}}
	rows := client.Query{ID: "q", State: "live", SQL: "SELECT lang,\n  count(*) AS n", Columns: columns}
	windowed := rows
	windowed.Windowed = true
	logged := rows
	logged.Columns = columns[1:]
	w1, w2 := &client.Window{Start: 0, End: 60000}, &client.Window{Start: 60000, End: 120000}
	var entries []client.Row
	for i := range mostLog + 10 {
		entries = append(entries, entry(i))
	}
	for _, c := range []struct {
		name   string
		query  client.Query
		width  int
		height int
		events []client.Event
		want   string
	}{
		{"rows", rows, 30, 20, []client.Event{
			client.Begin{State: "live"},
			client.RowsChanged{Rows: []client.Row{row(`["ja"]`, `{"lang":"ja","n":1}`), row(`["en"]`, `{"lang":"en","n":1}`)}},
			client.Ready{},
			client.RowsChanged{Rows: []client.Row{row(`["ja"]`, `{"lang":"日本","n":2}`), row(`["en"]`, `null`), row(`["de"]`, `{"lang":"\u001b[2J","n":null}`)}},
			client.FactsChanged{Facts: map[string]string{"status": "failed"}},
		}, "q  failed  2 rows\nSELECT lang,   count(*) AS n\n\nlang  n\n----  -\n·[2J  NULL\n日本  2"},
		{"too many", rows, 12, 7, []client.Event{
			client.RowsChanged{Rows: []client.Row{row(`[1]`, `{"lang":"aaaaaaaaaaaaaa","n":1}`), row(`[2]`, `{"lang":"b","n":2}`), row(`[3]`, `{"lang":"c"}`)}},
		}, "q  live  3 …\nSELECT lang…\n\nlang       n\n----       -\naaaaaaaa…  1\nb          2"},
		{"begins anew", rows, 80, 20, []client.Event{
			client.RowsChanged{Rows: []client.Row{row(`[1]`, `{"n":1}`)}},
			client.TopChanged{Rows: []client.Row{row(`[1]`, `{"n":1}`)}},
			client.LogGrew{Rows: entries},
			client.Begin{State: "accepted"},
		}, "q  accepted  0 rows\nSELECT lang,   count(*) AS n\n\nlang  n\n----  -"},
		{"top", rows, 80, 20, []client.Event{
			client.TopChanged{Rows: []client.Row{row(`["b"]`, `{"lang":"b","n":2}`), row(`["a"]`, `{"lang":"a","n":1}`)}},
		}, "q  live  2 rows\nSELECT lang,   count(*) AS n\n\nlang  n\n----  -\nb     2\na     1"},
		{"windows", windowed, 80, 20, []client.Event{
			client.RowsChanged{Window: w1, Rows: []client.Row{row(`["b"]`, `{"lang":"b","n":2}`), row(`["a"]`, `{"lang":"a","n":1}`)}},
			client.RowsChanged{Window: w2, Rows: []client.Row{row(`["a"]`, `{"lang":"a","n":3}`)}},
		}, "q  live  3 rows\nSELECT lang,   count(*) AS n\n\nwindow                    lang  n\n------                    ----  -\n" +
			"1970-01-01T00:01:00.000Z  a     3\n1970-01-01T00:00:00.000Z  a     1\n1970-01-01T00:00:00.000Z  b     2"},
		{"a window is gone", windowed, 80, 20, []client.Event{
			client.TopChanged{Window: w1, Rows: []client.Row{row(`[1]`, `{"n":1}`)}},
			client.RowsChanged{Window: w2, Rows: []client.Row{row(`["a"]`, `{"n":3}`)}},
			client.WindowGone{Window: *w1},
			client.WindowGone{Window: *w2},
			client.Interrupted{Err: errors.New("broken")},
		}, "q  live  0 rows\nSELECT lang,   count(*) AS n\nbroken, trying again\nwindow  lang  n\n------  ----  -"},
		{"log", logged, 80, 8, []client.Event{
			client.LogGrew{Rows: entries}, client.LogGrew{Rows: []client.Row{{ID: "2-0", Gap: true}, entry(9999)}},
		}, "q  live  512 rows, 3 of them here\nSELECT lang,   count(*) AS n\n\nn\n-\n509\n(rows may be missing here)\n9999"},
	} {
		if got := draw(c.query, c.width, c.height, c.events...); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// pipe hands what is drawn to the test.
type pipe chan string

func (p pipe) Write(b []byte) (int, error) { p <- string(b); return len(b), nil }

func TestScreen(t *testing.T) {
	out := make(pipe, 16)
	s := newScreen(out, func() (int, int, error) { return 0, 0, errors.New("no size") })
	steps := []error{
		s.meta(&client.Query{ID: "q", State: "live", Columns: []client.Column{{Name: "n"}}}),
		s.event(client.Begin{Epoch: 1}),
		s.event(client.RowsChanged{Rows: []client.Row{row(`[1]`, `{"n":1}`), row(`[2]`, `{"n":2}`)}}),
	}
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	s.draw()
	if len(out) > 0 {
		t.Fatalf("half a state is drawn: %q", <-out)
	}
	if err := s.event(client.Ready{Epoch: 1}); err != nil {
		t.Fatal(err)
	}
	if got := <-out; got != strings.Repeat("\n", 24)+"\x1b[Hq  live  2 rows\x1b[K\n\x1b[K\n\x1b[K\nn\x1b[K\n-\x1b[K\n1\x1b[K\n2\x1b[K\n\x1b[J" {
		t.Errorf("%q", got)
	}
	if err := s.event(client.RowsChanged{Rows: []client.Row{row(`[1]`, `null`)}}); err != nil {
		t.Fatal(err)
	}
	s.close()
	if got := <-out; got != "\x1b[Hq  live  1 row\x1b[K\n\x1b[K\n\x1b[K\nn\x1b[K\n-\x1b[K\n2\x1b[K\n\x1b[J" {
		t.Errorf("%q", got)
	}
	if got := <-out; got != "\r\x1b[K" {
		t.Errorf("%q", got)
	}
}
