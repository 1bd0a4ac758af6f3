package faults

import (
	"context"
	"errors"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
)

// inRestore does something to the first of the schedulers that begins to restore a
// partition; to any if none does.
func (h *harness) inRestore(ctx context.Context, patience time.Duration, do func(s *service) blow, of ...*service) blow {
	began := make(chan *service, len(of))
	for _, s := range of {
		s.atRestore(func() {
			select {
			case began <- s:
			default:
			}
		})
	}
	s := of[0]
	select {
	case s = <-began:
	case <-ctx.Done():
	case <-time.After(patience):
	}
	for _, o := range of {
		o.atRestore(nil)
	}
	return do(s)
}

// turn has the scheduler that is to spare join, or leave if it is there: the others'
// partitions move at once, for nobody is gone without a word.
func (h *harness) turn() (joined bool, err error) {
	spare := h.fleet.schedulers[schedulers]
	if spare.pid() == 0 {
		return true, h.fleetOf(mostSchedulers)
	}
	go spare.down(syscall.SIGTERM, drainPatience)
	return false, nil
}

// upset has a scheduler join or leave, unless there is a rebalance already, and
// returns those that may get partitions.
func (h *harness) upset(ctx context.Context) ([]*service, error) {
	if h.spyRebalance(ctx) {
		return h.fleet.schedulers[:schedulers], nil
	}
	if joined, err := h.turn(); err != nil || joined {
		return h.fleet.schedulers, err
	}
	return h.fleet.schedulers[:schedulers], nil
}

// upsetWait is how long an upset may take to show: a member that was killed is
// waited for.
const upsetWait = 8 * time.Second

// upsetRestore does something to a scheduler that restores a partition, after an upset.
func (h *harness) upsetRestore(ctx context.Context, do func(s *service) blow) blow {
	of, err := h.upset(ctx)
	if err != nil {
		return blow{to: "schedulers", err: err}
	}
	return h.inRestore(ctx, upsetWait, do, of...)
}

// upsetGroup does something to a scheduler that asks a group for its assignment,
// after an upset; what it asked, or the answer, is lost. When it had the answer and
// did not hear of it the rebalance was over, unless that kills it.
func (h *harness) upsetGroup(ctx context.Context, after, kills bool, do func(s *service)) blow {
	of, err := h.upset(ctx)
	if err != nil {
		return blow{to: "schedulers", err: err}
	}
	type caught struct {
		s *service
		h hit
	}
	first := make(chan caught, len(of))
	var traps []*trap
	for _, s := range of {
		t := newTrap(after, true, func(m moment) {
			if m != "" {
				first <- caught{s, hit{m, time.Now(), after && !kills}}
				do(s)
			}
		}, syncing)
		s.kafka.lay(t)
		traps = append(traps, t)
	}
	b := blow{to: "schedulers", whose: "scheduler"}
	select {
	case c := <-first:
		b = blow{to: c.s.name, whose: c.s.name}
		b.broke(c.h)
	case <-ctx.Done():
	case <-time.After(upsetWait):
	}
	for i, s := range of {
		s.kafka.lift(traps[i])
		traps[i].spring("")
	}
	return b
}

// cutInRestore cuts the link to Kafka of a scheduler that restores a partition: it
// reads checkpoints over it. The restore is interrupted if it comes to nothing, or
// still waits when the link is healed.
func (h *harness) cutInRestore(ctx context.Context, hold time.Duration) blow {
	return h.upsetRestore(ctx, func(s *service) blow {
		l, at := s.kafka, time.Now()
		l.sever()
		ledger.Pause(ctx, 20*time.Millisecond) // what it has said before arrives
		upset := s.restoresNow()
		return blow{
			to: l.name, whose: s.name, at: at, hold: hold,
			look: func(b *blow) { b.did(upset(), restore) },
			lift: func(context.Context) error { l.heal(); return nil },
		}
	})
}

// turnAgain has the group rebalanced again at once: whoever came goes, whoever went
// comes back.
func (h *harness) turnAgain(ctx context.Context) blow {
	b := h.upsetRestore(ctx, func(*service) blow { return blow{to: "schedulers", whose: "scheduler", at: time.Now()} })
	b.did(h.spyRebalance(ctx), rebalance)
	spare := h.fleet.schedulers[schedulers]
	if spare.pid() == 0 {
		b.err = errors.Join(b.err, spare.start())
	} else {
		spare.down(syscall.SIGTERM, drainPatience)
	}
	return b
}

// freezeInRestore stops a scheduler while it restores a partition.
func (h *harness) freezeInRestore(ctx context.Context, hold time.Duration) blow {
	return h.upsetRestore(ctx, func(s *service) blow {
		at := time.Now()
		s.signal(syscall.SIGSTOP)
		ledger.Pause(ctx, 20*time.Millisecond) // what it has said before arrives
		b := blow{to: s.name, whose: s.name, at: at, hold: hold, lift: s.goOn}
		if b.did(s.restores() > 0, restore); hold < kafka.SessionTimeout {
			return b.onlyLate() // it is not expelled meanwhile, and goes on
		}
		return b
	})
}

// storm has schedulers leave and join every two seconds, down to one, up to four.
func (h *harness) storm(ctx context.Context, r *rand.Rand) blow {
	b := blow{to: "schedulers", whose: "scheduler", at: time.Now(), lift: func(context.Context) error { return h.fleetOf(schedulers) }}
	all := h.fleet.schedulers
	up := make([]bool, len(all))
	for i, s := range all {
		up[i] = s.pid() != 0
	}
	for _, want := range []int{1, 4, 1, 3} {
		for count := 0; ; ledger.Pause(ctx, 2*time.Second) {
			b.did(h.spyRebalance(ctx), rebalance)
			count = 0
			for i, u := range up {
				b.did(u && all[i].restores() > 0, restore)
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
