package scheduler

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/scheduler/internal/mergelog"
	"github.com/millrace/millrace/services/scheduler/internal/slots"
)

// newOwner names this run for those who look at leases and claims.
func newOwner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("process %d on %s, run %s", os.Getpid(), host, rand.Text()[:8])
}

// runInSlots runs the stages in the configured slot, or in one after the other
// that is free: a leased slot that was fenced or taken is given up and never
// taken again by this process, for whoever fenced it may have it.
func (s *service) runInSlots(ctx context.Context) error {
	leased := s.Slot == AutoSlot
	left := map[int]bool{}
	for ctx.Err() == nil {
		var lease *slots.Lease
		err := daemon.RetryClock(ctx, s.Clock, s.Log, "take a slot", func(ctx context.Context) (err error) {
			if leased {
				lease, err = slots.Acquire(ctx, s.rdb, s.owner, left)
			} else {
				lease, err = slots.Hold(ctx, s.rdb, s.Slot, s.owner)
			}
			return err
		})
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		s.Slot = lease.Slot()
		s.Log.Info("slot taken", "slot", s.Slot)
		err = s.runStages(ctx, lease, leased)
		lease.Release()
		if !leased {
			return err
		}
		if !errors.Is(err, ErrFenced) && !errors.Is(err, slots.ErrTaken) {
			return err
		}
		left[s.Slot] = true
		s.Log.Warn("slot given up; taking another", "slot", s.Slot, "error", err)
	}
	return nil
}

// runStages runs both stages while the lease is kept, and looks after the slots
// of others.
func (s *service) runStages(ctx context.Context, lease *slots.Lease, leased bool) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.supervise(ctx, "merge", s.runMerge) })
	for _, sc := range s.scans.list() {
		if sc.source.Declared != nil {
			continue
		}
		g.Go(func() error {
			return s.supervise(ctx, sc.name(), func(ctx context.Context) error { return s.runScan(ctx, sc) })
		})
	}
	g.Go(func() error { return s.runDeclared(ctx) })
	g.Go(func() error {
		s.publisher().Run(ctx)
		return nil
	})
	g.Go(func() error {
		slots.Watch(ctx, lease, s.Clock, s.endTransactions)
		return nil
	})
	g.Go(func() error {
		for {
			err := lease.Keep(ctx, s.Clock)
			if err == nil || leased {
				return err
			}
			s.Log.Warn("another scheduler runs in the slot that this one was given", "slot", s.Slot, "error", err)
			if err := s.Clock.Sleep(ctx, 10*time.Second); err != nil {
				return nil
			}
		}
	})
	return g.Wait()
}

// endTransactions ends the transactions of a slot whose owner is gone, which
// would hold all results back until they time out: each touches every exchange
// partition.
func (s *service) endTransactions(ctx context.Context, slot int) error {
	s.Log.Warn("a scheduler is gone; ending its transactions", "slot", slot)
	ids := []string{mergelog.TransactionalID(slot)}
	for _, sc := range s.scans.list() {
		ids = append(ids, sc.source.TransactionalID(slot))
	}
	for _, id := range ids {
		txn, err := kafka.NewTxn(ctx, s.Kafka, id, 0)
		if err != nil {
			if ctx.Err() == nil {
				s.Log.Warn("cannot end the transactions of a scheduler that is gone; trying again", "slot", slot, "error", err)
			}
			return err
		}
		txn.Close()
	}
	return nil
}
