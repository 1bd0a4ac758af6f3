package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace/internal/client"
)

// flow is an event stream: what each connection is told before it breaks.
type flow struct {
	t    *testing.T
	told []string // events of a connection; "" keeps it open
	got  []string // Last-Event-ID of each connection
	fail map[int]func(w http.ResponseWriter)
}

func (f *flow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := len(f.got)
	f.got = append(f.got, r.Header.Get("Last-Event-ID"))
	if fail := f.fail[n]; fail != nil {
		fail(w)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	text := ""
	if n < len(f.told) {
		text = f.told[n]
	}
	_, _ = io.WriteString(w, text)
	if err := http.NewResponseController(w).Flush(); err != nil {
		f.t.Error(err)
	}
	if text == "" {
		<-r.Context().Done()
	}
}

// watched follows a flow and returns what it was told, one line per event.
func watched(t *testing.T, f *flow, o client.WatchOptions) ([]string, error) {
	t.Helper()
	f.t = t
	c := serve(t, f.ServeHTTP)
	if o.Clock == nil {
		clock := daemon.NewFakeClock(time.Unix(0, 0))
		o.Clock = clock
		ctx, cancel := context.WithCancel(context.Background())
		advanced := make(chan struct{})
		go func() {
			defer close(advanced)
			for clock.WaitForTimers(ctx, 1) == nil {
				clock.Advance(time.Second)
			}
		}()
		defer func() { cancel(); <-advanced }()
	}
	var lines []string
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := c.Watch(ctx, "q", o, func(e client.Event) error {
		lines = append(lines, spell(e))
		if len(lines) > 100 {
			return errors.New("too many events")
		}
		return nil
	})
	return lines, err
}

func spell(e client.Event) string {
	rows := func(rows []client.Row) string {
		var all []string
		for _, r := range rows {
			text := r.ID + string(r.Key) + string(r.Row)
			if r.Gap {
				text += "gap"
			}
			all = append(all, text)
		}
		return strings.Join(all, " ")
	}
	switch e := e.(type) {
	case client.Begin:
		return fmt.Sprintf("begin %d %s %s %v", e.Epoch, e.State, e.Kind, e.Columns)
	case client.RowsChanged:
		return strings.TrimSpace(fmt.Sprintf("rows %v %s", window(e.Window), rows(e.Rows)))
	case client.TopChanged:
		return strings.TrimSpace(fmt.Sprintf("top %v %s", window(e.Window), rows(e.Rows)))
	case client.LogGrew:
		return "log " + rows(e.Rows)
	case client.WindowGone:
		return fmt.Sprintf("window-gone %v", e.Window)
	case client.FactsChanged:
		return fmt.Sprintf("facts %v", e.Facts)
	case client.Ready:
		return fmt.Sprintf("ready %d", e.Epoch)
	case client.QueryDropped:
		return fmt.Sprintf("dropped %d", e.Epoch)
	case client.Interrupted:
		return "interrupted"
	default:
		return fmt.Sprintf("%T", e)
	}
}

func window(w *client.Window) string {
	if w == nil {
		return "-"
	}
	return fmt.Sprintf("%d-%d", w.Start, w.End)
}

func want(t *testing.T, got []string, lines ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(lines, "\n") {
		t.Errorf("\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

const dropped = "event: dropped\ndata: {\"epoch\":9}\n\n"

func TestWatchTellsEveryEvent(t *testing.T) {
	f := &flow{told: []string{"retry: 2000\n\n: hello\n" +
		`event: begin
data: {"id":"q","epoch":3,"state":"live","kind":"rows","columns":[{"name":"n","type":"BIGINT"}]}

event: rows
data: {"rows":[{"key":["a"],"row":{"n":9007199254740993}},{"key":["b"],"row":null}]}

event: rows
data: {"window":{"start":-60000,"end":0},"rows":[{"key":[],"row":{"n":1}}]}

event: top
data: {"window":{"start":0,"end":60000},"rows":[{"key":["a"],"row":{"n":2}},{"n":1}]}

event: top
data: {"rows":[]}

event: log
data: {"rows":[{"id":"9-0","gap":true},{"id":"9-1","row":{"n":1}}]}

event: window-gone
data: {"window":{"start":0,"end":60000}}

event: facts
data: {"status":"paused"}

event: of-a-newer-version
data: ?

event: ready
id: 3~9-1~0=1/2
data: {"epoch":3}

` + dropped}}
	got, err := watched(t, f, client.WatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want(t, got,
		"begin 3 live rows [{n BIGINT}]",
		`rows - ["a"]{"n":9007199254740993} ["b"]null`,
		`rows -60000-0 []{"n":1}`,
		`top 0-60000 ["a"]{"n":2} {"n":1}`,
		"top -",
		`log 9-0gap 9-1{"n":1}`,
		"window-gone {0 60000}",
		"facts map[status:paused]",
		"ready 3",
		"dropped 9",
	)
}

func TestWatchResumes(t *testing.T) {
	f := &flow{
		told: []string{
			0: "event: begin\ndata: {\"epoch\":3}\n\nevent: log\ndata: {\"rows\":[{\"id\":\"5-1\",\"row\":{}}]}\n\nevent: ready\nid: A\ndata: {\"epoch\":3}\n\n" +
				"event: log\ndata: {\"rows\":[{\"id\":\"5-2\",\"row\":{}},{\"id\":\"10-1\",\"row\":{}}]}\n\n" + // no ready: it will come again
				"event: rows\ndata: {\"rows\"", // cut off
			4: "event: log\ndata: {\"rows\":[{\"id\":\"5-2\",\"row\":{}},{\"id\":\"10-1\",\"row\":{}},{\"id\":\"10-2\",\"row\":{}}]}\n\n" +
				"event: log\ndata: {\"rows\":[{\"id\":\"10-2\",\"row\":{}}]}\n\nevent: ready\nid: B\ndata: {\"epoch\":3}\n\n",
			5: "event: begin\ndata: {\"epoch\":3}\n\nevent: log\ndata: {\"rows\":[{\"id\":\"5-1\",\"row\":{}}]}\n\n", // breaks in the middle of the state
			6: "event: begin\ndata: {\"epoch\":4}\n\nevent: ready\nid: C\ndata: {\"epoch\":4}\n\n" + dropped,
		},
		fail: map[int]func(w http.ResponseWriter){
			1: func(w http.ResponseWriter) { answerProblem(w, http.StatusServiceUnavailable, "unavailable", "") },
			2: func(w http.ResponseWriter) { answer(w, http.StatusBadGateway, "text/html", "a proxy's") },
			3: func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		},
	}
	got, err := watched(t, f, client.WatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want(t, got,
		"begin 3   []", "log 5-1{}", "ready 3", "log 5-2{} 10-1{}", "interrupted",
		"log 10-2{}", "ready 3", "interrupted",
		"begin 3   []", "log 5-1{}", "interrupted",
		"begin 4   []", "ready 4", "dropped 9",
	)
	want(t, f.got, "", "A", "A", "A", "A", "B", "")
}

func TestWatchEnds(t *testing.T) {
	open := "event: begin\ndata: {\"epoch\":3}\n\nevent: ready\nid: A\ndata: {\"epoch\":3}\n\n"
	notFound := func(w http.ResponseWriter) { answerProblem(w, http.StatusNotFound, "not-found", "") }
	t.Run("refused at first", func(t *testing.T) {
		got, err := watched(t, &flow{fail: map[int]func(http.ResponseWriter){0: notFound}}, client.WatchOptions{})
		var p *client.Problem
		if !errors.As(err, &p) || !p.Named(client.NotFound) || len(got) > 0 {
			t.Errorf("%v %v", got, err)
		}
	})
	t.Run("unavailable at first", func(t *testing.T) {
		_, err := watched(t, &flow{fail: map[int]func(http.ResponseWriter){0: func(w http.ResponseWriter) {
			answerProblem(w, http.StatusServiceUnavailable, "too-many-streams", "")
		}}}, client.WatchOptions{})
		if err == nil {
			t.Error("no error")
		}
	})
	t.Run("gone meanwhile", func(t *testing.T) {
		got, err := watched(t, &flow{told: []string{open}, fail: map[int]func(http.ResponseWriter){1: notFound}}, client.WatchOptions{})
		var p *client.Problem
		if !errors.As(err, &p) || len(got) != 3 {
			t.Errorf("%v %v", got, err)
		}
	})
	t.Run("an id that is not known", func(t *testing.T) {
		f := &flow{told: []string{open, "", open + dropped}, fail: map[int]func(http.ResponseWriter){1: func(w http.ResponseWriter) {
			answerProblem(w, http.StatusBadRequest, "bad-request", "")
		}}}
		_, err := watched(t, f, client.WatchOptions{})
		if err != nil {
			t.Error(err)
		}
		want(t, f.got, "", "A", "")
	})
	t.Run("not Millrace", func(t *testing.T) {
		_, err := watched(t, &flow{fail: map[int]func(http.ResponseWriter){0: func(w http.ResponseWriter) { answerJSON(w, "{}") }}}, client.WatchOptions{})
		if err == nil || !strings.Contains(err.Error(), "does not answer as Millrace does") {
			t.Error(err)
		}
	})
	t.Run("rubbish", func(t *testing.T) {
		_, err := watched(t, &flow{told: []string{"event: rows\ndata: [\n\n"}}, client.WatchOptions{})
		if err == nil || !strings.Contains(err.Error(), "event rows") {
			t.Error(err)
		}
	})
	t.Run("silence", func(t *testing.T) {
		f := &flow{told: []string{0: "", 1: dropped}}
		if _, err := watched(t, f, client.WatchOptions{Silence: 20 * time.Millisecond}); err != nil || len(f.got) != 2 {
			t.Errorf("%v %v", f.got, err)
		}
	})
	t.Run("the caller's error", func(t *testing.T) {
		c := serve(t, (&flow{t: t, told: []string{open}}).ServeHTTP)
		enough := errors.New("enough")
		if err := c.Watch(t.Context(), "q", client.WatchOptions{}, func(client.Event) error { return enough }); !errors.Is(err, enough) {
			t.Error(err)
		}
	})
	t.Run("the caller goes", func(t *testing.T) {
		c := serve(t, (&flow{t: t, told: []string{""}}).ServeHTTP)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := c.Watch(ctx, "q", client.WatchOptions{}, func(client.Event) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	t.Run("dropped while nobody listened", func(t *testing.T) {
		got, err := watched(t, &flow{told: []string{open, "event: begin\ndata: {\"epoch\":7,\"state\":\"dropped\"}\n\nevent: ready\nid: B\ndata: {\"epoch\":7}\n\n"}}, client.WatchOptions{})
		if err != nil {
			t.Error(err)
		}
		want(t, got, "begin 3   []", "ready 3", "interrupted", "dropped 7")
	})
	t.Run("no id", func(t *testing.T) {
		c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
		if err := c.Watch(t.Context(), "a/b", client.WatchOptions{}, nil); err == nil {
			t.Error("no error")
		}
	})
}
