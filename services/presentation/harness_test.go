package presentation_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/segmentio/encoding/json"
	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/presentation"
)

func TestMain(m *testing.M) {
	results.LogClient(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

// house is a running service over embedded servers, in which the test plays
// query-parser and merge.
type house struct {
	t        *testing.T
	url      string
	servers  *embedded.Servers
	producer *kafka.Producer
	rdb      goredis.UniversalClient
	writer   *results.Writer
	submits  *kafka.Reader
	client   *http.Client
	offset   int64
	openapi  *openapi
	ended    chan error // what Run returns
}

func open(t *testing.T) *house {
	t.Helper()
	return openWith(t, "")
}

// openWith opens a house over the given Redis, an embedded one if it is "".
func openWith(t *testing.T, redis string, edit ...func(*presentation.Config)) *house {
	t.Helper()
	servers, err := embedded.Start(embedded.Options{Log: true, Redis: redis == "", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if redis == "" {
		redis = servers.RedisAddr
	}
	cfg := kafka.Config{Brokers: servers.Brokers, Embedded: true}
	layout := kafka.Layout{Partitions: 1, ExchangePartitions: 2, ReplicationFactor: 1}
	ctx := context.Background()
	if _, err := kafka.Ensure(ctx, cfg, layout); err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, openapi: loadOpenAPI(t), servers: servers, client: &http.Client{Transport: &http.Transport{}}}
	if h.producer, err = kafka.NewProducer(cfg); err != nil {
		t.Fatal(err)
	}
	if h.submits, err = kafka.NewReader(cfg, kafka.TopicQueries, map[int32]int64{0: 0}); err != nil {
		t.Fatal(err)
	}
	h.rdb = results.Connect(results.Server{Addr: redis})
	h.writer = results.NewWriter(h.rdb, 0, 1, nil)
	if _, _, err := h.writer.Take(ctx, 1, results.Fence{}); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.url = "http://" + listener.Addr().String()
	running, cancel := context.WithCancel(ctx)
	h.ended = make(chan error, 1)
	config := presentation.Config{
		Kafka: cfg, Layout: layout, Redis: results.Server{Addr: redis}, Listener: listener, MaxStreams: 3,
		Drain: time.Second, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, e := range edit {
		e(&config)
	}
	go func() { h.ended <- presentation.Run(running, config) }()
	t.Cleanup(func() {
		h.client.CloseIdleConnections()
		cancel()
		if err := <-h.ended; err != nil {
			t.Errorf("run: %v", err)
		}
		h.producer.Close()
		h.submits.Close()
		h.rdb.Close()
		servers.Close()
	})
	h.eventually("ready", func() bool { return h.get("/readyz").status == 200 })
	return h
}

// answer is an HTTP answer with its JSON body.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

func (h *house) do(method, path, body string, header ...string) answer {
	h.t.Helper()
	req, err := http.NewRequest(method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := h.client.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(text)}
	if strings.Contains(resp.Header.Get("Content-Type"), "json") {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&a.body); err != nil {
			h.t.Fatalf("%s %s: %v in %q", method, path, err, text)
		}
	}
	if err := h.openapi.check(method, path, a); err != nil {
		h.t.Errorf("%s %s: %v in %s", method, path, err, text)
	}
	if resp.StatusCode >= 400 && path != "/readyz" && fmt.Sprint(a.body["status"]) != fmt.Sprint(resp.StatusCode) {
		h.t.Errorf("%s %s: status %d, the problem says %s", method, path, resp.StatusCode, text)
	}
	return a
}

func (h *house) get(path string) answer {
	h.t.Helper()
	return h.do(http.MethodGet, path, "")
}

func (h *house) eventually(what string, ok func() bool) {
	h.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			h.t.Fatalf("not %s in time", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// next returns the next submission that the service has written.
func (h *house) next() kafka.Record {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		recs, err := h.submits.Poll(ctx)
		if err != nil {
			h.t.Fatal(err)
		}
		if len(recs) > 1 {
			h.t.Fatalf("%d submissions at once", len(recs))
		}
		if !recs[0].Control {
			return recs[0]
		}
	}
}

func (h *house) produce(recs ...kafka.Record) {
	h.t.Helper()
	if err := h.producer.Produce(context.Background(), recs...); err != nil {
		h.t.Fatal(err)
	}
}

// accept registers a submission as query-parser does.
func (h *house) accept(rec kafka.Record) {
	h.t.Helper()
	id, epoch := string(rec.Key), rec.Offset
	if rec.Value == nil {
		h.produce(kafka.Record{Topic: kafka.TopicRegistry, Key: wire.RegistryKey(id), Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(epoch)}}})
		h.status(wire.Status{ID: id, Epoch: epoch, Transition: wire.Dropped})
		return
	}
	sub, err := wire.ParseSubmission(rec.Value)
	if err != nil {
		h.t.Fatal(err)
	}
	h.register(id, epoch, sub, nil)
	h.status(wire.Status{ID: id, Epoch: epoch, Transition: wire.Accepted})
}

func (h *house) register(id string, epoch int64, sub wire.Submission, failed *string) {
	h.t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		h.t.Fatal(err)
	}
	checker := &submission.Checker{Catalog: cat, MaxValue: 1 << 20}
	q, err := checker.Check(&sub)
	if err != nil {
		h.t.Fatal(err)
	}
	r := wire.Registry{
		ID: id, Epoch: epoch, Owner: sub.Owner, Labels: sub.Labels, SQL: q.Text, Plan: q.Plan, Submitted: time.Now(), Failed: failed,
	}
	value, err := r.Marshal()
	if err != nil {
		h.t.Fatal(err)
	}
	h.produce(kafka.Record{Topic: kafka.TopicRegistry, Key: wire.RegistryKey(id), Value: value})
}

func (h *house) status(s wire.Status) {
	h.t.Helper()
	s.Time = time.Now()
	value, err := s.Marshal()
	if err != nil {
		h.t.Fatal(err)
	}
	h.produce(kafka.Record{Topic: kafka.TopicStatus, Key: []byte(s.ID), Value: value})
}

// write applies operations as merge does.
func (h *house) write(ops ...results.Op) {
	h.t.Helper()
	h.offset++
	refused, err := h.writer.Apply(context.Background(), h.offset, ops)
	if err != nil || len(refused) > 0 {
		h.t.Fatal(refused, err)
	}
}

// live makes a query live, in Redis and in the status topic.
func (h *house) live(id string, epoch int64) {
	h.t.Helper()
	h.write(&results.Meta{Target: results.Target{ID: id, Epoch: epoch}, Fields: map[string]string{
		"epoch": fmt.Sprint(epoch), "status": "live", "started": "2026-01-01T00:00:00Z", "passed": "381912",
	}})
	h.status(wire.Status{ID: id, Epoch: epoch, Transition: wire.Live})
}

// submit puts a query, accepts it and makes it live.
func (h *house) submit(id, body string) int64 {
	h.t.Helper()
	if a := h.do(http.MethodPut, "/v1/queries/"+id, body); a.status != http.StatusAccepted {
		h.t.Fatalf("put %s: %d %s", id, a.status, a.text)
	}
	rec := h.next()
	h.accept(rec)
	h.live(id, rec.Offset)
	// The status may be read before the registry, whose record has the SQL.
	h.eventually(id+" live", func() bool {
		q := h.get("/v1/queries/" + id).body
		return q["state"] == "live" && q["sql"] != nil && fmt.Sprint(q["epoch"]) == fmt.Sprint(rec.Offset)
	})
	return rec.Offset
}

// events reads server-sent events.
type events struct {
	t       *testing.T
	openapi *openapi
	resp    *http.Response
	scan    *bufio.Scanner
}

type sse struct{ name, id, data string }

func (h *house) follow(path string, header ...string) *events {
	h.t.Helper()
	req, err := http.NewRequest(http.MethodGet, h.url+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := h.client.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	if ct := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || ct != "text/event-stream" {
		h.t.Fatalf("%s: %d %s", path, resp.StatusCode, ct)
	}
	if err := h.openapi.check(http.MethodGet, path, answer{status: resp.StatusCode, header: resp.Header}); err != nil {
		h.t.Errorf("%s: %v", path, err)
	}
	e := &events{t: h.t, openapi: h.openapi, resp: resp, scan: bufio.NewScanner(resp.Body)}
	e.scan.Buffer(nil, 1<<24)
	h.t.Cleanup(func() { resp.Body.Close() })
	return e
}

func (e *events) next() (sse, bool) {
	e.t.Helper()
	var ev sse
	for e.scan.Scan() {
		line := e.scan.Text()
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && ev.name != "":
			if err := e.openapi.event(ev); err != nil {
				e.t.Errorf("event %q: %v", ev, err)
			}
			return ev, true
		case name == "event":
			ev.name = value
		case name == "id":
			ev.id = value
		case name == "data":
			ev.data = value
		}
	}
	return ev, false
}

// until returns the events up to the first of that name.
func (e *events) until(name string) []sse {
	e.t.Helper()
	var all []sse
	for {
		ev, ok := e.next()
		if !ok {
			e.t.Fatalf("the stream ended before %s: %v", name, all)
		}
		all = append(all, ev)
		if ev.name == name {
			return all
		}
	}
}
