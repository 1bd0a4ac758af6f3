package daemon

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/millrace/millrace/libs/metrics"
)

// The body of /readyz tells conditions and notes; notes do not make a program
// unready.
func TestReadyz(t *testing.T) {
	ready := NewReadiness("kafka")
	mux := http.NewServeMux()
	AdminRoutes(mux, metrics.NewRegistry(), ready)
	ask := func(wantStatus int, want string) {
		t.Helper()
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", http.NoBody))
		if w.Code != wantStatus || w.Body.String() != want+"\n" {
			t.Errorf("%d %s, want %d %s", w.Code, w.Body, wantStatus, want)
		}
	}
	ask(http.StatusServiceUnavailable, `{"ready":false,"conditions":{"kafka":"starting"}}`)
	ready.Report("kafka", nil)
	text := ""
	ready.Note("scan", func() string { return text })
	ask(http.StatusOK, `{"ready":true,"conditions":{"kafka":"ok"}}`)
	text = "scanning is paused"
	ask(http.StatusOK, `{"ready":true,"conditions":{"kafka":"ok"},"notes":{"scan":"scanning is paused"}}`)
	ready.Report("kafka", errors.New("away"))
	ask(http.StatusServiceUnavailable, `{"ready":false,"conditions":{"kafka":"away"},"notes":{"scan":"scanning is paused"}}`)
	ready.Report("kafka", nil)
	ready.Note("scan", nil)
	ask(http.StatusOK, `{"ready":true,"conditions":{"kafka":"ok"}}`)
}

// Nobody has to have a Readiness.
func TestNilReadiness(t *testing.T) {
	var ready *Readiness
	ready.Require("kafka")
	ready.Note("scan", func() string { return "x" })
	if _, ok := ready.Conditions(); !ok || len(ready.Notes()) != 0 {
		t.Error("nil is not ready, or has notes")
	}
}
