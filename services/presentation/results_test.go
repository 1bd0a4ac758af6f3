package presentation_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
)

// pages reads all pages of a query's results and returns the rows as lines.
func (h *house) pages(path string) []string {
	h.t.Helper()
	var rows []string
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	next := ""
	for {
		a := h.get(path + sep + "after=" + next)
		if a.status != 200 {
			h.t.Fatalf("%s: %d %s", path, a.status, a.text)
		}
		for _, r := range a.body["rows"].([]any) {
			b, err := json.Marshal(r)
			if err != nil {
				h.t.Fatal(err)
			}
			rows = append(rows, string(b))
		}
		n, ok := a.body["next"]
		if !ok {
			return rows
		}
		next = fmt.Sprint(n)
	}
}

func wantLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestResults(t *testing.T) {
	h := open(t)
	set := func(pairs ...string) map[string][]byte {
		m := map[string][]byte{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = []byte(pairs[i+1])
		}
		return m
	}
	w1, w2 := results.Window{Start: -60000, End: 0}, results.Window{Start: 60000, End: 120000}

	rows := results.Target{ID: "rows", Epoch: h.submit("rows", countEN)}
	h.write(&results.Rows{Target: rows, Set: set(`["en"]`, `{"lang":"en","n":9223372036854775807}`, `[null]`, `{"lang":null,"n":1}`)})
	a := h.get("/v1/queries/rows/results")
	if a.body["kind"] != "rows" || a.body["state"] != "live" || fmt.Sprint(a.body["epoch"]) != fmt.Sprint(rows.Epoch) {
		t.Errorf("%s", a.text)
	}
	if !strings.Contains(a.text, `{"key":["en"],"row":{"lang":"en","n":9223372036854775807}}`) || !strings.Contains(a.text, `{"key":[null],"row":{"lang":null,"n":1}}`) {
		t.Errorf("%s", a.text)
	}

	// A replacement has no rows before merge has written some, and not those of
	// the query that it replaces.
	replaced := h.submit("rows", `{"sql":"SELECT count(*) AS m FROM tweets"}`)
	if a := h.get("/v1/queries/rows/results"); fmt.Sprint(a.body["epoch"]) != fmt.Sprint(replaced) || len(a.body["rows"].([]any)) != 0 {
		t.Errorf("before merge has written: %s", a.text)
	}
	h.write(&results.Rows{Target: results.Target{ID: "rows", Epoch: replaced}, Set: set(`[]`, `{"m":7}`)})
	wantLines(t, "the replacement", h.pages("/v1/queries/rows/results"), `{"key":[],"row":{"m":7}}`)

	win := results.Target{ID: "win", Epoch: h.submit("win", `{"sql":"SELECT window_start, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) GROUP BY window_start"}`)}
	h.write(&results.Rows{Target: win, Window: w2, Set: set("[]", `{"n":2}`)}, &results.Rows{Target: win, Window: w1, Set: set("[]", `{"n":1}`)})
	first, second := `{"key":[],"row":{"n":1},"window":{"end":0,"start":-60000}}`, `{"key":[],"row":{"n":2},"window":{"end":120000,"start":60000}}`
	wantLines(t, "windows", h.pages("/v1/queries/win/results"), first, second)
	wantLines(t, "windows, one by one", h.pages("/v1/queries/win/results?limit=1"), first, second)
	wantLines(t, "a window", h.pages("/v1/queries/win/results?window=-60000-0"), first)
	wantLines(t, "the latest window", h.pages("/v1/queries/win/results?window=latest"), second)
	wantLines(t, "no such window", h.pages("/v1/queries/win/results?window=0-60000"))
	if a := h.get("/v1/queries/win/windows"); !strings.Contains(a.text, `"windows":[{"start":-60000,"end":0},{"start":60000,"end":120000}]`) {
		t.Errorf("%s", a.text)
	}

	top := results.Target{ID: "top", Epoch: h.submit("top", `{"sql":"SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY n DESC LIMIT 3"}`)}
	h.write(&results.Top{Target: top, Rows: [][]byte{
		[]byte(`{"key":["a"],"row":{"n":3}}`), []byte(`{"key":["b"],"row":{"n":2}}`), []byte(`{"key":["c"],"row":{"n":1}}`),
	}})
	for _, query := range []string{"", "?limit=1", "?limit=2", "?limit=3"} {
		wantLines(t, "top"+query, h.pages("/v1/queries/top/results"+query), `{"key":["a"],"row":{"n":3}}`, `{"key":["b"],"row":{"n":2}}`, `{"key":["c"],"row":{"n":1}}`)
	}

	log := results.Target{ID: "log", Epoch: h.submit("log", `{"sql":"SELECT id FROM tweets"}`)}
	h.write(&results.Log{Target: log, Gap: true, Entries: []results.LogRow{{Offset: 1, Index: 1, Row: []byte(`{"id":1}`)}, {Offset: 1, Index: 2, Row: []byte(`{"id":2}`)}}})
	for _, query := range []string{"", "?limit=1", "?limit=2", "?limit=3"} {
		wantLines(t, "log"+query, h.pages("/v1/queries/log/results"+query), `{"gap":true,"id":"1-0"}`, `{"id":"1-1","row":{"id":1}}`, `{"id":"1-2","row":{"id":2}}`)
	}
	if a := h.get("/v1/queries/log/results?tail=true&limit=1"); !strings.Contains(a.text, `"rows":[{"id":"1-2","row":{"id":2}}]`) {
		t.Errorf("%s", a.text)
	}
	for _, path := range []string{
		"rows/results?window=0-1", "rows/results?after=x", "rows/results?tail=true", "log/results?after=x", "log/results?window=latest",
		"win/results?window=x", "win/results?after=5-1:0", "rows/results?limit=1001", "rows/windows?x=1", "log/results?tail=1", "rows/changes?x=1",
	} {
		if a := h.get("/v1/queries/" + path); a.status != 400 {
			t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}
}

func TestChanges(t *testing.T) {
	h := open(t)
	q := results.Target{ID: "q", Epoch: h.submit("q", countEN)}
	put := func(row string) {
		h.write(&results.Rows{Target: q, Set: map[string][]byte{`["en"]`: []byte(row)}})
	}
	put(`{"n":1}`)
	e := h.follow("/v1/queries/q/changes")
	state := e.until("ready")
	if len(state) != 3 || state[0].name != "begin" || !strings.Contains(state[0].data, `"state":"live"`) || !strings.Contains(state[0].data, `"kind":"rows"`) ||
		state[1] != (sse{"rows", "", `{"rows":[{"key":["en"],"row":{"n":1}}]}`}) {
		t.Errorf("%q", state)
	}
	put(`{"n":2}`)
	change := e.until("ready")
	if len(change) != 2 || change[0] != (sse{"rows", "", `{"rows":[{"key":["en"],"row":{"n":2}}]}`}) {
		t.Errorf("%q", change)
	}
	last := change[1].id

	// Back again: nothing has changed, so there is no state.
	again := h.follow("/v1/queries/q/changes", "Last-Event-ID", last).until("ready")
	if len(again) != 1 {
		t.Errorf("%q", again)
	}
	put(`{"n":3}`)
	again = h.follow("/v1/queries/q/changes?last-event-id=" + last).until("ready")
	if len(again) != 3 || again[0].name != "begin" || !strings.Contains(again[1].data, `{"n":3}`) {
		t.Errorf("%q", again)
	}
	if a := h.do(http.MethodGet, "/v1/queries/q/changes", "", "Last-Event-ID", "x"); a.status != 400 {
		t.Errorf("%d", a.status)
	}
	// Three streams are open, and that is the limit.
	if a := h.get("/v1/queries/q/changes"); a.status != 503 || !strings.Contains(a.text, "too-many-streams") {
		t.Errorf("%d %s", a.status, a.text)
	}

	h.write(&results.Meta{Target: q, Fields: map[string]string{"status": "paused"}})
	if facts := e.until("facts"); facts[len(facts)-1].data != `{"status":"paused"}` {
		t.Errorf("%q", facts)
	}
}

// TestChangesOfLives replaces, drops and submits again what a client follows, with
// Redis ahead of the registry.
func TestChangesOfLives(t *testing.T) {
	h := open(t)
	epoch := h.submit("q", countEN)
	begun := func(events []sse) (int, string) {
		for i, ev := range events {
			if ev.name == "begin" {
				return i, ev.data
			}
		}
		t.Fatalf("no begin in %q", events)
		return 0, ""
	}
	e := h.follow("/v1/queries/q/changes")
	state := e.until("ready")
	last := state[len(state)-1].id
	if _, data := begun(state); !strings.Contains(data, `"columns":[{"name":"lang","type":"VARCHAR"},{"name":"n","type":"BIGINT"}]`) {
		t.Errorf("%s", data)
	}

	// Another query under the same id: Redis has it before the registry is read.
	put := func(body string) kafka.Record {
		if a := h.do(http.MethodPut, "/v1/queries/q", body); a.status != http.StatusAccepted {
			t.Fatalf("%d %s", a.status, a.text)
		}
		return h.next()
	}
	rec := put(`{"sql":"SELECT id FROM tweets"}`)
	h.live("q", rec.Offset)
	h.accept(rec)
	_, data := begun(e.until("begin"))
	if !strings.Contains(data, fmt.Sprintf(`"epoch":%d,`, rec.Offset)) || !strings.Contains(data, `"kind":"log","columns":[{"name":"id","type":"BIGINT"}]`) {
		t.Errorf("replaced: %s", data)
	}
	e.until("ready")

	// Dropped, and submitted again.
	if a := h.do(http.MethodDelete, "/v1/queries/q", ""); a.status != http.StatusAccepted {
		t.Fatalf("%d %s", a.status, a.text)
	}
	drop := h.next()
	h.accept(drop)
	h.write(&results.Drop{Target: results.Target{ID: "q", Epoch: drop.Offset}})
	gone := sse{"dropped", "", fmt.Sprintf(`{"epoch":%d}`, drop.Offset)}
	if got := e.until("dropped"); got[len(got)-1] != gone {
		t.Errorf("%q", got)
	}
	rec = put(`{"sql":"SELECT text FROM tweets"}`)
	h.live("q", rec.Offset)
	h.accept(rec)
	want := `"kind":"log","columns":[{"name":"text","type":"VARCHAR"}]`
	if _, data := begun(e.until("begin")); !strings.Contains(data, want) {
		t.Errorf("submitted again: %s", data)
	}
	e.until("ready")

	// Somebody who comes back after all that has missed the messages; the registry
	// tells of the drop.
	got := h.follow("/v1/queries/q/changes", "Last-Event-ID", last).until("ready")
	if i, data := begun(got); i != 1 || got[0] != gone || !strings.Contains(data, want) {
		t.Errorf("%q", got)
	}
	// To somebody new it is a query like any other.
	got = h.follow("/v1/queries/q/changes").until("ready")
	if i, _ := begun(got); i != 0 {
		t.Errorf("%q", got)
	}
	if epoch >= rec.Offset {
		t.Errorf("epochs %d, %d", epoch, rec.Offset)
	}
}

func TestChangesOfLogAndWindows(t *testing.T) {
	h := open(t)
	log := results.Target{ID: "log", Epoch: h.submit("log", `{"sql":"SELECT id FROM tweets"}`)}
	e := h.follow("/v1/queries/log/changes")
	last := e.until("ready")
	id := last[len(last)-1].id
	h.write(&results.Log{Target: log, Entries: []results.LogRow{{Offset: 7, Index: 1, Row: []byte(`{"id":1}`)}}})
	if got := e.until("ready"); got[0] != (sse{"log", "", `{"rows":[{"id":"7-1","row":{"id":1}}]}`}) {
		t.Errorf("%q", got)
	} else {
		id = got[1].id
	}
	h.write(&results.Log{Target: log, Gap: true, Entries: []results.LogRow{{Offset: 9, Index: 1, Row: []byte(`{"id":2}`)}}})
	if got := h.follow("/v1/queries/log/changes", "Last-Event-ID", id).until("ready"); len(got) != 2 ||
		got[0] != (sse{"log", "", `{"rows":[{"id":"9-0","gap":true},{"id":"9-1","row":{"id":2}}]}`}) {
		t.Errorf("%q", got)
	}

	win := results.Target{ID: "win", Epoch: h.submit("win", `{"sql":"SELECT window_start, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) GROUP BY window_start"}`)}
	w := results.Window{Start: 0, End: 60000}
	f := h.follow("/v1/queries/win/changes")
	f.until("ready")
	h.write(&results.Rows{Target: win, Window: w, TTL: time.Hour, Set: map[string][]byte{"[]": []byte(`{"n":1}`)}})
	if got := f.until("ready"); got[0] != (sse{"rows", "", `{"window":{"start":0,"end":60000},"rows":[{"key":[],"row":{"n":1}}]}`}) {
		t.Errorf("%q", got)
	}
	h.write(&results.DropWindow{Target: win, Window: w})
	if got := f.until("window-gone"); got[0].data != `{"window":{"start":0,"end":60000}}` {
		t.Errorf("%q", got)
	}
}

func TestChangesOfTop(t *testing.T) {
	h := open(t)
	top := results.Target{ID: "top", Epoch: h.submit("top", `{"sql":"SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY n DESC LIMIT 3"}`)}
	e := h.follow("/v1/queries/top/changes")
	e.until("ready")
	row := `{"key":["a"],"row":{"lang":"a","n":3}}`
	for _, rows := range [][][]byte{{[]byte(row)}, nil} {
		h.write(&results.Top{Target: top, Rows: rows})
		want := sse{"top", "", `{"rows":[` + string(bytes.Join(rows, nil)) + `]}`}
		if got := e.until("ready"); len(got) != 2 || got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestSlowClient has a client that takes nothing while a lot changes: the service
// goes on, and the client gets the last state once it reads.
func TestSlowClient(t *testing.T) {
	h := open(t)
	q := results.Target{ID: "q", Epoch: h.submit("q", countEN)}
	text := strings.Repeat("x", 40<<10)
	e := h.follow("/v1/queries/q/changes")
	e.until("ready")
	for i := range 400 { // 16 MiB: more than buffers between the two hold
		h.write(&results.Rows{Target: q, Set: map[string][]byte{`["en"]`: fmt.Appendf(nil, `{"n":%d,"t":%q}`, i, text)}})
	}
	begins := 0
	for {
		ev, ok := e.next()
		if !ok {
			t.Fatal("the stream ended")
		}
		if ev.name == "begin" {
			begins++
		}
		if strings.Contains(ev.data, `{"n":399,`) {
			break
		}
	}
	if begins == 0 {
		t.Error("everything was kept for a client that did not read")
	}
}
