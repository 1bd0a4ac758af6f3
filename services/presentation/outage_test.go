package presentation_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/presentation"
)

// closedPort returns an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// nothing starts the service without Kafka and Redis.
func nothing(t *testing.T, o *openapi, use func(h *house)) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h := &house{t: t, url: "http://" + listener.Addr().String(), openapi: o, client: &http.Client{Transport: &http.Transport{}}, ended: make(chan error, 1)}
	go func() {
		h.ended <- presentation.Run(ctx, presentation.Config{
			Kafka: kafka.Config{Brokers: []string{closedPort(t)}}, Redis: results.Server{Addr: closedPort(t)}, Listener: listener, Drain: time.Second,
		})
	}()
	defer func() {
		h.client.CloseIdleConnections()
		cancel()
		if err := <-h.ended; err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	use(h)
}

// TestNothingThere asks the service without Kafka and Redis: it answers what it
// can and says what is missing.
func TestNothingThere(t *testing.T) {
	nothing(t, loadOpenAPI(t), func(h *house) { nothingThere(t, h) })
}

func nothingThere(t *testing.T, h *house) {
	t.Helper()
	if a := h.get("/healthz"); a.status != 200 {
		t.Errorf("%d", a.status)
	}
	h.eventually("told", func() bool {
		a := h.get("/readyz")
		return a.status == 503 && strings.Contains(a.text, "cannot be reached") && strings.Contains(a.text, "redis is unavailable") ||
			a.status == 503 && strings.Contains(a.text, "connection refused") && strings.Contains(a.text, "redis is unavailable")
	})
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/v1/queries", "", 503},
		{"GET", "/v1/queries/q", "", 503},
		{"GET", "/v1/queries/q/results", "", 503},
		{"DELETE", "/v1/queries?confirm=all", "", 503},
		{"PUT", "/v1/queries/q", countEN, 503},
		{"PUT", "/v1/queries/q", `{"sql":"SELECT lagn FROM tweets"}`, 422},
	} {
		if a := h.do(c.method, c.path, c.body); a.status != c.status {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.text)
		}
	}
}

// TestRedisComesBack takes Redis away from a running service.
func TestRedisComesBack(t *testing.T) {
	m := miniredis.RunT(t)
	h := openWith(t, m.Addr())
	epoch := h.submit("q", countEN)
	set := func(row string) {
		h.write(&results.Rows{Target: results.Target{ID: "q", Epoch: epoch}, Set: map[string][]byte{"[1]": []byte(row)}})
	}
	set(`{"n":1}`)
	e := h.follow("/v1/queries/q/changes")
	e.until("ready")
	m.Close()
	if a := h.get("/v1/queries/q/results"); a.status != 503 || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.text)
	}
	h.eventually("not ready", func() bool { return h.get("/readyz").status == 503 })
	if a := h.get("/v1/queries"); a.status != 200 {
		t.Errorf("the list needs no Redis: %d %s", a.status, a.text)
	}
	if err := m.Restart(); err != nil {
		t.Fatal(err)
	}
	h.eventually("ready", func() bool { return h.get("/readyz").status == 200 })
	set(`{"n":2}`)
	for {
		ev, ok := e.next()
		if !ok {
			t.Fatal("the stream ended")
		}
		if strings.Contains(ev.data, `{"n":2}`) {
			break
		}
	}
}
