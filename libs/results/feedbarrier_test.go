package results_test

import (
	"bytes"
	"context"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/results"
)

// TestADropIsToldThoughItsMessageIsLate: between a feed's subscription and its
// first look the query is dropped and submitted again, and the messages about that
// are still on their way when the new query is seen. The feed waits for them.
func TestADropIsToldThoughItsMessageIsLate(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		w := taken(t, s, 0, 1)
		apply(t, w, 1, rows("a", 5, "[1]", `{"n":1}`))
		late := &lateMessages{}
		late.cond.L = &late.mu
		rdb := redis.NewClient(&redis.Options{Addr: s.addr, Dialer: late.dial})
		defer rdb.Close()
		rdb.AddHook(beforeHead(func() {
			late.hold()
			apply(t, w, 2, &results.Drop{Target: results.Target{ID: "a", Epoch: 9}})
			apply(t, w, 3, rows("a", 10, "[1]", `{"n":1}`))
			late.await()
		}))
		f := results.NewReader(rdb).Subscribe("a", &results.Position{Epoch: 5})
		defer f.Close()
		wantLives(t, lives(t, f, atEpoch(10)), "dropped 9", "begin 10 ")
	})
}

// beforeHead calls do once, before a feed first looks at what a query is.
func beforeHead(do func()) redis.Hook { return &headHook{do: sync.OnceFunc(do)} }

type headHook struct{ do func() }

func (h *headHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *headHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (h *headHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if slices.ContainsFunc(cmds, func(c redis.Cmder) bool {
			return slices.Contains(c.Args(), any(results.VersionsKey("a")))
		}) {
			h.do()
		}
		return next(ctx, cmds)
	}
}

// lateMessages holds back what subscribed connections have received, from hold on
// until something is asked over one of them.
type lateMessages struct {
	mu      sync.Mutex
	cond    sync.Cond
	holding bool
	held    bool // something is
}

func (l *lateMessages) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	return &lateConn{Conn: c, late: l}, err
}

func (l *lateMessages) hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holding = true
}

// await waits until something is held back.
func (l *lateMessages) await() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.held {
		l.cond.Wait()
	}
}

type lateConn struct {
	net.Conn
	late       *lateMessages
	subscribed bool
}

func (c *lateConn) Write(b []byte) (int, error) {
	c.late.mu.Lock()
	if c.subscribed = c.subscribed || bytes.Contains(bytes.ToLower(b), []byte("subscribe")); c.subscribed {
		c.late.holding = false // whoever asks reads on
		c.late.cond.Broadcast()
	}
	c.late.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *lateConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.late.mu.Lock()
	defer c.late.mu.Unlock()
	for c.late.holding && c.subscribed && err == nil {
		c.late.held = true
		c.late.cond.Broadcast()
		c.late.cond.Wait()
	}
	return n, err
}
