package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// reachEvery is how often an outage is mentioned.
const reachEvery = 10 * time.Second

// Reach says in the log that brokers cannot be reached, and that they answer
// again: clients retry for ever and would otherwise do so in silence. One that
// all clients of a process share says it once for all of them: at once, then
// every ten seconds. What else they meet is logged at level debug.
type Reach struct {
	log *slog.Logger

	mu    sync.Mutex
	lost  map[string]bool // addresses that could not be reached last
	since time.Time       // of the outage; zero while there is none
	said  time.Time       // when it was last mentioned
}

// NewReach returns a Reach that writes to log.
func NewReach(log *slog.Logger) *Reach {
	return &Reach{log: log, lost: map[string]bool{}}
}

// told reports whether the log has told of an outage that lasts. A nil Reach has
// told nothing.
func (r *Reach) told() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.since.IsZero()
}

func (r *Reach) failed(addr string, err error) {
	now := time.Now()
	r.mu.Lock()
	if r.since.IsZero() {
		r.since = now
	}
	r.lost[addr] = true
	lasts, say := now.Sub(r.since), r.said.IsZero() || now.Sub(r.said) >= reachEvery
	if say {
		r.said = now
	}
	r.mu.Unlock()
	level, duration := slog.LevelDebug, ""
	if say {
		level = slog.LevelWarn
	}
	if lasts >= time.Second {
		duration = fmt.Sprintf(", for %s now", lasts.Round(time.Second))
	}
	r.log.Log(context.Background(), level, fmt.Sprintf("cannot reach Kafka at %s: %v; retrying%s", addr, err, duration))
}

// answered ends the outage at the first address that could not be reached and
// can be now: of the others clients may never try some again. Those that they
// try in vain are an outage anew.
func (r *Reach) answered(addr string) {
	r.mu.Lock()
	over := r.lost[addr]
	lasted := time.Since(r.since)
	if over {
		clear(r.lost)
		r.since, r.said = time.Time{}, time.Time{}
	}
	r.mu.Unlock()
	if over {
		r.log.Info(fmt.Sprintf("Kafka at %s answers again, after %s", addr, lasted.Round(time.Second)))
	}
}

// reachHook tells a Reach of one client's connections.
type reachHook struct {
	cfg   Config
	reach *Reach
}

// OnBrokerConnect implements kgo.HookBrokerConnect.
func (h *reachHook) OnBrokerConnect(meta kgo.BrokerMetadata, _ time.Duration, conn net.Conn, err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, kgo.ErrClientClosed) {
		return // the client was closed while it dialled
	}
	addr := net.JoinHostPort(meta.Host, fmt.Sprint(meta.Port))
	switch {
	case err == nil:
		h.reach.answered(addr)
	case conn != nil && timedOut(err):
		h.reach.failed(addr, errSilent)
	default:
		h.reach.failed(addr, h.cfg.advise(err))
	}
}
