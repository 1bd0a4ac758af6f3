package faults

import (
	"context"
	"math/rand/v2"
	"strings"
	"syscall"
	"time"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/wire"
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
			return h.killAt(ctx, s, s.kafka, r.IntN(2) == 0, aimed, producing)
		}
		return h.killAt(ctx, s, s.kafka, r.IntN(2) == 0, aimed, commit, checkpoint)
	}
	ids, balancing := s.ids(), s.redis != nil && s != h.fleet.shown && h.spyRebalance(ctx)
	b := blow{to: s.name, whose: s.name, at: time.Now()}
	run, hit := s.strike(syscall.SIGKILL)
	if !hit {
		return b
	}
	b.did(balancing, rebalance)
	h.killed(ctx, &b, s, run, ids)
	return b
}

// killed notes what the end of a run has interrupted: the transactions that the
// broker holds open, and its restores.
func (h *harness) killed(ctx context.Context, b *blow, s *service, r *run, ids []string) {
	if len(ids) > 0 {
		b.ids = h.spy.ongoing(ctx, ids...)
	}
	b.did(s.left(r) > 0, restore)
}

// killAt kills a service at one of the moments on one of its links.
func (h *harness) killAt(ctx context.Context, s *service, l *link, after bool, patience time.Duration, moments ...moment) blow {
	b := blow{to: s.name, whose: s.name}
	ids := s.ids()
	var r *run
	at := await(ctx, newTrap(after, true, func(moment) { r, _ = s.strike(syscall.SIGKILL) }, moments...), patience, l)
	if b.struck(at); r == nil {
		return b
	}
	switch {
	case at.moment == producing: // the broker tells: it may not have heard of it
	case after && at.moment.of() == transaction:
		b.slowed(transaction) // it is committed
	default: // what it wrote to Redis is not done, either, until it has heard that it is
		b.did(at.moment.of() != "", at.moment.of())
	}
	h.killed(ctx, &b, s, r, ids)
	return b
}

// killLate kills a service at one of the moments on a link, and has what it asked
// for arrive all the same, when others have long taken over.
func (h *harness) killLate(ctx context.Context, s *service, l *link, late time.Duration, moments ...moment) blow {
	b := blow{to: s.name, whose: s.name}
	ids := s.ids()
	at := await(ctx, newTrap(false, false, func(m moment) {
		r, hit := s.strike(syscall.SIGKILL)
		if hit {
			h.killed(ctx, &b, s, r, ids)
			b.did(m != "" && m != producing, m.of())
		}
		if m != "" {
			ledger.Pause(ctx, late)
		}
	}, moments...), aimed, l)
	b.struck(at)
	return b
}

// killInFlush kills a scheduler between what it writes to Redis and the answer.
func (h *harness) killInFlush(ctx context.Context, s *service, r *rand.Rand) blow {
	return h.killAt(ctx, s, s.redis, r.IntN(2) == 0, aimed, writing)
}

// killInActivation kills a scheduler when a submission has just been accepted, so
// that it is about to apply the definition.
func (h *harness) killInActivation(ctx context.Context, s *service) blow {
	accepted := make(chan struct{}, 1)
	h.follower.OnStatus(func(st *wire.Status) {
		if st.Transition == wire.Accepted {
			select {
			case accepted <- struct{}{}:
			default:
			}
		}
	})
	var when moment
	select {
	case <-accepted:
		when = activating
	case <-ctx.Done():
	case <-time.After(aimed):
	}
	h.follower.OnStatus(nil)
	b := h.kill(ctx, s, false, nil)
	b.when = when
	return b
}

// killAtStart kills a scheduler and then, when it is back and joins, restores or
// takes a fence, again.
func (h *harness) killAtStart(ctx context.Context, s *service, r *rand.Rand) blow {
	b := h.kill(ctx, s, true, r)
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until) && s.pid() == 0; {
		ledger.Pause(ctx, 10*time.Millisecond)
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
		again = h.inRestore(ctx, patience, func(s *service) blow { return h.kill(ctx, s, false, nil) }, s)
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
	runs := map[*service]*run{}
	b.broke(await(ctx, newTrap(false, true, func(moment) {
		for _, s := range h.fleet.schedulers {
			if r, hit := s.strike(syscall.SIGKILL); hit {
				runs[s] = r
			}
		}
	}, commit, checkpoint), aimed, links...))
	b.ids = h.spy.ongoing(ctx, ids...)
	for s, r := range runs {
		b.did(s.left(r) > 0, restore)
	}
	return b
}

// freeze stops a service for a while, as a long pause of its machine would, in the
// middle of a transaction or when it writes results, if it does so soon.
func (h *harness) freeze(ctx context.Context, s *service, hold time.Duration) blow {
	b := blow{to: s.name, whose: s.name, hold: hold, lift: s.goOn}
	links := []*link{s.kafka}
	if s.redis != nil {
		links = append(links, s.redis)
	}
	ids := s.ids()
	at := await(ctx, newTrap(false, false, func(moment) { s.signal(syscall.SIGSTOP) }, producing, writing), aimed, links...)
	if b.struck(at); at.moment == producing {
		// What it was about to write arrives: the broker tells whether it holds it open.
		ledger.Pause(ctx, 20*time.Millisecond)
		b.held(h.spy.ongoing(ctx, ids...))
	} else {
		b.slowed(at.moment.of()) // Redis goes on
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
func (h *harness) skew(ctx context.Context, s *service, r *rand.Rand) blow {
	off := one(r, "1h", "-1h")
	set := func(env []string) {
		s.mu.Lock()
		s.env = env
		s.mu.Unlock()
	}
	set([]string{"MILLRACE_CLOCK_OFFSET=" + off})
	b := h.kill(ctx, s, s != h.fleet.shown, r)
	b.to += " by " + off
	b.hold = ledger.Between(r, 4*time.Second, 12*time.Second)
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
