package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/metrics"
)

// AdminRoutes adds GET /healthz (the process answers), /readyz (its conditions
// hold; 503 if not; the body lists them, and the notes) and /metrics (of
// registry) to mux.
func AdminRoutes(mux *http.ServeMux, registry *metrics.Registry, ready *Readiness) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{\"status\":\"ok\"}\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		conditions, ok := ready.Conditions()
		body, err := json.Marshal(struct {
			Ready      bool              `json:"ready"`
			Conditions map[string]string `json:"conditions"`
			Notes      map[string]string `json:"notes,omitempty"`
		}{ok, conditions, ready.Notes()})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if !ok {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write(append(body, '\n'))
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		families, err := registry.Gather()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", metrics.ContentType)
		_ = metrics.WriteText(w, families)
	})
}

// Serve answers on address until ctx ends; then it takes no new requests and
// gives those in hand up to seven eighths of drain to finish, after which they are
// cut off (that is no error: an event stream never finishes by itself). It fails
// at once when it cannot listen.
func Serve(ctx context.Context, log *slog.Logger, address string, handler http.Handler, drain time.Duration) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (choose another address with --listen): %w", address, err)
	}
	return ServeListener(ctx, log, listener, handler, drain)
}

// ServeListener is [Serve] on a listener that is open already; it closes it.
func ServeListener(ctx context.Context, log *slog.Logger, listener net.Listener, handler http.Handler, drain time.Duration) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	log.Info("listening", "address", listener.Addr().String())
	select {
	case err := <-served:
		return fmt.Errorf("http server on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	// The rest is for ending: whoever waits for this waits no longer than drain.
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain-drain/8)
	defer cancel()
	err := server.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	<-served
	if err != nil {
		return fmt.Errorf("http server on %s: shutdown: %w", listener.Addr(), err)
	}
	return nil
}
