package faults

import (
	"context"
	"math/rand/v2"
	"strings"
	"syscall"
	"time"
)

// aimed is how long a fault waits for the moment that it is to strike at; then it
// strikes all the same.
const aimed = 4 * time.Second

// kill ends a service by SIGKILL; aimed, when it writes in a transaction or ends it,
// if it does so soon: before the broker hears of that, or when it has and the
// service has not heard of it.
func (h *harness) kill(ctx context.Context, s *service, aim bool, r *rand.Rand) blow {
	if aim {
		if r.IntN(3) == 0 {
			return h.killAt(ctx, s, s.kafka, true, aimed, producing)
		}
		return h.killAt(ctx, s, s.kafka, r.IntN(2) == 0, aimed, commit, checkpoint)
	}
	ids, balancing := s.ids(), s.redis != nil && s != h.fleet.shown && h.spyRebalance(ctx)
	b := blow{to: s.name, whose: s.name}
	b.did(balancing, rebalance)
	if !s.signal(syscall.SIGKILL) {
		return b
	}
	if len(ids) > 0 {
		b.ids = h.spy.ongoing(ctx, ids...)
	}
	b.did(s.left() > 0, restore)
	return b
}

// killAt kills a service at one of the moments on one of its links.
func (h *harness) killAt(ctx context.Context, s *service, l *link, after bool, patience time.Duration, moments ...moment) blow {
	b := blow{to: s.name, whose: s.name}
	struck := false
	t := newTrap(after, true, func(moment) { struck = s.signal(syscall.SIGKILL) }, moments...)
	if b.at(await(ctx, t, patience, l)); struck {
		b.did(s.left() > 0, restore)
	}
	return b
}

// killNow kills a service that restores.
func killNow(s *service) blow {
	b := blow{to: s.name, whose: s.name}
	if s.signal(syscall.SIGKILL) {
		b.did(s.left() > 0, restore)
	}
	return b
}

// killLate kills a service at one of the moments on a link, and has what it asked
// for arrive all the same, when others have long taken over.
func (h *harness) killLate(ctx context.Context, s *service, l *link, late time.Duration, moments ...moment) blow {
	b := blow{to: s.name, whose: s.name}
	b.at(await(ctx, newTrap(false, false, func(m moment) {
		if s.signal(syscall.SIGKILL); m != "" {
			pause(ctx, late)
		}
	}, moments...), aimed, l))
	return b
}

// killInFlush kills a scheduler between what it writes to Redis and the answer.
func (h *harness) killInFlush(ctx context.Context, s *service, r *rand.Rand) blow {
	return h.killAt(ctx, s, s.redis, r.IntN(2) == 0, aimed, writing)
}

// killAtStart kills a scheduler and then, when it is back and joins, restores or
// takes a fence, again.
func (h *harness) killAtStart(ctx context.Context, s *service, r *rand.Rand) blow {
	b := h.kill(ctx, s, true, r)
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until) && s.pid() == 0; {
		pause(ctx, 10*time.Millisecond)
	}
	after := r.IntN(2) == 0
	const patience = 9 * time.Second // a member that is gone is waited for
	var again blow
	switch r.IntN(5) {
	case 0:
		again = h.killAt(ctx, s, s.kafka, after, patience, joining)
		again.did(again.when == joining && h.spyRebalance(ctx), rebalance)
	case 1:
		again = h.killAt(ctx, s, s.kafka, after, patience, syncing)
	case 2: // the first transaction of merge is a claim
		again = h.killAt(ctx, s, s.kafka, after, patience, checkpoint)
	case 3:
		again = h.killAt(ctx, s, s.redis, after, patience, taking)
	default:
		again = h.inRestore(ctx, patience, killNow, s)
	}
	b.then = append(b.then, again)
	return b
}

// killAll kills all schedulers at once, when one of them ends a transaction.
func (h *harness) killAll(ctx context.Context) blow {
	var links []*link
	var ids []string
	for _, s := range h.fleet.schedulers {
		links, ids = append(links, s.kafka), append(ids, s.ids()...)
	}
	b := blow{to: "schedulers", whose: "scheduler"}
	b.at(await(ctx, newTrap(false, true, func(moment) {
		for _, s := range h.fleet.schedulers {
			s.signal(syscall.SIGKILL)
		}
	}, commit, checkpoint), aimed, links...))
	b.ids = h.spy.ongoing(ctx, ids...)
	return b
}

// freeze stops a service for a while, as a long pause of its machine would, in the
// middle of a transaction or when it writes results, if it does so soon.
func (h *harness) freeze(ctx context.Context, s *service, hold time.Duration) blow {
	b := blow{to: s.name, whose: s.name, hold: hold, lift: func(context.Context) error {
		s.signal(syscall.SIGCONT)
		return nil
	}}
	links := []*link{s.kafka}
	if s.redis != nil {
		links = append(links, s.redis)
	}
	fire := func(moment) { s.signal(syscall.SIGSTOP) }
	b.at(await(ctx, newTrap(false, false, fire, producing, writing), aimed, links...))
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
func (h *harness) skew(ctx context.Context, s *service, r *rand.Rand) blow {
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

// links are those of the services that run in ordinary times.
func (h *harness) links() []*link {
	var out []*link
	for _, s := range h.fleet.all[:3+schedulers] {
		if s == h.fleet.shown {
			continue
		}
		out = append(out, s.kafka)
		if s.redis != nil {
			out = append(out, s.redis)
		}
	}
	return out
}

// owner is the service that a link belongs to.
func (l *link) owner() string {
	name, _, _ := strings.Cut(l.name, "–")
	return name
}
