package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/millrace/millrace/libs/planted"
)

// session is a member of a group with its transactional producer: what package
// kafka makes of a consumer group and a transactional id.
type session struct {
	p      *process
	g      *group
	id     string
	epoch  int
	m      *member
	polled int // generation of the last assignment taken

	// rng is for choices before a gate, where other goroutines may run too.
	rng *rand.Rand
}

// openSession takes the transactional id over and joins the group.
func openSession(ctx context.Context, p *process, g *group) (*session, error) {
	owner := fmt.Sprintf("%s-%d", g.name, p.slot)
	s := &session{p: p, g: g, id: owner, polled: -1, rng: p.random(g.name)}
	if planted.On(planted.RandomIDs) {
		s.id += fmt.Sprintf("-%d", s.rng.Uint32()+uint32(g.joined))
	}
	for {
		v, err := p.w.await(ctx, p, g.name+" init", true)
		if err != nil && !errors.Is(err, errLink) {
			return nil, err
		}
		if err == nil {
			s.epoch, err = p.w.kafka.initialize(s.id, owner)
		}
		if err == nil && v == pass {
			break
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return nil, err
		}
	}
	if _, err := p.w.await(ctx, p, g.name+" join", false); err != nil {
		return nil, err
	}
	s.m = g.join(p)
	return s, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// close leaves the group, unless the process is dead.
func (s *session) close() {
	if _, err := s.p.w.await(context.Background(), s.p, s.g.name+" leave", false); err == nil {
		s.g.leave(s.m)
	}
}

// rejoin joins again where the group has expelled the member.
func (s *session) rejoin() {
	if s.m.expelled() {
		s.m = s.g.join(s.p)
	}
}

// changed reports whether the assignment that was polled has ended.
func (s *session) changed() bool {
	told, _ := s.m.view()
	return told != s.polled
}

// send produces records to a partition in one request, trying again as clients
// do, and returns the offset of the last.
func (s *session) send(ctx context.Context, to *part, es ...entry) (last int64, err error) {
	if _, err := s.p.w.await(ctx, s.p, s.g.name+" produces to "+to.name, false); err != nil {
		return 0, err
	}
	for len(es) > 0 {
		last, err = s.p.w.kafka.produce(s.id, s.epoch, to, es[0])
		switch {
		case errors.Is(err, errConcurrent):
			if err := pause(ctx, 10*time.Millisecond); err != nil {
				return 0, err
			}
			if _, err := s.p.w.await(ctx, s.p, s.g.name+" produces again to "+to.name, false); err != nil {
				return 0, err
			}
		case err != nil:
			return 0, err
		default:
			es = es[1:]
		}
	}
	return last, nil
}

// finish ends the transaction: the offsets, then the decision. It reports false
// where it was aborted because the assignment has changed.
func (s *session) finish(ctx context.Context, offsets map[int32]int64, decide func(*transaction)) (bool, error) {
	w := s.p.w
	commit := !s.changed()
	if commit && s.p.w.load.spurious() {
		commit = false // brokers may abort without a rebalance
		w.count("abort without a rebalance")
	}
	for commit && len(offsets) > 0 {
		if _, err := w.await(ctx, s.p, s.g.name+" commits offsets", false); err != nil {
			return false, err
		}
		err := w.kafka.commitOffsets(s.id, s.epoch, s.g, s.m.id, s.polled, offsets)
		switch {
		case errors.Is(err, errConcurrent):
			if err := pause(ctx, 10*time.Millisecond); err != nil {
				return false, err
			}
			continue
		case errors.Is(err, errGeneration):
			commit = false
			w.count("commit of a member that was expelled")
		case err != nil:
			return false, err
		}
		break
	}
	for {
		v, err := w.await(ctx, s.p, fmt.Sprintf("%s ends, commit %t", s.g.name, commit), true)
		switch {
		case errors.Is(err, errLink):
		case err != nil:
			return false, err
		default:
			if commit && s.changed() {
				commit = false // it heard of a rebalance while it waited
				w.count("rebalance in a transaction")
				continue
			}
			if err := w.kafka.end(s.id, s.epoch, commit, decide); err != nil {
				return false, err
			}
			if v == pass {
				return commit, nil
			}
		}
		if w.load.giveUp() {
			return false, errLink // and nobody knows what became of it
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return false, err
		}
	}
}
