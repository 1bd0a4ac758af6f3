package results

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	maxQueue    = 1 << 20          // bytes of messages that wait for a slow reader
	idleTimeout = 10 * time.Second // then the connection is asked whether it lives
	firstPause  = 50 * time.Millisecond
	lastPause   = 2 * time.Second
)

// pump receives a channel's messages into a bounded queue. When the queue is full
// or the connection broke it forgets all and says so: the reader reads again.
type pump struct {
	rdb     redis.UniversalClient
	channel string
	wake    chan struct{} // capacity 1: something below changed
	done    chan struct{}
	cancel  context.CancelFunc

	mu     sync.Mutex
	sub    *redis.PubSub
	queue  []string
	bytes  int
	up     bool // subscribed
	missed bool // messages were lost since the last restart
	asked  int  // number of the last ping
	ponged int  // number of the last pong
}

func startPump(rdb redis.UniversalClient, channel string) *pump {
	ctx, cancel := context.WithCancel(context.Background())
	p := &pump{rdb: rdb, channel: channel, wake: make(chan struct{}, 1), done: make(chan struct{}), cancel: cancel}
	go p.run(ctx)
	return p
}

// stop ends the pump and waits for it.
func (p *pump) stop() {
	p.cancel()
	p.mu.Lock()
	if p.sub != nil {
		p.sub.Close()
	}
	p.mu.Unlock()
	<-p.done
}

func (p *pump) run(ctx context.Context) {
	defer close(p.done)
	pause := firstPause
	for ctx.Err() == nil {
		sub := p.rdb.Subscribe(ctx, p.channel)
		p.mu.Lock()
		p.sub = sub
		p.mu.Unlock()
		if p.receive(ctx, sub) {
			pause = firstPause
		}
		sub.Close()
		p.down()
		select {
		case <-ctx.Done():
		case <-time.After(pause):
			pause = min(2*pause, lastPause)
		}
	}
}

// receive takes messages until the connection breaks, and reports whether there
// was one.
func (p *pump) receive(ctx context.Context, sub *redis.PubSub) bool {
	subscribed, quiet := false, false
	for ctx.Err() == nil {
		msg, err := sub.ReceiveTimeout(ctx, idleTimeout)
		if err != nil {
			var timeout net.Error
			if !subscribed || quiet || !errors.As(err, &timeout) || !timeout.Timeout() || sub.Ping(ctx) != nil {
				return subscribed
			}
			quiet = true
			continue
		}
		quiet = false
		switch m := msg.(type) {
		case *redis.Subscription:
			if subscribed { // go-redis has connected again by itself
				p.down()
			}
			subscribed = true
			p.set(func() { p.up = true })
		case *redis.Message:
			p.set(func() { p.push(m.Payload) })
		case *redis.Pong:
			if n, err := strconv.Atoi(m.Payload); err == nil {
				p.set(func() { p.ponged = n })
			}
		}
	}
	return subscribed
}

func (p *pump) push(payload string) {
	if p.bytes+len(payload) > maxQueue {
		p.queue, p.bytes, p.missed = nil, 0, true
		return
	}
	p.queue = append(p.queue, payload)
	p.bytes += len(payload)
}

func (p *pump) down() {
	p.set(func() { p.queue, p.bytes, p.up, p.missed = nil, 0, false, true })
}

func (p *pump) set(f func()) {
	p.mu.Lock()
	f()
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// restart waits until the channel is subscribed, and takes what came so far off
// the queue.
func (p *pump) restart(ctx context.Context) (came []string, err error) {
	err = p.wait(ctx, func() bool {
		if p.up {
			came = p.queue
			p.queue, p.bytes, p.missed = nil, 0, false
		}
		return p.up
	})
	return came, err
}

// barrier returns once every message that was published before the call is in
// the queue, or messages were missed.
func (p *pump) barrier(ctx context.Context) error {
	p.mu.Lock()
	p.asked++
	n, sub := p.asked, p.sub
	p.mu.Unlock()
	if err := sub.Ping(ctx, strconv.Itoa(n)); err != nil {
		return classify(err)
	}
	return p.wait(ctx, func() bool { return p.ponged >= n || p.missed })
}

// waiting returns what has come and leaves it there.
func (p *pump) waiting() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.queue)
}

// take returns all that has come, and whether something was missed.
func (p *pump) take() (queue []string, missed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	queue, p.queue, p.bytes = p.queue, nil, 0
	return queue, p.missed
}

// next waits for messages or for a loss.
func (p *pump) next(ctx context.Context) (queue []string, missed bool, err error) {
	if err := p.wait(ctx, func() bool { return len(p.queue) > 0 || p.missed }); err != nil {
		return nil, false, err
	}
	queue, missed = p.take()
	return queue, missed, nil
}

func (p *pump) wait(ctx context.Context, ready func() bool) error {
	for {
		p.mu.Lock()
		ok := ready()
		p.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.done:
			return net.ErrClosed
		case <-p.wake:
		}
	}
}
