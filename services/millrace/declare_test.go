package millrace_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/presentation"
	queryparser "github.com/millrace/millrace/services/query-parser"
)

// front is query-parser and presentation over embedded servers, without a scheduler.
type front struct {
	t        *testing.T
	ctx      context.Context
	url      string
	producer *kafka.Producer
}

func newFront(t *testing.T) *front {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	stack, err := millrace.Open(millrace.Config{Log: log, Dir: t.TempDir(), Layout: kafka.Layout{Partitions: 2}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stack.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	services, stop := context.WithCancel(ctx)
	var g errgroup.Group
	g.Go(func() error {
		return queryparser.Run(services, queryparser.Config{Kafka: stack.Kafka, Layout: stack.Layout, Log: log})
	})
	g.Go(func() error {
		return presentation.Run(services, presentation.Config{Kafka: stack.Kafka, Layout: stack.Layout, Redis: stack.Redis, Listener: listener, Log: log})
	})
	t.Cleanup(func() {
		stop()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	f := &front{t: t, ctx: ctx, url: "http://" + listener.Addr().String()}
	if f.producer, err = kafka.NewProducer(stack.Kafka); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.producer.Close)
	f.until("ready", func() bool {
		status, _ := f.do(http.MethodGet, "/readyz", nil)
		return status == http.StatusOK
	})
	return f
}

func (f *front) do(method, path string, body any) (int, string) {
	f.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		f.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(f.ctx, method, f.url+path, bytes.NewReader(text))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// says has a statement answered with a status and something in the answer.
func (f *front) says(sql string, status int, want string) {
	f.t.Helper()
	if got, answer := f.do(http.MethodPost, "/v1/sql", map[string]string{"sql": sql}); got != status || !strings.Contains(answer, want) {
		f.t.Errorf("%s: %d %s\nwant %d %s", sql, got, answer, status, want)
	}
}

// submits writes a record to millrace.queries, past HTTP.
func (f *front) submits(id, value string) {
	f.t.Helper()
	if err := f.producer.Produce(f.ctx, kafka.Record{Topic: kafka.TopicQueries, Key: []byte(id), Value: []byte(value)}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *front) until(what string, ok func() bool) {
	f.t.Helper()
	for ; !ok(); time.Sleep(5 * time.Millisecond) {
		if f.ctx.Err() != nil {
			f.t.Fatalf("never: %s", what)
		}
	}
}

// shows waits until a statement's answer has something in it, or has not.
func (f *front) shows(sql, want string, has bool) {
	f.t.Helper()
	f.until(sql+" shows "+want, func() bool {
		_, answer := f.do(http.MethodPost, "/v1/sql", map[string]string{"sql": sql})
		return strings.Contains(answer, want) == has
	})
}

const (
	createLogs   = "CREATE STREAM logs (level VARCHAR, source VARCHAR) WITH (format = 'tsv')"
	createErrors = "CREATE VIEW errors AS SELECT source AS host FROM logs WHERE level = 'ERROR'"
	overErrors   = "CREATE MATERIALIZED VIEW hosts AS SELECT host, count(*) AS n FROM errors GROUP BY host"
)

// TestDeclareOverHTTP: what is answered holds at once, for the next statement.
func TestDeclareOverHTTP(t *testing.T) {
	f := newFront(t)
	f.says(createLogs, 200, `"state":"accepted"`)
	f.says(createErrors, 200, `"id":"errors"`)
	f.says(overErrors, 202, `"state":"submitted"`)
	f.says("DROP VIEW errors", 422, "it is used by query hosts")
	f.says("DROP STREAM logs", 422, "it is used by view errors")
	f.says("CREATE OR REPLACE VIEW errors AS SELECT level FROM logs", 422, `"code":"2BP01"`)
	f.says("CREATE STREAM taken (a JSON) WITH (topic = 'millrace.tweets')", 422, "those of the streams that are called so")
	f.says("EXPLAIN SELECT host FROM errors", 200, "logs")
	// Nobody waits for the drop of the query: it was submitted before the others.
	f.says("DROP MATERIALIZED VIEW hosts", 202, `"state":"dropped"`)
	f.says("DROP VIEW errors", 200, `"state":"dropped"`)
	f.says("DROP STREAM logs", 200, "topic millrace.logs stays as it is, with its records")
	f.says("SHOW STREAMS", 200, `"rows":[["tweets",`)
	f.says("DESCRIBE logs", 422, "logs is not the name of a stream, a view or a query")
	f.says(createLogs, 200, `"state":"accepted"`)
	f.says("CREATE OR REPLACE STREAM logs (level VARCHAR)", 200, "replaces the stream of epoch")
	f.says("DESCRIBE logs", 200, `"rows":[["level","VARCHAR"`)
}

// TestDeclareOverTheTopic does the same by records of millrace.queries.
func TestDeclareOverTheTopic(t *testing.T) {
	f := newFront(t)
	f.submits("logs", `{"sql":"`+createLogs+`","owner":"anna"}`)
	f.submits("errors", createErrors)
	f.submits("hosts", overErrors)
	f.submits("errors", "DROP VIEW errors")
	f.submits("logs", "DROP STREAM logs")
	f.shows("SHOW QUERIES", `["hosts","accepted"`, true)
	f.shows("SHOW STREAMS", `["logs","millrace.logs"`, true)
	f.shows("SHOW VIEWS", `["errors",`, true)
	f.submits("hosts", "DROP MATERIALIZED VIEW hosts")
	f.submits("errors", "DROP VIEW errors")
	f.submits("logs", "DROP STREAM logs")
	f.shows("SHOW STREAMS", `"logs"`, false)
	f.shows("SHOW VIEWS", `"errors"`, false)
	f.shows("SHOW QUERIES", `"hosts"`, false)
}
