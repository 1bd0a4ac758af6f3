package presentation_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/presentation/internal/api"
)

// TestOpenAPI holds the description against the service: the same routes, the
// same parameters, and every answer that is described is given. That no other
// answer is given is checked wherever the tests ask for something.
func TestOpenAPI(t *testing.T) {
	h := open(t)
	o := h.openapi
	for name := range at(o.doc, "components", "schemas").(map[string]any) {
		if _, err := o.compiler.Compile(openapiURL + "#/components/schemas/" + name); err != nil {
			t.Error(err)
		}
	}
	routes := append(api.New(api.Config{}).Routes(), "GET /healthz", "GET /readyz", "GET /metrics")
	slices.Sort(routes)
	if described := o.operations(); !slices.Equal(described, routes) {
		t.Errorf("described:\n%s\nthere are:\n%s", strings.Join(described, "\n"), strings.Join(routes, "\n"))
	}
	ids := map[string]bool{}
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		id := fmt.Sprint(at(o.doc, "paths", path, strings.ToLower(method), "operationId"))
		if id == "<nil>" || ids[id] {
			t.Errorf("%s: operation id %s", route, id)
		}
		ids[id] = true
		if strings.HasPrefix(path, "/v1/") {
			h.wantParameters(method, path)
			h.refusals(method, path)
		} else {
			h.files(path)
		}
	}
	h.answers()
	nothing(t, o, func(h *house) {
		for _, route := range routes {
			method, path, _ := strings.Cut(route, " ")
			body := ""
			if method == http.MethodPut || method == http.MethodPost {
				body = countEN
			}
			if route == "POST /v1/sql" {
				body = `{"sql":"SHOW QUERIES"}`
			}
			if route == "DELETE /v1/queries" {
				path += "?confirm=all"
			}
			h.do(method, strings.ReplaceAll(path, "{id}", "nobody"), body)
		}
	})
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		for _, answer := range o.described(method, path) {
			if !o.answers[answer] {
				t.Errorf("described, and never answered: %s", answer)
			}
		}
	}
	types, _ := at(o.doc, "components", "schemas", "Problem", "properties", "type", "enum").([]any)
	if len(types) < 10 {
		t.Errorf("types of problems: %v", types)
	}
	for _, name := range types {
		if name != "urn:millrace:problem:internal" && !o.problems[fmt.Sprint(name)] {
			t.Errorf("described, and no problem: %s", name)
		}
	}
}

// files asks for what is no operation on queries.
func (h *house) files(path string) {
	h.t.Helper()
	if at(h.openapi.doc, "paths", path, "get", "responses", "403") != nil {
		if a := h.do(http.MethodGet, path, "", "Host", "evil.example"); a.status != http.StatusForbidden {
			h.t.Errorf("%s under another name: %d", path, a.status)
		}
	}
	names := []string{""}
	if strings.Contains(path, "{file}") {
		names = []string{"index.html", "style.css", "main.js", "favicon.svg"}
		if strings.HasPrefix(path, "/messages/") {
			names = []string{"status.json", "submission.json"}
		}
		if a := h.get(strings.ReplaceAll(path, "{file}", "nothing.js")); a.status != http.StatusNotFound {
			h.t.Errorf("a file that there is not: %d", a.status)
		}
	}
	for _, name := range names {
		path := strings.ReplaceAll(path, "{file}", name)
		a := h.get(path)
		if a.status != http.StatusOK || a.text == "" {
			h.t.Errorf("%s: %d", path, a.status)
		}
		if tag := a.header.Get("ETag"); tag != "" {
			if a := h.do(http.MethodGet, path, "", "If-None-Match", tag); a.status != http.StatusNotModified {
				h.t.Errorf("%s again: %d", path, a.status)
			}
		}
	}
}

// wantParameters compares the parameters that an operation knows with those that
// are described.
func (h *house) wantParameters(method, path string) {
	h.t.Helper()
	a := h.do(method, strings.ReplaceAll(path, "{id}", "nobody")+"?bogus=1", countEN)
	_, list, ok := strings.Cut(fmt.Sprint(a.body["detail"]), "known are ")
	if a.status != http.StatusBadRequest || !ok {
		h.t.Errorf("%s %s: a parameter that there is not: %d %s", method, path, a.status, a.text)
	}
	known := []string{}
	if list != "none here" {
		known = strings.Split(list, ", ")
	}
	slices.Sort(known)
	if described := h.openapi.parameters(method, path); !slices.Equal(known, described) {
		h.t.Errorf("%s %s: parameters %q, described are %q", method, path, known, described)
	}
}

// refusals asks for an operation in the ways that are refused alike everywhere.
func (h *house) refusals(method, path string) {
	h.t.Helper()
	path = strings.ReplaceAll(path, "{id}", "nobody")
	wants := func(status int, a answer) {
		h.t.Helper()
		if a.status != status {
			h.t.Errorf("%s %s: %d, want %d: %s", method, path, a.status, status, a.text)
		}
	}
	wants(http.StatusForbidden, h.do(method, path, countEN, "Host", "evil.example"))
	wants(http.StatusMethodNotAllowed, h.do(http.MethodPatch, path, "{}"))
	if method != http.MethodGet {
		wants(http.StatusUnsupportedMediaType, h.do(method, path, countEN, "Content-Type", "text/plain"))
	}
	switch {
	case method == http.MethodPut || method == http.MethodPost:
		wants(http.StatusRequestEntityTooLarge, h.do(method, path, `{"sql":"`+strings.Repeat(" ", 1<<20)+`"}`))
		wants(http.StatusUnprocessableEntity, h.do(method, path, `{"sql":"SELECT lagn FROM tweets"}`))
		graceful := `{"sql":"SELECT id FROM tweets","options":{"grace":"5s"}}`
		if path == "/v1/sql" {
			graceful = `{"sql":"CREATE MATERIALIZED VIEW a WITH (grace = '5s') AS SELECT id FROM tweets"}`
		}
		wants(http.StatusUnprocessableEntity, h.do(method, path, graceful))
	case strings.Contains(path, "nobody"):
		wants(http.StatusNotFound, h.do(method, path, ""))
	}
}

// answers asks for every operation in the ways that succeed, and submits in
// those that fail later.
func (h *house) answers() {
	h.t.Helper()
	for _, c := range []struct{ method, path string }{{http.MethodPut, "/v1/queries/q"}, {http.MethodPost, "/v1/queries"}} {
		for _, then := range []func(rec kafka.Record){
			func(rec kafka.Record) { h.accept(rec); h.live(string(rec.Key), rec.Offset) },
			func(rec kafka.Record) {
				h.accept(rec)
				h.status(wire.Status{ID: string(rec.Key), Epoch: rec.Offset + 1, Transition: wire.Failed, Message: "too many groups"})
			},
		} {
			done := make(chan answer)
			go func() { done <- h.do(c.method, c.path+"?wait=live", countEN) }()
			then(h.next())
			<-done
		}
		h.do(c.method, c.path, countEN)
		h.accept(h.next())
	}
	for _, path := range []string{"", "/q", "/q/results", "/q/windows", "/q/history"} {
		if a := h.get("/v1/queries" + path); a.status != http.StatusOK {
			h.t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}
	for _, form := range []string{"json", "text"} {
		for _, a := range []answer{
			h.get("/v1/queries/q/explain?sharing=true&format=" + form),
			h.do(http.MethodPost, "/v1/explain?sharing=true&format="+form, countEN),
			h.get("/v1/plan?format=" + form), h.get("/v1/plan?format=dot"),
		} {
			if a.status != http.StatusOK || a.text == "" {
				h.t.Errorf("%s: %d %s", form, a.status, a.text)
			}
		}
	}
	if a := h.do(http.MethodPost, "/v1/sql", `{"sql":"SHOW STREAMS"}`); a.status != http.StatusOK {
		h.t.Errorf("SHOW STREAMS: %d %s", a.status, a.text)
	}
	if a := h.do(http.MethodPost, "/v1/sql", `{"sql":"CREATE MATERIALIZED VIEW r AS SELECT id FROM tweets"}`); a.status != http.StatusAccepted {
		h.t.Errorf("CREATE MATERIALIZED VIEW: %d %s", a.status, a.text)
	}
	h.accept(h.next())
	h.follow("/v1/overview")
	for range 2 {
		h.follow("/v1/queries/q/changes")
	}
	h.get("/v1/queries/q/changes")
	for _, path := range []string{"/v1/queries/q", "/v1/queries?confirm=all"} {
		if a := h.do(http.MethodDelete, path, ""); a.status != http.StatusAccepted {
			h.t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}
}
