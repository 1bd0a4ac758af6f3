package cli

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// service answers as a presentation service does, and notes what it was asked.
type service struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]string // "METHOD path?query" → "status body"; several of one are separated by a line of ---
	asked   []string
}

func newService(t *testing.T, answers map[string]string) *service {
	t.Helper()
	s := &service{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func (s *service) answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	name := r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), "/v1")
	s.mu.Lock()
	s.asked = append(s.asked, strings.TrimSpace(name+" "+string(body)))
	text, rest, several := strings.Cut(s.answers[name], "\n---\n")
	if several {
		s.answers[name] = rest
	}
	s.mu.Unlock()
	status, text, _ := strings.Cut(text, " ")
	switch {
	case status == "":
		http.NotFound(w, r)
		return
	case strings.HasPrefix(text, "query "):
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	case strings.HasPrefix(text, "digraph "):
		w.Header().Set("Content-Type", "text/vnd.graphviz; charset=utf-8")
	case strings.HasPrefix(text, "event:"):
		w.Header().Set("Content-Type", "text/event-stream")
	case status >= "400":
		w.Header().Set("Content-Type", "application/problem+json")
	default:
		w.Header().Set("Content-Type", "application/json")
	}
	code := 0
	_, _ = fmt.Sscan(status, &code)
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text)
}

func (s *service) wantAsked(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Join(s.asked, "\n") != strings.Join(want, "\n") {
		t.Errorf("asked\n%s\nwant\n%s", strings.Join(s.asked, "\n"), strings.Join(want, "\n"))
	}
	s.asked = nil
}

// run runs a command line and returns what it printed.
func run(args ...string) (code int, stdout, stderr string) {
	var out, errs strings.Builder
	code = Main(args, &out, &errs)
	return code, out.String(), errs.String()
}

func (s *service) query(args ...string) (code int, stdout, stderr string) {
	return run(append(append([]string{"query"}, args...), "--server", s.URL)...)
}

// expect runs a command line and compares all that it does.
func (s *service) expect(t *testing.T, code int, stdout, stderr string, args ...string) {
	t.Helper()
	gotCode, gotOut, gotErr := s.query(args...)
	gotErr = strings.ReplaceAll(gotErr, s.URL, "URL")
	if gotCode != code || strings.TrimSpace(gotOut) != strings.TrimSpace(stdout) || strings.TrimSpace(gotErr) != strings.TrimSpace(stderr) {
		t.Errorf("millrace query %s\nexit %d, want %d\nstdout:\n%s\nwant:\n%s\nstderr:\n%s\nwant:\n%s",
			strings.Join(args, " "), gotCode, code, gotOut, stdout, gotErr, stderr)
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	lagn    = `422 {"type":"urn:millrace:problem:invalid-sql","title":"The query is not valid","status":422,"detail":"unknown column lagn","line":1,"column":8,"hint":"did you mean lang?"}`
	none404 = `404 {"type":"urn:millrace:problem:not-found","title":"There is no such query","status":404,"detail":"no query is registered as q"}`
)

func TestQuerySubmit(t *testing.T) {
	s := newService(t, map[string]string{
		"POST /queries":  `202 {"id":"q-x","epoch":4,"state":"submitted","kind":"rows"}` + "\n---\n" + lagn,
		"PUT /queries/m": `202 {"id":"m","epoch":5,"state":"submitted","columns":[{"name":"n","type":"BIGINT"}]}`,
		"PUT /queries/m?timeout=30s&wait=live": `200 {"id":"m","epoch":6,"state":"live"}` + "\n---\n" +
			`202 {"id":"m","epoch":7,"state":"accepted"}` + "\n---\n" +
			`409 {"type":"urn:millrace:problem:not-live","title":"The query will not be live","status":409,"detail":"query m: it was dropped"}`,
		"PUT /queries/r": `422 {"type":"urn:millrace:problem:rejected","title":"The query was rejected","status":422,"detail":"too many queries"}`,
	})
	s.expect(t, 0, "q-x: submitted, epoch 4", "", "submit", "SELECT 1")
	s.expect(t, 0, `{"id":"m","epoch":5,"state":"submitted","columns":[{"name":"n","type":"BIGINT"}]}`, "",
		"submit", "--id", "m", "--owner", "anna", "--label", "team=a,b", "--label", "x=", "--format", "json", "SELECT 2")
	s.wantAsked(t, `POST /queries {"sql":"SELECT 1"}`, `PUT /queries/m {"sql":"SELECT 2","owner":"anna","labels":{"team":"a,b","x":""}}`)
	s.expect(t, 2, "", `millrace: 1:8: unknown column lagn
  1 | SELECT lagn FROM tweets
    |        ^
hint: did you mean lang?`, "submit", "SELECT lagn FROM tweets")
	s.expect(t, 0, "m: live, epoch 6", "", "submit", "--id", "m", "--wait", "live", "S")
	s.expect(t, 1, "m: accepted, epoch 7", "millrace: query m is not live after 30s (it is accepted); it goes on, see `millrace query show m`",
		"submit", "--id", "m", "--wait", "live", "S")
	s.expect(t, 1, "", "millrace: the query will not be live: query m: it was dropped", "submit", "--id", "m", "--wait", "live", "S")
	s.expect(t, 1, "", "millrace: the query was rejected: too many queries", "submit", "--id", "r", "S")
	s.expect(t, 2, "", `millrace: the id is not possible: "a b": expected 1 to 128 of A-Z a-z 0-9 . _ -`, "submit", "--id", "a b", "S")
}

func TestQuerySubmitFiles(t *testing.T) {
	s := newService(t, map[string]string{
		"PUT /queries/a": `202 {"id":"a","epoch":1,"state":"submitted"}`,
		"PUT /queries/c": lagn,
		"POST /queries":  `202 {"id":"q-x","epoch":4,"state":"submitted"}` + "\n---\n" + lagn,
	})
	several := write(t, "several.sql", "-- name: a\nSELECT count(*) FROM tweets;\nSELECT lang FROM tweets;\n\n-- name: c\n  SELECT lagn FROM tweets;")
	s.expect(t, 2, "a: submitted, epoch 1\nq-x: submitted, epoch 4", `millrace: query c: 6:10: unknown column lagn
  6 |   SELECT lagn FROM tweets;
    |          ^
hint: did you mean lang?`, "submit", "-f", several)
	one := write(t, "one.sql", "\n\nSELECT lagn FROM tweets")
	s.expect(t, 2, "", `millrace: 3:8: unknown column lagn
  3 | SELECT lagn FROM tweets
    |        ^
hint: did you mean lang?`, "submit", "-f", one)
	s.expect(t, 0, "a: submitted, epoch 1", "", "submit", "-f", one, "--id", "a")
	s.asked = nil
	for _, c := range []struct {
		want string
		args []string
	}{
		{"--id is for one query, and ", []string{"-f", several, "--id", "z"}},
		{"give either the SQL or -f FILE, not both", []string{"-f", one, "SELECT 1"}},
		{"no query: give its SQL, or a file with -f FILE", nil},
		{"2 arguments: put the SQL in quotes", []string{"SELECT", "1"}},
		{"holds no statement", []string{"-f", write(t, "empty.sql", "-- nothing\n")}},
		{"no such file", []string{"-f", one + ".not"}},
		{"expected the name of a stream", []string{"-f", write(t, "bad.sql", "SELECT lang FROM")}},
		{`--label: "x" is not allowed here; allowed: NAME=VALUE`, []string{"--label", "x", "S"}},
		{`--wait: "dead" is not allowed here; allowed: live`, []string{"--wait", "dead", "S"}},
		{`--timeout: "1h" is not allowed here`, []string{"--timeout", "1h", "S"}},
		{"unknown flag --lable, did you mean --label?", []string{"--lable", "x=y", "S"}},
	} {
		code, out, errs := s.query(append([]string{"submit"}, c.args...)...)
		if code != 2 || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%v: exit %d, %s%s, want %s", c.args, code, out, errs, c.want)
		}
	}
	s.wantAsked(t)
}

func TestQueryUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	t.Setenv("MILLRACE_SERVER", address)
	want := "millrace: no Millrace at http://" + address + " (connection refused): start one with `millrace up`, or name another with --server or MILLRACE_SERVER\n"
	several := write(t, "several.sql", strings.Repeat("SELECT count(*) FROM tweets;\n", 40))
	for _, args := range [][]string{
		{"list"}, {"show", "q"}, {"explain", "q"}, {"explain", "--sql", "S"}, {"explain", "-f", several}, {"watch", "q"}, {"drop", "a", "b", "--yes"}, {"drop", "--all"}, {"submit", "SELECT 1"}, {"submit", "-f", several},
	} {
		code, out, errs := run(append([]string{"query"}, args...)...)
		if code != 1 || out != "" || !strings.HasSuffix(errs, want) || strings.Count(errs, "\n") > atOnce {
			t.Errorf("%v: exit %d, %s%s", args, code, out, errs)
		}
	}
	if code, _, errs := run("query", "list", "--server", "ftp://x"); code != 2 || !strings.Contains(errs, "--server") {
		t.Errorf("exit %d, %s", code, errs)
	}
	if code, _, errs := run("query", "foo"); code != 2 || !strings.Contains(errs, "unknown command") {
		t.Errorf("exit %d, %s", code, errs)
	}
}

func TestQueryList(t *testing.T) {
	s := newService(t, map[string]string{
		"GET /queries?limit=1000":                                        `200 {"queries":[{"id":"a","epoch":1,"state":"live","owner":"anna","labels":{"t":"1","b":"2"},"submitted":"2026-01-02T03:04:05.678Z","sql":"SELECT 1\nFROM tweets","newer":7}],"next":"a"}`,
		"GET /queries?after=a&limit=1000":                                `200 {"queries":[{"id":"b","epoch":2,"state":"failed"}]}` + "\n---\n" + `200 {"queries":[{"id":"b","epoch":2,"state":"failed"}]}`,
		"GET /queries?label=t&label=u%3D1&limit=1000&owner=o&state=live": `200 {"queries":[]}`,
	})
	s.expect(t, 0, `
id  state   owner  labels   submitted             sql
--  -----   -----  ------   ---------             ---
a   live    anna   b=2 t=1  2026-01-02T03:04:05Z  SELECT 1 FROM tweets
b   failed`, "", "list")
	s.expect(t, 0, `{"id":"a","epoch":1,"state":"live","owner":"anna","labels":{"t":"1","b":"2"},"submitted":"2026-01-02T03:04:05.678Z","sql":"SELECT 1\nFROM tweets","newer":7}
{"id":"b","epoch":2,"state":"failed"}`, "", "list", "--format", "json")
	s.expect(t, 0, "", "no registered query is like that", "list", "--owner", "o", "--label", "t", "--label", "u=1", "--state", "live")
	s.expect(t, 2, "", `millrace: --label: "=x" is not allowed here; allowed: NAME or NAME=VALUE`, "list", "--label", "=x")
}

func TestQueryDrop(t *testing.T) {
	s := newService(t, map[string]string{
		"DELETE /queries/a":               `202 {"id":"a","epoch":5}`,
		"DELETE /queries/b":               `202 {"id":"b","epoch":6}`,
		"DELETE /queries/q":               none404,
		"DELETE /queries?confirm=all":     `202 {"dropped":[{"id":"a","epoch":7},{"id":"b","epoch":8}]}`,
		"DELETE /queries?label=t&owner=o": `202 {"dropped":[]}`,
		"GET /queries?limit=1000":         `200 {"queries":[{"id":"a"},{"id":"b"}]}`,
		"GET /queries?limit=1000&owner=o": `200 {"queries":[{"id":"b"}]}`,
		"GET /queries?limit=1000&owner=x": `200 {"queries":[]}`,
	})
	s.expect(t, 0, "a: dropped, epoch 5", "", "drop", "a")
	s.expect(t, 0, `{"id":"a","epoch":5}`, "", "drop", "a", "--format", "json")
	s.asked = nil
	s.expect(t, 2, "", "millrace: this drops 2 queries and their results for good; say --yes to do it", "drop", "a", "b")
	s.wantAsked(t)
	s.expect(t, 1, "a: dropped, epoch 5\nb: dropped, epoch 6", "millrace: there is no such query: no query is registered as q", "drop", "a", "q", "b", "--yes")
	s.expect(t, 2, "", "a\nb\nmillrace: this drops 2 queries and their results for good; say --yes to do it", "drop", "--all")
	s.expect(t, 0, "a: dropped, epoch 7\nb: dropped, epoch 8", "", "drop", "--all", "--yes")
	s.expect(t, 0, "b: dropped, epoch 6", "", "drop", "--owner", "o")
	s.expect(t, 0, "", "no registered query is like that", "drop", "--owner", "x")
	s.expect(t, 0, "", "no registered query is like that", "drop", "--owner", "o", "--label", "t", "--yes")
	s.asked = nil
	s.expect(t, 2, "", "millrace: nothing to drop: give ids, or --owner, --label or --all", "drop", "--yes")
	s.expect(t, 2, "", "millrace: give either ids, or --owner and --label, or --all", "drop", "--all", "a")
	s.expect(t, 2, "", "millrace: give either ids, or --owner and --label, or --all", "drop", "--all", "--owner", "o")

	// What the environment says never chooses, and narrows no --all.
	t.Setenv("MILLRACE_ALL", "true")
	t.Setenv("MILLRACE_OWNER", "o")
	s.expect(t, 2, "", "millrace: nothing to drop: give ids, or --owner, --label or --all", "drop", "--yes")
	s.wantAsked(t)
	s.expect(t, 0, "a: dropped, epoch 5", "", "drop", "a")
	s.expect(t, 0, "a: dropped, epoch 7\nb: dropped, epoch 8", "", "drop", "--all", "--yes")
	s.expect(t, 0, "", "no registered query is like that", "drop", "--label", "t", "--yes")
}
