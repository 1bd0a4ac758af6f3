package faults

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// direction of bytes on a link.
type direction int

const (
	out direction = iota // from the service to the server
	in                   // back
)

// link is a TCP proxy between one service and one server, that can be cut, stalled
// in one direction, or slowed, and that sees what is asked of the server.
type link struct {
	name     string
	address  string // where the service connects to
	target   string
	redis    bool // the server is a Redis, else a Kafka
	listener net.Listener

	mu      sync.Mutex
	severed bool
	stalled [2]chan struct{} // closed when the direction goes on; nil: it does
	delay   time.Duration    // of every chunk
	harmed  time.Time        // when something was last done to it
	conns   map[net.Conn]struct{}
	traps   []*trap
	wg      sync.WaitGroup
}

// newLink returns a link that is open; the end of its name says what the server is.
func newLink(name, address, target string) (*link, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	k := &link{
		name: name, address: l.Addr().String(), target: target, redis: strings.HasSuffix(name, "–redis"),
		listener: l, conns: map[net.Conn]struct{}{},
	}
	k.wg.Go(k.serve)
	return k, nil
}

func (l *link) serve() {
	for {
		c, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.wg.Go(func() { l.handle(c) })
	}
}

func (l *link) handle(c net.Conn) {
	if !l.add(c) {
		_ = c.Close()
		return
	}
	defer l.remove(c)
	s, err := net.DialTimeout("tcp", l.target, 3*time.Second)
	if err != nil {
		return
	}
	if !l.add(s) {
		_ = s.Close()
		return
	}
	defer l.remove(s)
	done := make(chan struct{})
	var once sync.Once
	end := func() {
		once.Do(func() { close(done) })
		_ = c.Close()
		_ = s.Close()
	}
	var asked pending
	look := &sight{redis: l.redis}
	var wg sync.WaitGroup
	wg.Go(func() {
		defer end()
		l.copy(s, c, out, done, func(b []byte) bool { return l.request(look.look(b), &asked) })
	})
	wg.Go(func() {
		defer end()
		l.copy(c, s, in, done, func([]byte) bool { return asked.answer() })
	})
	wg.Wait()
}

// copy copies what see lets through.
func (l *link) copy(to io.Writer, from io.Reader, d direction, done <-chan struct{}, see func([]byte) bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if !see(buf[:n]) || !l.pass(d, done) {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// pass waits until a chunk may go on; false if the connection is closed before.
func (l *link) pass(d direction, done <-chan struct{}) bool {
	for {
		l.mu.Lock()
		stalled, delay := l.stalled[d], l.delay
		l.mu.Unlock()
		if stalled == nil {
			if delay > 0 {
				select {
				case <-done:
					return false
				case <-time.After(delay):
				}
			}
			return true
		}
		select {
		case <-done:
			return false
		case <-stalled:
		}
	}
}

func (l *link) add(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.severed {
		return false
	}
	l.conns[c] = struct{}{}
	return true
}

func (l *link) remove(c net.Conn) {
	l.mu.Lock()
	delete(l.conns, c)
	l.mu.Unlock()
	_ = c.Close()
}

// sever closes all connections, and lets none be made until restored.
func (l *link) sever() { l.mu.Lock(); l.severed = true; l.mu.Unlock(); l.reset() }

// wasHarmed tells whether something was wrong with the link at some time since.
func (l *link) wasHarmed(since time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wrong() || l.harmed.After(since)
}

// wrong tells whether something is wrong with the link; it is locked.
func (l *link) wrong() bool {
	return l.severed || l.delay > 0 || l.stalled[in] != nil || l.stalled[out] != nil
}

// reset closes all connections; new ones may be made.
func (l *link) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.harmed = time.Now()
	for c := range l.conns {
		_ = c.Close()
	}
}

// stall holds back what goes in a direction; connections stay.
func (l *link) stall(d direction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stalled[d] == nil {
		l.stalled[d] = make(chan struct{})
	}
}

// slow delays every chunk.
func (l *link) slow(d time.Duration) { l.mu.Lock(); l.delay = d; l.mu.Unlock() }

// heal ends whatever is wrong with the link. What was held back arrives late.
func (l *link) heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wrong() {
		l.harmed = time.Now()
	}
	l.severed, l.delay = false, 0
	for d, c := range l.stalled {
		if c != nil {
			close(c)
			l.stalled[d] = nil
		}
	}
}

func (l *link) close() error {
	err := l.listener.Close()
	l.sever()
	l.heal()
	l.wg.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
