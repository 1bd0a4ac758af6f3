package scan

import (
	"context"
	"errors"
	"time"
)

// quiet is for how long nothing has come to a partition: the time between looks
// each of which found it read to its end. What is unknown is not quiet.
type quiet struct {
	atEnd bool          // at the last look, and nothing has come since
	lasts time.Duration // that it has been so
}

// look finds out now and then which partitions are at their end, and whether
// merge keeps up.
func (s *Stage) look(ctx context.Context) {
	now := s.cfg.Clock.Now()
	since := now.Sub(s.lastLook)
	if len(s.parts) == 0 || since < s.cfg.LookEvery && since >= 0 {
		return
	}
	s.lastLook = now
	ctx, cancel := context.WithTimeout(ctx, 2*s.cfg.LookEvery)
	defer cancel()
	s.press(ctx)
	ends, err := s.cfg.Log.Ends(ctx)
	if err != nil && !errors.Is(err, context.Canceled) {
		s.cfg.Logger.Warn("cannot ask how far the input reaches; retrying", "topic", s.cfg.Topic, "error", err)
	}
	// Whoever looks this late was stopped, and who writes may have been stopped
	// with it; or the clock was set.
	late := since < 0 || since > s.cfg.IdleAfter
	lag := make(map[int32]int64, len(s.parts))
	for i, p := range s.parts {
		end, known := ends[i]
		if known {
			lag[i] = max(end-p.pos, 0)
		}
		s.judge(p, known && p.pos >= end && !s.paused, since, late)
	}
	s.cfg.Metrics.setLag(lag)
}

// judge takes what a look found about a partition. What is idle stays so while
// it is at its end, however late the look.
func (s *Stage) judge(p *part, atEnd bool, since time.Duration, late bool) {
	switch {
	case !atEnd:
		p.quiet, p.now.idle = quiet{}, false
		return
	case p.quiet.atEnd && !late:
		p.quiet.lasts += min(since, 2*s.cfg.LookEvery)
	default:
		p.quiet.lasts = 0
	}
	p.quiet.atEnd = true
	p.now.idle = p.now.idle || p.quiet.lasts >= s.cfg.IdleAfter
}

// press pauses reading while merge is too far behind.
func (s *Stage) press(ctx context.Context) {
	backlog, err := s.cfg.Log.Backlog(ctx)
	if err != nil {
		return // as it was; whatever keeps the brokers away shows elsewhere
	}
	s.cfg.Metrics.Backlog.Store(backlog)
	limit := s.cfg.BacklogLimit
	switch {
	case limit <= 0:
	case !s.paused && backlog > limit:
		s.paused = true
		s.cfg.Log.Pause()
		s.pausedAt = s.cfg.Clock.Now()
		s.cfg.Logger.Warn("scanning is paused: merge is behind", "topic", s.cfg.Topic, "backlog", backlog, "limit", limit)
	case s.paused && backlog <= limit/4*3:
		s.paused = false
		s.cfg.Log.Resume()
		s.cfg.Logger.Info("scanning goes on", "topic", s.cfg.Topic, "backlog", backlog, "limit", limit,
			"paused", s.cfg.Clock.Now().Sub(s.pausedAt))
	}
	s.cfg.Metrics.Paused.Store(s.paused)
}
