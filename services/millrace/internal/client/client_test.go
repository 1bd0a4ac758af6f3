package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/services/millrace/internal/client"
)

// serve runs a service that answers as handler does.
func serve(t *testing.T, handler http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	c, err := client.New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		server.Close()
	})
	return c
}

func answer(w http.ResponseWriter, status int, media, body string) {
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func answerJSON(w http.ResponseWriter, body string) {
	answer(w, http.StatusOK, "application/json", body)
}

func answerProblem(w http.ResponseWriter, status int, name, rest string) {
	answer(w, status, "application/problem+json", fmt.Sprintf(`{"type":"urn:millrace:problem:%s","title":"No","status":%d%s}`, name, status, rest))
}

func TestNew(t *testing.T) {
	for server, want := range map[string]string{
		"http://127.0.0.1:8080": "http://127.0.0.1:8080", "https://mill.example/x/": "https://mill.example/x", "localhost:8080": "http://localhost:8080",
		"http://ann:secret@mill.example": "http://ann:xxxxx@mill.example",
		"":                               "", "ftp://x": "", "http://": "", "http://x?y=1": "", "http://x y": "",
	} {
		c, err := client.New(server)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q is taken", server)
		case want != "" && (err != nil || c.Server() != want):
			t.Errorf("%q: %v %v, want %s", server, c, err, want)
		}
	}
}

func TestSubmit(t *testing.T) {
	var got []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprintf("%s %s %s %s", r.Method, r.URL, r.Header.Get("Content-Type"), body))
		answer(w, http.StatusAccepted, "application/json; charset=utf-8", `{"id":"q-1","epoch":9007199254740993,"state":"submitted","columns":[{"name":"n","type":"BIGINT"}],"later":1}`)
	})
	done, err := c.Submit(t.Context(), client.Submission{SQL: "SELECT '<&>'"}, false, 0)
	if err != nil || done.ID != "q-1" || done.Epoch != 9007199254740993 || done.Columns[0].Type != "BIGINT" {
		t.Fatalf("%+v %v", done, err)
	}
	if _, err := c.Submit(t.Context(), client.Submission{ID: "a.b", SQL: "S", Owner: "o", Labels: map[string]string{"z": "1", "a": ""}}, true, 90*time.Second); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`POST /v1/queries application/json {"sql":"SELECT '<&>'"}`,
		`PUT /v1/queries/a.b?timeout=1m30s&wait=live application/json {"sql":"S","owner":"o","labels":{"a":"","z":"1"}}`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, id := range []string{"..", ".", "a/b", "ü", strings.Repeat("x", 129)} {
		var p *client.Problem
		_, err := c.Submit(t.Context(), client.Submission{ID: id, SQL: "S"}, false, 0)
		if !errors.As(err, &p) || !p.Invalid() || len(got) != 2 {
			t.Errorf("id %s: %v", id, err)
		}
	}
}

func TestProblemsOfSQL(t *testing.T) {
	sql := "SELECT lang,\n  '日本', lagn\nFROM tweets"
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		answerProblem(w, http.StatusUnprocessableEntity, "invalid-sql", `,"detail":"unknown column lagn","line":2,"column":9,"hint":"did you mean lang?","excerpt":"  2 |   '日本', lagn\n    |         ^\n"`)
	})
	_, err := c.Submit(t.Context(), client.Submission{SQL: sql}, false, 0)
	want := "2:9: unknown column lagn\n  2 |   '日本', lagn\n    |           ^\nhint: did you mean lang?\n"
	var at *ast.Error
	if !errors.As(err, &at) || at.Render() != want || sql[at.Pos:at.Pos+4] != "lagn" {
		t.Errorf("%#v", at)
	}
	var p *client.Problem
	if !errors.As(err, &p) || !p.Named(client.InvalidSQL) || !p.Invalid() || p.Error() != "2:9: unknown column lagn" ||
		p.Render() != strings.Replace(want, "|           ^", "|         ^", 1) {
		t.Errorf("%v\n%s", p, p.Render())
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name, rest, want string
		status           int
		invalid          bool
	}{
		{client.Rejected, `,"detail":"too many queries"`, "no: too many queries", 422, false},
		{client.BadRequest, ``, "No", 400, true},
		{client.NotFound, `,"detail":"no query is registered as q"`, "no: no query is registered as q", 404, false},
		{client.Unavailable, `,"detail":"try again"`, "no: try again", 503, false},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { answerProblem(w, c.status, c.name, c.rest) })
		_, err := s.Show(t.Context(), "q")
		var p *client.Problem
		if !errors.As(err, &p) || p.Error() != c.want || p.Invalid() != c.invalid || p.Status != c.status || errors.Unwrap(p) != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestStrangers(t *testing.T) {
	for _, c := range []struct {
		status      int
		media, body string
		want        string
	}{
		{404, "text/html", "<html>", "does not answer as Millrace does (404 Not Found, text/html)"},
		{200, "text/html", "<html>", "does not answer as Millrace does (200 OK, text/html)"},
		{502, "application/json", "{}", "502 Bad Gateway"},
		{404, "application/problem+json", "rubbish", "404 Not Found"},
		{200, "application/json", `{"id":7}`, "answer of http://127.0.0.1"},
		{200, "application/json", `{"id":"q`, "answer of http://127.0.0.1"},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, c.status, c.media, c.body) })
		if _, err := s.Show(t.Context(), "q"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	for server, want := range map[string]string{
		"http://" + address: "no Millrace at http://" + address + " (connection refused): start one with `millrace up`, or name another with --server or MILLRACE_SERVER",
		"nowhere.invalid:1": "no Millrace at http://nowhere.invalid:1 (",
	} {
		c, err := client.New(server)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Show(t.Context(), "q")
		var away *client.UnreachableError
		if !errors.As(err, &away) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v", err)
		}
		if err := c.Watch(t.Context(), "q", client.WatchOptions{}, func(client.Event) error { return nil }); !errors.As(err, &away) {
			t.Errorf("watch: %v", err)
		}
	}
	c := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if _, err := c.Show(t.Context(), "q"); err == nil || !strings.Contains(err.Error(), "(it closed the connection)") {
		t.Errorf("%v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Show(gone, "q"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestListAndDrop(t *testing.T) {
	var got []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.String()+" "+r.Header.Get("Content-Type"))
		switch {
		case r.Method == http.MethodDelete && r.URL.Path == "/v1/queries":
			answer(w, http.StatusAccepted, "application/json", `{"dropped":[{"id":"a","epoch":1},{"id":"b","epoch":2}]}`)
		case r.Method == http.MethodDelete:
			answer(w, http.StatusAccepted, "application/json", `{"id":"a","epoch":3}`)
		case r.URL.Query().Get("after") == "":
			answerJSON(w, `{"queries":[{"id":"a","epoch":1,"state":"live","options":{},"newer":true}],"next":"a"}`)
		default:
			answerJSON(w, `{"queries":[{"id":"b","epoch":2,"state":"failed","message":"why"}]}`)
		}
	})
	f := client.Filter{Owner: "an na", State: "live", Labels: []string{"x", "y=1&2"}}
	var ids []string
	for q, err := range c.List(t.Context(), f) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, q.ID+" "+q.State+" "+q.Message+" "+string(q.Raw))
	}
	if fmt.Sprint(ids) != `[a live  {"id":"a","epoch":1,"state":"live","options":{},"newer":true} b failed why {"id":"b","epoch":2,"state":"failed","message":"why"}]` {
		t.Errorf("%v", ids)
	}
	for range c.List(t.Context(), client.Filter{}) {
		break
	}
	if d, err := c.Drop(t.Context(), "a"); err != nil || d.Epoch != 3 {
		t.Errorf("%v %v", d, err)
	}
	for _, f := range []client.Filter{f, {}} {
		if d, err := c.DropMany(t.Context(), f); err != nil || len(d) != 2 || d[1].ID != "b" {
			t.Errorf("%v %v", d, err)
		}
	}
	want := `GET /v1/queries?label=x&label=y%3D1%262&limit=1000&owner=an+na&state=live 
GET /v1/queries?after=a&label=x&label=y%3D1%262&limit=1000&owner=an+na&state=live 
GET /v1/queries?limit=1000 
DELETE /v1/queries/a application/json
DELETE /v1/queries?label=x&label=y%3D1%262&owner=an+na&state=live application/json
DELETE /v1/queries?confirm=all application/json`
	if strings.Join(got, "\n") != want {
		t.Errorf("\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func TestResults(t *testing.T) {
	pages := map[string]string{
		"rows":         `{"id":"rows","epoch":1,"kind":"rows","rows":[{"key":["a"],"row":{"n":1}},{"key":["b"],"row":{"n":1}}],"next":"2"}`,
		"rows 2":       `{"id":"rows","epoch":1,"kind":"rows","rows":[{"key":["a"],"row":{"n":2}},{"key":["c"],"row":{"n":1}}]}`,
		"top":          `{"id":"top","epoch":1,"kind":"top","rows":[{"row":{"key":["a"],"row":{"n":1}}},{"row":{"key":"a","row":2}}]}`,
		"windows":      `{"id":"windows","epoch":1,"kind":"rows","rows":[{"window":{"start":0,"end":1},"key":[],"row":{}},{"window":{"start":1,"end":2},"key":[],"row":{}}]}`,
		"replaced":     `{"id":"replaced","epoch":1,"kind":"rows","rows":[{"key":["a"],"row":{"n":1}}],"next":"2"}`,
		"replaced 2":   `{"id":"replaced","epoch":2,"kind":"rows","rows":[]}`,
		"log":          `{"id":"log","epoch":1,"kind":"log","rows":[{"id":"1-1","gap":true},{"id":"1-2","row":{"n":1}}],"next":"1-2"}`,
		"log 1-2":      `{"id":"log","epoch":1,"kind":"log","rows":[]}`,
		"log (newest)": `{"id":"log","epoch":1,"kind":"log","rows":[{"id":"1-2","row":{"n":1}}],"next":"1-2"}`,
	}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		id := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/v1/queries/"), "/results")
		name := strings.TrimSpace(id + " " + r.URL.Query().Get("after"))
		if r.URL.Query().Get("tail") != "" {
			name += " (newest)"
		}
		answerJSON(w, pages[name])
	})
	for _, x := range []struct {
		id      string
		options client.ResultOptions
		want    string
	}{
		{"rows", client.ResultOptions{}, `["a"]{"n":2} ["b"]{"n":1} ["c"]{"n":1}`},
		{"rows", client.ResultOptions{Limit: 2}, `["a"]{"n":1} ["b"]{"n":1} more`},
		{"rows", client.ResultOptions{Limit: 1}, `["a"]{"n":1} more`},
		{"rows", client.ResultOptions{Limit: 3}, `["a"]{"n":2} ["b"]{"n":1} ["c"]{"n":1}`},
		{"top", client.ResultOptions{}, `["a"]{"n":1} {"key":"a","row":2}`},
		{"windows", client.ResultOptions{}, `[]{} []{}`},
		{"log", client.ResultOptions{}, ` {"n":1}`},
		{"log", client.ResultOptions{Tail: true, Limit: 1}, `{"n":1}`},
	} {
		page, more, err := c.Results(t.Context(), x.id, x.options)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range page.Rows {
			got = append(got, string(r.Key)+string(r.Row))
		}
		if more {
			got = append(got, "more")
		}
		if strings.Join(got, " ") != x.want {
			t.Errorf("%s %+v: %s, want %s", x.id, x.options, strings.Join(got, " "), x.want)
		}
	}
	if _, _, err := c.Results(t.Context(), "replaced", client.ResultOptions{}); err == nil || !strings.Contains(err.Error(), "was replaced") {
		t.Errorf("%v", err)
	}
}

func TestGone(t *testing.T) {
	for row, want := range map[string]bool{`null`: true, ``: true, `{}`: false} {
		r := client.Row{Row: json.RawMessage(row)}
		if r.Gone() != want {
			t.Errorf("%q: %v", row, r.Gone())
		}
	}
}
