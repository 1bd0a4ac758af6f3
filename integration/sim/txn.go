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

	open    bool          // a transaction, as the client sees it
	ended   int           // how many it knows to have ended: its epoch within the producer's
	batches map[*part]int // how many were sent

	// rng is for choices before a gate, where other goroutines may run too.
	rng *rand.Rand
}

// closeTimeout bounds what a member that goes still has to say to brokers.
const closeTimeout = 3 * time.Second

// openSession takes the transactional id over and joins the group.
func openSession(ctx context.Context, p *process, g *group) (*session, error) {
	owner := fmt.Sprintf("%s-%d", g.name, p.slot)
	s := &session{p: p, g: g, id: owner, polled: -1, batches: map[*part]int{}, rng: p.random(g.name)}
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
	s.ended = p.w.kafka.producer(s.id).ended
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

// close ends a transaction that is still open and leaves the group, unless the
// process is dead. What is lost of it is not tried again: transaction and member
// time out.
func (s *session) close() {
	w := s.p.w
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if s.open {
		if _, err := w.await(ctx, s.p, s.g.name+" aborts what is open", true); err == nil {
			_ = w.kafka.end(s.id, s.epoch, false, nil)
		}
	}
	w.mu.Lock() // a stage may end by a timer, which the world does not wait for
	s.m.closed = true
	w.mu.Unlock()
	if _, err := w.await(ctx, s.p, s.g.name+" leaves", true); err == nil {
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

// insist asks the brokers for something until it is done, as clients do. Where it
// gives up, one time in n without an answer, the transaction is aborted.
func (s *session) insist(ctx context.Context, what, givenUp string, n int, arrive func() error) error {
	w := s.p.w
	for {
		v, err := w.await(ctx, s.p, s.g.name+" "+what, true)
		s.delay(v, err, what, arrive)
		if err != nil && !errors.Is(err, errLink) {
			return err
		}
		if err == nil {
			err = arrive()
		}
		switch {
		case v == pass && !errors.Is(err, errConcurrent):
			return err
		case v != pass && w.load.giveUp(n):
			w.count(givenUp + " given up")
			return s.abandon(ctx)
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

// delay lets a request that is lost, or whose sender dies, be late only, if the
// schedule says so.
func (s *session) delay(v verdict, err error, what string, arrive func() error) {
	if v == killed || errors.Is(err, errLink) {
		s.p.w.kafka.delay(s, what, arrive)
	}
}

// send produces records to a partition in one batch, and returns the offset of the
// last.
func (s *session) send(ctx context.Context, to *part, es ...entry) (last int64, err error) {
	s.open = true
	s.batches[to]++
	b := batch{epoch: s.epoch, number: s.batches[to]}
	err = s.insist(ctx, "produces to "+to.name, "record", 12, func() (err error) {
		last, err = s.p.w.kafka.produce(s.id, to, b, es)
		return err
	})
	return last, err
}

// abandon aborts what cannot be written, and returns the error that the stage
// sees.
func (s *session) abandon(ctx context.Context) error {
	if _, err := s.end(ctx, false, nil); err != nil {
		return err
	}
	return errLink
}

// finish ends the transaction: the offsets, then the decision. It reports false
// where it was aborted because the assignment has changed.
func (s *session) finish(ctx context.Context, offsets map[int32]int64, decide func(*transaction)) (bool, error) {
	s.open = true
	commit := !s.changed()
	if commit && s.p.w.load.spurious() {
		commit = false // brokers may abort without a rebalance
		s.p.w.count("abort without a rebalance")
	}
	if commit && len(offsets) > 0 {
		var err error
		if commit, err = s.offsets(ctx, offsets); err != nil {
			return false, err
		}
	}
	return s.end(ctx, commit, decide)
}

// offsets adds the group's offsets to the transaction. It reports false where the
// group has expelled the member.
func (s *session) offsets(ctx context.Context, offsets map[int32]int64) (bool, error) {
	member, generation := s.m.id, s.polled
	err := s.insist(ctx, "commits offsets", "offsets", 4, func() error {
		return s.p.w.kafka.commitOffsets(s.id, s.epoch, s.g, member, generation, offsets)
	})
	if errors.Is(err, errGeneration) {
		s.p.w.count("commit of a member that was expelled")
		return false, nil
	}
	return err == nil, err
}

// end decides the transaction. Once the request to commit is on its way it is not
// taken back. Where it gives up nobody knows what became of it.
func (s *session) end(ctx context.Context, commit bool, decide func(*transaction)) (bool, error) {
	w := s.p.w
	for sent := false; ; {
		what := fmt.Sprintf("ends, commit %t", commit)
		v, err := w.await(ctx, s.p, s.g.name+" "+what, true)
		if err != nil && v != killed && !errors.Is(err, errLink) {
			return false, err
		}
		if v != killed && commit && !sent && s.changed() {
			commit = false // it heard of a rebalance while it waited
			w.count("rebalance in a transaction")
			continue
		}
		sent = true
		final := commit
		conclude := func() error { return w.kafka.end(s.id, s.epoch, final, decide) }
		s.delay(v, err, what, conclude)
		if v == killed {
			return false, err
		}
		if err == nil {
			if err = conclude(); v == pass {
				s.open, s.ended = false, w.kafka.producer(s.id).ended
				if commit && err == nil && s.p.leaves {
					w.count(s.g.kind + " commits before it leaves")
				}
				return commit && err == nil, err
			}
		}
		if w.load.giveUp(4) {
			w.count("end given up")
			return false, errLink
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return false, err
		}
	}
}
