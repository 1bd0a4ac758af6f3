package presentation_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
)

// overview is what page and changed tell.
type overview struct {
	Queries []overviewItem
	Next    string
	From    int
	Total   int
	States  map[string]int
	Owners  []string
}

type overviewItem struct {
	ID, State, SQL, By string
	Matched, Rows      int64
	Passed             *int64
	Window             *results.Window
	Head               []json.RawMessage
}

func (e *events) overview(names ...string) overview {
	e.t.Helper()
	for {
		ev, ok := e.next()
		if !ok {
			e.t.Fatalf("the stream ended before %s", names)
		}
		if !slices.Contains(names, ev.name) {
			continue
		}
		var o overview
		if err := json.Unmarshal([]byte(ev.data), &o); err != nil {
			e.t.Fatal(err)
		}
		return o
	}
}

// item returns what is told of a query once it is as wanted.
func (e *events) item(id string, wanted func(q overviewItem) bool) overviewItem {
	e.t.Helper()
	for {
		for _, q := range e.overview("changed", "page").Queries {
			if q.ID == id && wanted(q) {
				return q
			}
		}
	}
}

func hasRows(q overviewItem) bool { return q.Rows > 0 }

func (i overviewItem) head() string {
	parts := make([]string, len(i.Head))
	for j, h := range i.Head {
		parts[j] = string(h)
	}
	return strings.Join(parts, " ")
}

func TestOverview(t *testing.T) {
	h := open(t)
	rows := results.Target{ID: "rows", Epoch: h.submit("rows", countEN)}
	top := results.Target{ID: "top", Epoch: h.submit("top", `{"sql":"SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY n DESC LIMIT 5","owner":"ben"}`)}
	log := results.Target{ID: "log", Epoch: h.submit("log", `{"sql":"SELECT id FROM tweets"}`)}
	win := results.Target{ID: "win", Epoch: h.submit("win", `{"sql":"SELECT window_start, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) GROUP BY window_start"}`)}
	e := h.follow("/v1/overview?limit=10")
	page := e.overview("page")
	if page.Total != 4 || page.From != 0 || page.Next != "" || fmt.Sprint(page.States) != "map[live:4]" || fmt.Sprint(page.Owners) != "[anna ben]" {
		t.Errorf("%+v", page)
	}
	var ids []string
	for _, q := range page.Queries {
		ids = append(ids, q.ID)
		if q.SQL == "" || len(q.Head) != 0 {
			t.Errorf("at first: %+v", q)
		}
	}
	if strings.Join(ids, " ") != "log rows top win" {
		t.Errorf("ids %v", ids)
	}

	set := map[string][]byte{}
	for i, lang := range []string{"de", "en", "fr", "it"} {
		set[`["`+lang+`"]`] = fmt.Appendf(nil, `{"lang":%q,"n":%d}`, lang, []int{3, 9007199254740993, 1, 2}[i])
	}
	set[`[null]`] = []byte(`{"lang":null,"n":null}`)
	h.write(&results.Rows{Target: rows, Set: set}, &results.Counters{Target: rows, Values: map[string]int64{"matched": 7}},
		&results.Meta{Target: rows, Fields: map[string]string{"epoch": fmt.Sprint(rows.Epoch), "status": "live", "passed": "381912"}})
	q := e.item("rows", hasRows)
	if want := `{"key":["en"],"row":{"lang":"en","n":9007199254740993}} {"key":["de"],"row":{"lang":"de","n":3}} {"key":["it"],"row":{"lang":"it","n":2}}`; q.head() != want {
		t.Errorf("head %s, want %s", q.head(), want)
	}
	if q.SQL != "" || q.Matched != 7 || q.Rows != 5 || q.By != "n" || q.Passed == nil || *q.Passed != 381912 {
		t.Errorf("%+v", q)
	}

	h.write(&results.Top{Target: top, Rows: [][]byte{
		[]byte(`{"key":["a"],"row":{"n":4}}`), []byte(`{"key":["b"],"row":{"n":3}}`), []byte(`{"key":["c"],"row":{"n":2}}`), []byte(`{"key":["d"],"row":{"n":1}}`),
	}})
	if q := e.item("top", hasRows); q.Rows != 4 || q.head() != `{"key":["a"],"row":{"n":4}} {"key":["b"],"row":{"n":3}} {"key":["c"],"row":{"n":2}}` {
		t.Errorf("%+v: %s", q, q.head())
	}
	h.write(&results.Log{Target: log, Entries: []results.LogRow{{Offset: 1, Index: 1, Row: []byte(`{"id":1}`)}, {Offset: 1, Index: 2, Row: []byte(`{"id":2}`)}}})
	if q := e.item("log", hasRows); q.Rows != 2 || q.head() != `{"id":"1-2","row":{"id":2}}` {
		t.Errorf("%+v: %s", q, q.head())
	}
	for i, w := range []results.Window{{Start: 60000, End: 120000}, {Start: 0, End: 60000}} {
		h.write(&results.Rows{Target: win, Window: w, Set: map[string][]byte{"[]": fmt.Appendf(nil, `{"n":%d}`, i)}})
	}
	q = e.item("win", func(q overviewItem) bool { return q.Window != nil })
	if *q.Window != (results.Window{Start: 60000, End: 120000}) || q.head() != `{"key":[],"row":{"n":0}}` {
		t.Errorf("%+v: %s", q, q.head())
	}

	// A replacement has nothing of what it replaces.
	replaced := h.submit("rows", `{"sql":"SELECT count(*) AS m FROM tweets","owner":"carla"}`)
	q = e.item("rows", func(q overviewItem) bool { return strings.Contains(q.SQL, "AS m") })
	if len(q.Head) != 0 || q.Rows != 0 {
		t.Errorf("%+v: %s", q, q.head())
	}
	h.write(&results.Rows{Target: results.Target{ID: "rows", Epoch: replaced}, Set: map[string][]byte{"[]": []byte(`{"m":5}`)}})
	q = e.item("rows", hasRows)
	if q.head() != `{"key":[],"row":{"m":5}}` || q.By != "m" {
		t.Errorf("%+v: %s", q, q.head())
	}

	// The page comes anew when another query belongs to it.
	h.submit("new", `{"sql":"SELECT count(*) FROM tweets"}`)
	for page.Total != 5 {
		page = e.overview("page")
	}
	h.do(http.MethodDelete, "/v1/queries/log", "")
	h.accept(h.next())
	for page.Total != 4 {
		page = e.overview("page")
	}
	if page.Queries[0].ID != "new" || page.Queries[1].head() != `{"key":[],"row":{"m":5}}` {
		t.Errorf("after a drop: %+v", page)
	}
}

func TestOverviewChooses(t *testing.T) {
	h := open(t)
	for _, id := range []string{"a1", "a2", "b1", "b2", "b3"} {
		h.do(http.MethodPut, "/v1/queries/"+id, `{"sql":"SELECT count(*) FROM tweets","owner":"`+id[:1]+`"}`)
		rec := h.next()
		h.accept(rec)
		if id == "b3" {
			h.status(wire.Status{ID: id, Epoch: rec.Offset, Transition: wire.Live})
		}
	}
	h.eventually("known", func() bool { return len(h.get("/v1/queries?state=live").body["queries"].([]any)) == 1 })
	for query, want := range map[string]string{
		"":                       "a1 a2 b1 b2 b3 from 0 of 5 next ",
		"limit=2":                "a1 a2 from 0 of 5 next a2",
		"limit=2&after=a2":       "b1 b2 from 2 of 5 next b2",
		"owner=b&limit=2":        "b1 b2 from 0 of 3 next b2",
		"id=1":                   "a1 b1 from 0 of 2 next ",
		"state=live":             "b3 from 0 of 1 next ",
		"owner=a&state=live":     " from 0 of 0 next ",
		"owner=b&state=accepted": "b1 b2 from 0 of 2 next ",
	} {
		e := h.follow("/v1/overview?" + query)
		page := e.overview("page")
		var ids []string
		for _, q := range page.Queries {
			ids = append(ids, q.ID)
		}
		if got := fmt.Sprintf("%s from %d of %d next %s", strings.Join(ids, " "), page.From, page.Total, page.Next); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		e.resp.Body.Close()
		h.eventually("closed", func() bool { return strings.Contains(h.get("/metrics").text, "millrace_event_streams 0") })
	}
	for _, query := range []string{"state=dead", "limit=0", "label==x", "onwer=a"} {
		if a := h.get("/v1/overview?" + query); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", query, a.status)
		}
	}
	for range 3 {
		h.follow("/v1/overview")
	}
	if a := h.get("/v1/overview"); a.status != http.StatusServiceUnavailable || !strings.Contains(a.text, "too-many-streams") {
		t.Errorf("a fourth: %d %s", a.status, a.text)
	}
}

// TestOverviewWaits takes Redis away from an overview, which says so and goes on
// when it is back.
func TestOverviewWaits(t *testing.T) {
	m := miniredis.RunT(t)
	h := openWith(t, m.Addr())
	q := results.Target{ID: "q", Epoch: h.submit("q", countEN)}
	h.write(&results.Rows{Target: q, Set: map[string][]byte{`["en"]`: []byte(`{"lang":"en","n":1}`)}})
	e := h.follow("/v1/overview")
	e.item("q", hasRows)
	m.Close()
	e.until("waiting")
	if page := h.follow("/v1/overview").overview("page"); len(page.Queries) != 1 || len(page.Queries[0].Head) != 0 {
		t.Errorf("the list without Redis: %+v", page)
	}
	if err := m.Restart(); err != nil {
		t.Fatal(err)
	}
	if page := e.overview("page"); page.Queries[0].head() != `{"key":["en"],"row":{"lang":"en","n":1}}` {
		t.Errorf("when Redis is back: %+v", page)
	}
}
