package faults

import (
	"context"
	"math/rand/v2"
	"syscall"
	"time"
)

// fault is one thing that goes wrong.
type fault struct {
	name   string
	weight int
	needs  func(h *harness) string // why it cannot be done here; "" if it can
	poison bool                    // it interrupts nothing, and is not asked to

	// strike does it. It returns to whom it was done, how long it lasts, and what
	// ends it; nil if it is over at once.
	strike func(ctx context.Context, h *harness, r *rand.Rand) blow
}

// blow is a fault that has been done.
type blow struct {
	to   string
	ids  []string // transactional ids whose open transactions it has interrupted
	lost []kind   // what else it is known to have interrupted
	hold time.Duration
	lift func(ctx context.Context) error
	err  error
}

// all faults. How often each is drawn follows from its weight.
func faultTable() []fault {
	seconds := func(r *rand.Rand, low, high float64) time.Duration {
		return between(r, time.Duration(low*float64(time.Second)), time.Duration(high*float64(time.Second)))
	}
	kill := func(of func(h *harness, r *rand.Rand) *service, aim bool) func(context.Context, *harness, *rand.Rand) blow {
		return func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.kill(ctx, of(h, r), aim, r) }
	}
	freeze := func(of func(h *harness, r *rand.Rand) *service, low, high float64) func(context.Context, *harness, *rand.Rand) blow {
		return func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.freeze(ctx, of(h, r), seconds(r, low, high))
		}
	}
	scheduler := func(h *harness, r *rand.Rand) *service { return one(r, h.fleet.schedulers[:schedulers]...) }
	monitor := func(h *harness, _ *rand.Rand) *service { return h.fleet.monitor }
	parser := func(h *harness, _ *rand.Rand) *service { return h.fleet.parser }
	anyLink := func(h *harness, r *rand.Rand) *link { return one(r, h.links()...) }
	linked := func(do func(l *link), again bool, low, high float64) func(context.Context, *harness, *rand.Rand) blow {
		return func(_ context.Context, h *harness, r *rand.Rand) blow {
			l := anyLink(h, r)
			do(l)
			hold, anew := seconds(r, low, high), again && r.IntN(2) == 0
			return blow{to: l.name, hold: hold, lift: func(context.Context) error {
				l.heal()
				if anew {
					l.reset()
				}
				return nil
			}}
		}
	}
	return []fault{
		{name: "kill-scheduler", weight: 6, strike: kill(scheduler, false)},
		{name: "kill-scheduler-in-transaction", weight: 10, strike: kill(scheduler, true)},
		{name: "kill-scheduler-at-start", weight: 6, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.killAtStart(ctx, scheduler(h, r), r)
		}},
		{name: "kill-all-schedulers", weight: 3, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.killAll(ctx) }},
		{name: "kill-monitor", weight: 5, strike: kill(monitor, true)},
		{name: "kill-parser", weight: 5, strike: kill(parser, true)},
		{name: "kill-presentation", weight: 1, strike: kill(func(h *harness, _ *rand.Rand) *service { return h.fleet.shown }, false)},
		{name: "stop-scheduler-shortly", weight: 3, strike: freeze(scheduler, 1, 5)},
		{name: "stop-scheduler-over-session", weight: 4, strike: freeze(scheduler, 7, 9)},
		{name: "stop-scheduler-over-transaction", weight: 5, strike: freeze(scheduler, 11, 16)},
		{name: "stop-monitor", weight: 2, strike: freeze(monitor, 2, 14)},
		{name: "stop-parser", weight: 2, strike: freeze(parser, 2, 14)},
		{name: "kafka-restart", weight: 2, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return blow{to: "kafka", err: h.broker.restart(ctx, syscall.SIGTERM, seconds(r, 0, 4)), lift: h.kafkaBack}
		}},
		{name: "kafka-kill", weight: 3, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return blow{to: "kafka", err: h.broker.restart(ctx, syscall.SIGKILL, seconds(r, 0, 4)), lift: h.kafkaBack}
		}},
		{name: "kafka-stop", weight: 3, strike: func(_ context.Context, h *harness, r *rand.Rand) blow {
			h.broker.signal(syscall.SIGSTOP)
			return blow{to: "kafka", hold: seconds(r, 1, 14), lift: func(context.Context) error { h.broker.signal(syscall.SIGCONT); return nil }}
		}},
		{name: "redis-restart", weight: 2, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return blow{to: "redis", err: h.store.restart(ctx, syscall.SIGTERM, seconds(r, 0, 5)), lift: h.redisBack}
		}},
		{name: "redis-kill", weight: 2, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return blow{to: "redis", err: h.store.restart(ctx, syscall.SIGKILL, seconds(r, 0, 5)), lift: h.redisBack}
		}},
		{name: "redis-stop", weight: 2, strike: func(_ context.Context, h *harness, r *rand.Rand) blow {
			h.store.signal(syscall.SIGSTOP)
			return blow{to: "redis", hold: seconds(r, 1, 9), lift: func(context.Context) error { h.store.signal(syscall.SIGCONT); return nil }}
		}},
		{name: "redis-flushall", weight: 3, strike: func(ctx context.Context, h *harness, _ *rand.Rand) blow {
			h.observer.lose()
			err := h.store.client.FlushAll(ctx).Err()
			h.observer.lose() // what was seen in between
			return blow{to: "redis", err: err}
		}},
		{name: "redis-turned-back", weight: 3, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			err := h.store.turnBack(ctx, time.Second, seconds(r, 0, 2), h.observer.lose)
			return blow{to: "redis", err: err, lift: h.redisBack}
		}},
		{name: "redis-slow", weight: 2, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			d := seconds(r, 1, 8)
			return blow{to: "redis", hold: d, err: h.store.client.Do(ctx, "CLIENT", "PAUSE", d.Milliseconds(), "WRITE").Err()}
		}},
		{name: "link-cut", weight: 4, strike: linked((*link).sever, false, 0.5, 12)},
		{name: "link-blink", weight: 3, strike: linked((*link).reset, false, 0, 0.1)},
		{name: "link-stalled-out", weight: 4, strike: linked(func(l *link) { l.stall(out) }, true, 0.5, 14)},
		{name: "link-stalled-in", weight: 4, strike: linked(func(l *link) { l.stall(in) }, true, 0.5, 14)},
		{name: "link-slow", weight: 2, strike: func(_ context.Context, h *harness, r *rand.Rand) blow {
			l := anyLink(h, r)
			l.slow(between(r, 10*time.Millisecond, 250*time.Millisecond))
			return blow{to: l.name, hold: seconds(r, 3, 10), lift: func(context.Context) error { l.heal(); return nil }}
		}},
		{name: "storm", weight: 3, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.storm(ctx, r) }},
		{name: "disk-full-folder", weight: 2, needs: (*harness).needsMounts, strike: func(_ context.Context, h *harness, r *rand.Rand) blow {
			return h.fill(h.folderDisk, seconds(r, 1, 5), nil)
		}},
		{name: "disk-full-kafka", weight: 2, needs: (*harness).needsMounts, strike: func(_ context.Context, h *harness, r *rand.Rand) blow {
			return h.fill(h.kafkaDisk, seconds(r, 1, 5), h.kafkaBack)
		}},
		{name: "clock", weight: 3, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.skew(ctx, r) }},
		{name: "poison-queries", weight: 1, poison: true, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.poisonQueries(ctx, r) }},
		{name: "poison-tweets", weight: 2, poison: true, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.poisonTweets(ctx, r) }},
		{name: "poison-others", weight: 1, poison: true, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.poisonOthers(ctx, r) }},
	}
}
