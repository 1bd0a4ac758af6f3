package faults

import (
	"context"
	"slices"
	"sync"
	"time"
)

// trap is laid on a link: it strikes once, when one of its moments comes, before
// the request reaches the server, or when its answer has come and not gone on.
type trap struct {
	moments []moment
	after   bool           // when the answer has come
	drop    bool           // what was about to pass is lost, and the connection with it
	fire    func(m moment) // what strikes; the connection stands still meanwhile
	sprung  chan struct{}  // closed when it has struck
	once    sync.Once
	hit     hit
}

// hit is when a trap has struck, and at which moment; "": at none, in the end.
type hit struct {
	moment moment
	at     time.Time
	after  bool // the server had answered
}

func newTrap(after, drop bool, fire func(moment), moments ...moment) *trap {
	return &trap{moments: moments, after: after, drop: drop, fire: fire, sprung: make(chan struct{})}
}

// spring has the trap strike, unless it has.
func (t *trap) spring(m moment) {
	t.once.Do(func() {
		t.hit = hit{m, time.Now(), t.after && m != ""}
		t.fire(m)
		close(t.sprung)
	})
}

// pending are the traps of a connection that wait for an answer.
type pending struct {
	mu     sync.Mutex
	trap   *trap
	moment moment
}

func (p *pending) wait(t *trap, m moment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trap, p.moment = t, m
}

// answer springs the trap that waits for an answer, and tells whether that passes.
func (p *pending) answer() bool {
	p.mu.Lock()
	t, m := p.trap, p.moment
	p.trap = nil
	p.mu.Unlock()
	if t == nil {
		return true
	}
	t.spring(m)
	return !t.drop || t.hit.moment == ""
}

// lay lays a trap.
func (l *link) lay(t *trap) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.traps = append(l.traps, t)
}

// lift takes a trap away.
func (l *link) lift(t *trap) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.traps = slices.DeleteFunc(l.traps, func(o *trap) bool { return o == t })
}

// request springs the trap that one of the moments belongs to, and tells whether
// the request passes.
func (l *link) request(seen []moment, asked *pending) bool {
	for _, m := range seen {
		l.mu.Lock()
		i := slices.IndexFunc(l.traps, func(t *trap) bool { return slices.Contains(t.moments, m) })
		var t *trap
		if i >= 0 {
			t = l.traps[i]
			l.traps = slices.Delete(l.traps, i, i+1)
		}
		l.mu.Unlock()
		switch {
		case t == nil:
		case t.after:
			asked.wait(t, m)
		default:
			if t.spring(m); t.drop && t.hit.moment != "" {
				return false
			}
		}
	}
	return true
}

// await lays a trap on links and waits until it has struck on one of them. If its
// moment does not come it strikes nevertheless, at none.
func await(ctx context.Context, t *trap, patience time.Duration, links ...*link) hit {
	for _, l := range links {
		l.lay(t)
	}
	select {
	case <-t.sprung:
	case <-ctx.Done():
	case <-time.After(patience):
	}
	for _, l := range links {
		l.lift(t)
	}
	t.spring("")
	<-t.sprung
	return t.hit
}
