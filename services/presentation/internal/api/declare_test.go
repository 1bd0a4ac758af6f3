package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/services/presentation/internal/api"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// What is not decided in time was submitted, and is not told to be more. Before the
// registry is read nobody can say which streams there are.
func TestDeclarationsWithoutQueryParser(t *testing.T) {
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	ready := false
	a := api.New(api.Config{
		Directory: directory.Planning(c, explain.New), Log: slog.New(slog.DiscardHandler), Patience: time.Millisecond,
		Checker: &submission.Checker{MaxValue: 1 << 20},
		Ready:   func() bool { return ready },
		Submit:  func(context.Context, []api.Submission) ([]int64, error) { return []int64{7}, nil },
	})
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, "http://localhost"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		return w
	}
	const create = `{"sql":"CREATE STREAM logs (a JSON)"}`
	for _, body := range []string{create, `{"sql":"SHOW STREAMS"}`, `{"sql":"EXPLAIN SELECT a FROM logs"}`, `{"sql":"CREATE MATERIALIZED VIEW v AS SELECT a FROM logs"}`} {
		if w := ask(http.MethodPost, "/v1/sql", body); w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s at the start: %d %s", body, w.Code, w.Body)
		}
	}
	if w := ask(http.MethodPut, "/v1/queries/q", `{"sql":"SELECT a FROM logs"}`); w.Code != http.StatusServiceUnavailable {
		t.Errorf("at the start: %d %s", w.Code, w.Body)
	}
	ready = true
	w := ask(http.MethodPost, "/v1/sql", create)
	if w.Code != http.StatusAccepted || !strings.Contains(w.Body.String(), `"state":"submitted"`) || !strings.Contains(w.Body.String(), "look with SHOW STREAMS") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(http.MethodPut, "/v1/queries/q", `{"sql":"SELECT a FROM logs"}`); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
