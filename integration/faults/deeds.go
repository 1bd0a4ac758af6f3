package faults

import (
	"context"
	"math/rand/v2"
	"syscall"
	"time"
)

// kill ends a service by SIGKILL; aimed, at a moment when it has a transaction
// open, if one comes soon.
func (h *harness) kill(ctx context.Context, s *service, aim bool, r *rand.Rand) blow {
	b := blow{to: s.name}
	for try := 0; aim && try < 25; try++ {
		// Standing still, it cannot end the transaction that the broker tells of.
		if !s.signal(syscall.SIGSTOP) {
			break
		}
		if b.ids = h.spy.ongoing(ctx, append(s.ids(), "")...); len(b.ids) > 0 {
			break
		}
		s.signal(syscall.SIGCONT)
		pause(ctx, between(r, 5*time.Millisecond, 60*time.Millisecond))
	}
	if h.spyRebalance(ctx) {
		b.lost = append(b.lost, rebalance)
	}
	if len(b.ids) == 0 {
		ids := s.ids()
		s.signal(syscall.SIGKILL)
		if len(ids) > 0 {
			b.ids = h.spy.ongoing(ctx, ids...)
		}
		return b
	}
	s.signal(syscall.SIGKILL)
	return b
}

// killAtStart kills a scheduler and then, when it is back and joins, restores or
// takes its slot, again.
func (h *harness) killAtStart(ctx context.Context, s *service, r *rand.Rand) blow {
	b := h.kill(ctx, s, false, r)
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until) && len(s.ids()) == 0; {
		pause(ctx, 10*time.Millisecond)
	}
	pause(ctx, between(r, 0, 1500*time.Millisecond))
	again := h.kill(ctx, s, false, r)
	b.ids, b.lost = append(b.ids, again.ids...), append(b.lost, again.lost...)
	return b
}

// killAll kills all schedulers at once.
func (h *harness) killAll(ctx context.Context) blow {
	b := blow{to: "schedulers"}
	var ids []string
	for _, s := range h.fleet.schedulers {
		ids = append(ids, s.ids()...)
		s.signal(syscall.SIGKILL)
	}
	if len(ids) > 0 {
		b.ids = h.spy.ongoing(ctx, ids...)
	}
	return b
}

// freeze stops a service for a while, as a long pause of its machine would.
func (h *harness) freeze(_ context.Context, s *service, hold time.Duration) blow {
	s.signal(syscall.SIGSTOP)
	return blow{to: s.name, hold: hold, lift: func(context.Context) error {
		s.signal(syscall.SIGCONT)
		return nil
	}}
}

// storm has schedulers leave and join every two seconds, down to one, up to four.
func (h *harness) storm(ctx context.Context, r *rand.Rand) blow {
	b := blow{to: "schedulers", lift: func(context.Context) error { return h.fleetOf(schedulers) }}
	all := h.fleet.schedulers
	up := []bool{true, true, true, false}
	for _, want := range []int{1, 4, 1, 3} {
		for count := 0; ; pause(ctx, 2*time.Second) {
			if count = 0; h.spyRebalance(ctx) {
				b.lost = append(b.lost, rebalance)
			}
			for _, u := range up {
				if u {
					count++
				}
			}
			if count == want || ctx.Err() != nil {
				break
			}
			i := r.IntN(len(all))
			for up[i] != (count > want) {
				i = (i + 1) % len(all)
			}
			if up[i] = !up[i]; up[i] {
				if b.err = all[i].start(); b.err != nil {
					return b
				}
			} else {
				go all[i].down(syscall.SIGTERM, drainPatience)
			}
		}
	}
	return b
}

// drainPatience is how long a service may take to end gracefully: its drain
// setting and what a busy machine adds.
const drainPatience = 30 * time.Second

// fleetOf has exactly the first n schedulers run.
func (h *harness) fleetOf(n int) error {
	for i, s := range h.fleet.schedulers {
		if i >= n {
			s.down(syscall.SIGTERM, drainPatience)
			continue
		}
		if err := s.start(); err != nil {
			return err
		}
	}
	return nil
}

// skew starts a service anew with a clock that is an hour off, and later again
// with a right one.
func (h *harness) skew(ctx context.Context, r *rand.Rand) blow {
	s := one(r, h.fleet.schedulers[0], h.fleet.schedulers[1], h.fleet.schedulers[2], h.fleet.monitor, h.fleet.parser)
	off := one(r, "1h", "-1h")
	set := func(env []string) {
		s.mu.Lock()
		s.env = env
		s.mu.Unlock()
	}
	set([]string{"MILLRACE_CLOCK_OFFSET=" + off})
	b := h.kill(ctx, s, true, r)
	b.to += " by " + off
	b.hold = between(r, 4*time.Second, 12*time.Second)
	b.lift = func(context.Context) error {
		set(nil)
		s.signal(syscall.SIGKILL)
		return nil
	}
	return b
}

// spyRebalance tells whether one of the groups is being rebalanced.
func (h *harness) spyRebalance(ctx context.Context) bool { return len(h.spy.rebalancing(ctx)) > 0 }

// kafkaBack waits until the broker answers, after it was away.
func (h *harness) kafkaBack(ctx context.Context) error {
	return listening(ctx, h.broker.direct, time.Minute)
}

// redisBack waits until Redis answers, after it was away.
func (h *harness) redisBack(ctx context.Context) error {
	if err := listening(ctx, h.store.direct, time.Minute); err != nil {
		return err
	}
	for until := time.Now().Add(time.Minute); ; {
		err := h.store.client.Ping(ctx).Err()
		if err == nil || time.Now().After(until) || !pause(ctx, 50*time.Millisecond) {
			return err
		}
	}
}

// links are those of the services that run in ordinary times.
func (h *harness) links() []*link {
	var out []*link
	for _, s := range h.fleet.all[:3+schedulers] {
		out = append(out, s.kafka)
		if s.redis != nil && s != h.fleet.shown {
			out = append(out, s.redis)
		}
	}
	return out
}
