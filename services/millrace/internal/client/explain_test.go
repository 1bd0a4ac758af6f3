package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/services/millrace/internal/client"
)

func TestExplain(t *testing.T) {
	var got []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, r.URL, body)))
		media := map[string]string{"text": "text/plain; charset=utf-8", "json": "application/json", "dot": "text/vnd.graphviz"}
		answer(w, http.StatusOK, media[r.URL.Query().Get("format")], "the answer\n")
	})
	for want, ask := range map[string]func(ctx context.Context, to io.Writer) error{
		"GET /v1/queries/a.b/explain?format=text&sharing=true": func(ctx context.Context, to io.Writer) error {
			return c.Explain(ctx, "a.b", client.ExplainOptions{Sharing: true, Form: client.FormText}, to)
		},
		`POST /v1/explain?format=json {"sql":"SELECT '<&>'"}`: func(ctx context.Context, to io.Writer) error {
			return c.ExplainSQL(ctx, "SELECT '<&>'", client.ExplainOptions{Form: client.FormJSON}, to)
		},
		"GET /v1/plan?format=dot": func(ctx context.Context, to io.Writer) error { return c.Plan(ctx, client.FormDot, to) },
	} {
		var out strings.Builder
		got = nil
		if err := ask(t.Context(), &out); err != nil || out.String() != "the answer\n" || len(got) != 1 || got[0] != want {
			t.Errorf("%v, %q, asked %q, want %s", err, out.String(), got, want)
		}
		full := errors.New("full")
		if err := ask(t.Context(), failing{full}); !errors.Is(err, full) {
			t.Errorf("%v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := ask(gone, &out); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
	got = nil
	var p *client.Problem
	if err := c.Explain(t.Context(), "..", client.ExplainOptions{}, io.Discard); !errors.As(err, &p) || !p.Invalid() || len(got) != 0 {
		t.Errorf("%v", err)
	}
	stranger := serve(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "text/html", "<html>") })
	if err := stranger.Plan(t.Context(), client.FormText, io.Discard); err == nil || !strings.Contains(err.Error(), "is it the right server?") {
		t.Errorf("%v", err)
	}
}

func TestExplainProblems(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		answerProblem(w, http.StatusUnprocessableEntity, "invalid-sql", `,"detail":"unknown column lagn","line":1,"column":8`)
	})
	var at *ast.Error
	if err := c.ExplainSQL(t.Context(), "SELECT lagn FROM tweets", client.ExplainOptions{Form: client.FormText}, io.Discard); !errors.As(err, &at) || at.Pos != 7 {
		t.Errorf("%v", err)
	}
	cut := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	})
	var away *client.UnreachableError
	if err := cut.Plan(t.Context(), client.FormText, io.Discard); !errors.As(err, &away) || !strings.Contains(err.Error(), "closed the connection") {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
