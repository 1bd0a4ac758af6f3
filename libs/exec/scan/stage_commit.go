package scan

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/planted"
)

// commit ends the transaction being gathered: blocks, then the seal as the last
// record in every exchange partition, and the offset of every partition that the
// seal speaks about, moved or not, for a transaction without offsets would not be
// fenced. The end of ctx does not cut it short. It returns false where the transaction was
// aborted: what was read comes again.
func (s *Stage) commit(ctx context.Context) (committed bool, err error) {
	ctx, done := outlive(ctx)
	defer done()
	began := s.cfg.Clock.Now()
	seal, err := delta.EncodeSeal(s.seal(began.UnixMilli()))
	if err != nil {
		return false, fmt.Errorf("seal a transaction: %w", err)
	}
	s.spent = true
	committed, err = s.write(ctx, seal)
	if err != nil {
		s.cfg.Metrics.Aborts.Add(s.cfg.Log.Reason(err))
		return false, err
	}
	s.spent = false
	s.lastEnd = s.cfg.Clock.Now()
	s.sequence++
	if !committed {
		s.drop()
		s.cfg.Metrics.Aborts.Add(AbortRebalance)
		s.cfg.Logger.Debug("scan transaction aborted", "sequence", s.sequence-1)
		for _, p := range s.parts {
			p.back()
		}
		return false, s.swap()
	}
	s.measure(s.lastEnd.Sub(began))
	s.drop()
	s.fresh, s.sealedPlan = false, s.plan
	for _, p := range s.parts {
		p.keep()
	}
	return true, s.swap()
}

// write makes one transaction of what has been gathered.
func (s *Stage) write(ctx context.Context, seal []byte) (committed bool, err error) {
	offsets := make(map[int32]int64, len(s.parts))
	for i, p := range s.parts {
		if planted.On(planted.ChangedOffsets) && p.pos == p.to {
			continue
		}
		offsets[i] = p.pos
	}
	log := s.cfg.Log
	if !s.begun {
		if err := log.Begin(); err != nil {
			return false, fmt.Errorf("begin a transaction: %w", err)
		}
		s.begun = true
	}
	s.evaluate(ctx)
	if planted.On(planted.SealFirst) {
		s.writeSeals(ctx, seal)
	}
	s.writeBlocks(ctx)
	if !planted.On(planted.SealFirst) {
		s.writeSeals(ctx, seal)
	}
	for _, l := range s.letters {
		log.DeadLetter(ctx, l)
	}
	if committed, err = log.End(ctx, offsets); err != nil {
		return false, fmt.Errorf("end a transaction: %w", err)
	}
	return committed, nil
}

// writeBlocks writes what the Partial has.
func (s *Stage) writeBlocks(ctx context.Context) {
	s.partial.WriteBlocks(s.plan, s.cfg.Exchange, s.cfg.MaxBlock, func(exchange int32, block []byte) {
		s.cfg.Log.Block(ctx, exchange, block)
	})
}

func (s *Stage) writeSeals(ctx context.Context, seal []byte) {
	for i := range s.cfg.Exchange {
		s.cfg.Log.Seal(ctx, int32(i), seal)
	}
}

// measure counts what has been committed.
func (s *Stage) measure(took time.Duration) {
	m := s.cfg.Metrics
	m.Commits.Observe(took, 1)
	m.Documents.Add(int64(s.rows))
	m.Bytes.Add(int64(s.input))
	m.DeadLetters.Add(int64(len(s.letters)))
	for _, p := range s.parts {
		m.Lost.Add(p.from - p.to)
	}
	if s.sampler != nil {
		s.sampler.out = s.cfg.Samples.put(s.sampler.out)
	}
}

// outlive returns a context that ends a while after ctx does: a transaction whose
// end is cut short may or may not have been committed.
func outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	const patience = 5 * time.Second
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-longer.Done():
		case <-time.After(patience):
			cancel()
		}
	})
	return longer, func() { stop(); cancel() }
}

// seal says how far the transaction takes each partition.
func (s *Stage) seal(wall int64) *delta.Seal {
	out := &delta.Seal{Plan: s.plan, Wall: wall, Slot: s.cfg.Slot, Sequence: s.sequence, Topics: s.cfg.Topics}
	for _, i := range slices.Sorted(maps.Keys(s.parts)) {
		p := s.parts[i]
		sp := delta.SealPart{
			Topic: s.cfg.Topic, Partition: i, From: p.from, To: p.pos,
			Newest: p.now.newest, Idle: p.now.idle, End: p.now.end,
			Documents: p.taken.documents, Appended: p.taken.appended, Since: s.cfg.Since,
		}
		if p.gap() {
			sp.Gap, sp.GapFrom = true, p.to
		}
		out.Parts = append(out.Parts, sp)
	}
	return out
}
