package faults

import (
	"context"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/millrace/millrace/integration/ledger"
)

const (
	kafkaEnds = 40 * time.Second // how long the broker may take to end, told to
	redisEnds = 20 * time.Second
)

// onRequest strikes a server at one of the moments on links; fire is done then, and
// the request waits for it.
func onRequest(ctx context.Context, b blow, links []*link, fire func(), moments ...moment) blow {
	b.broke(await(ctx, newTrap(false, false, func(moment) { fire() }, moments...), aimed, links...))
	return b
}

// toKafka strikes the broker when it is asked to end a transaction.
func (h *harness) toKafka(ctx context.Context, fire func()) blow {
	var links []*link
	for _, s := range h.fleet.all {
		if s != h.fleet.shown {
			links = append(links, s.kafka)
		}
	}
	return onRequest(ctx, blow{to: "kafka"}, links, fire, commit, checkpoint)
}

// toRedis strikes Redis when it is asked to write results.
func (h *harness) toRedis(ctx context.Context, fire func()) blow {
	var links []*link
	for _, s := range h.fleet.schedulers {
		links = append(links, s.redis)
	}
	return onRequest(ctx, blow{to: "redis", whose: "scheduler"}, links, fire, writing)
}

// stopKafka has the broker stand still.
func (h *harness) stopKafka(ctx context.Context, hold time.Duration) blow {
	b := h.toKafka(ctx, func() { h.broker.signal(syscall.SIGSTOP) }).onlyLate()
	b.hold, b.lift = hold, h.broker.goOn
	return b
}

// killKafka kills the broker, which has not heard the last request.
func (h *harness) killKafka(ctx context.Context, away time.Duration) blow {
	b := h.toKafka(ctx, func() { h.broker.signal(syscall.SIGSTOP) })
	b.err, b.lift = h.broker.restart(ctx, syscall.SIGKILL, kafkaEnds, away), h.kafkaBack
	return b
}

// restartKafka has the broker end and starts it again.
func (h *harness) restartKafka(ctx context.Context, away time.Duration) blow {
	return blow{to: "kafka", at: time.Now(), err: h.broker.restart(ctx, syscall.SIGTERM, kafkaEnds, away), lift: h.kafkaBack}
}

// stopRedis has Redis stand still.
func (h *harness) stopRedis(ctx context.Context, hold time.Duration) blow {
	b := h.toRedis(ctx, func() { h.store.signal(syscall.SIGSTOP) }).onlyLate()
	b.hold, b.lift = hold, h.store.goOn
	return b
}

// restartRedis ends Redis, by SIGKILL before it has heard the last request, and
// starts it again.
func (h *harness) restartRedis(ctx context.Context, sig syscall.Signal, away time.Duration) blow {
	b := h.toRedis(ctx, func() {
		if sig == syscall.SIGKILL {
			h.store.signal(syscall.SIGSTOP)
		}
	})
	b.err, b.lift = h.store.restart(ctx, sig, redisEnds, away), h.redisBack
	if sig != syscall.SIGKILL {
		return b.onlyLate() // it has answered before it ended: the logs tell
	}
	return b
}

// onlyLate says that what it has held up goes on afterwards, and was not
// interrupted: if it was, the logs tell.
func (b blow) onlyLate() blow {
	for _, k := range b.lost {
		b.slowed(k)
	}
	b.lost = nil
	return b
}

// slowRedis has Redis take no writes for a while.
func (h *harness) slowRedis(ctx context.Context, hold time.Duration) blow {
	var err error
	b := h.toRedis(ctx, func() { err = h.store.client.Do(ctx, "CLIENT", "PAUSE", hold.Milliseconds(), "WRITE").Err() }).onlyLate()
	b.hold, b.err = hold, err
	return b
}

// flushAll has Redis lose everything in the middle of a flush.
func (h *harness) flushAll(ctx context.Context) blow {
	var err error
	b := h.toRedis(ctx, func() {
		h.observer.lose()
		err = h.store.client.FlushAll(ctx).Err()
		h.observer.lose() // what was seen in between
	})
	b.err = err
	return b
}

// turnRedisBack starts Redis again over what it had a while before.
func (h *harness) turnRedisBack(ctx context.Context, r *rand.Rand) blow {
	at, err := h.store.turnBack(ctx, time.Second, ledger.Between(r, 0, 2*time.Second), h.observer.lose)
	return blow{to: "redis", whose: "scheduler", at: at, err: err, lift: h.redisBack}
}

// kafkaBack waits until the broker answers, after it was away.
func (h *harness) kafkaBack(ctx context.Context) error {
	err := listening(ctx, h.broker.direct, time.Minute)
	if err == nil {
		h.broker.listens()
	}
	return err
}

// redisBack waits until Redis answers, after it was away.
func (h *harness) redisBack(ctx context.Context) error {
	if err := listening(ctx, h.store.direct, time.Minute); err != nil {
		return err
	}
	for until := time.Now().Add(time.Minute); ; {
		err := h.store.client.Ping(ctx).Err()
		if err == nil || time.Now().After(until) || !ledger.Pause(ctx, 50*time.Millisecond) {
			return err
		}
	}
}

// sever does something to a link when a transaction is ended over it, or results
// are written. What is held up is not interrupted by that, nor what is answered: only
// where the request is lost.
func (h *harness) sever(ctx context.Context, l *link, after, lost bool, do func(), hold time.Duration, heal func()) blow {
	b := blow{to: l.name, whose: l.owner(), hold: hold, lift: func(context.Context) error { heal(); return nil }}
	b.broke(await(ctx, newTrap(after, lost, func(moment) { do() }, commit, checkpoint, writing), aimed, l))
	if !lost {
		return b.onlyLate()
	}
	return b
}
