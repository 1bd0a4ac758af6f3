package scheduler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/kafka"
)

// A scheduler whose way to Redis is cut would hold its merge partitions for as long
// as that lasts: it writes nothing, so nobody tells it that it is fenced, and its
// heartbeats to Kafka keep its place in the group. If Redis is away for everybody,
// that is right: merge keeps its state, waits, and goes on. If others reach Redis,
// they should have the partitions. That they do is seen in the log: what a merge
// partition's owner commits to the group it has written to Redis before.
const (
	// awayAfter is for how long, at the least, writes of a merge partition must have
	// had no answer before this scheduler ends by itself.
	awayAfter = 20 * time.Second

	// lineAfter is how long after the trouble began the progress of others begins to
	// count: what is true for one moment may be over for all in the next.
	lineAfter = 5 * time.Second

	// awayLasts is for how long the trouble must last after others were seen to make
	// progress: a Redis that is back for all is back for some of them first. A write
	// that hangs is given up and sent anew after five seconds.
	awayLasts = 10 * time.Second

	awayLookEvery = time.Second
)

// ErrAlone says that this scheduler alone does not reach Redis.
var ErrAlone = errors.New("this scheduler alone cannot write to Redis")

// aloneError is an [ErrAlone] for the operator.
type aloneError struct {
	addr string
	last time.Duration
}

func (e *aloneError) Error() string {
	return fmt.Sprintf("this scheduler could not write to Redis at %s for %s, while others could: it leaves its merge partitions to them, and nothing is lost. "+
		"Look at the link from here to Redis. It may be started again at once: it takes no partition before it reaches Redis.", e.addr, e.last.Round(time.Second))
}

func (e *aloneError) Is(target error) bool { return target == ErrAlone }

// alone decides whether this scheduler alone does not reach Redis. Its functions
// return where the partitions of the exchange end, and what the group of merge has
// committed of them.
type alone struct {
	ends, committed func(context.Context) (map[int32]int64, error)

	// line is where the exchange ended soon after the trouble began, nil before that:
	// whoever commits more than that has written to Redis since.
	line map[int32]int64
	mine map[int32]bool // partitions that were owned here at some time since
	seen time.Time      // when others were first seen to have committed more; zero: they were not
}

// look is to be called every second or so. missing tells since when writes of merge
// partitions have had no answer, owned are all those that are held here. It returns
// for how long that has been so if Redis is away for this scheduler alone, else 0.
func (a *alone) look(ctx context.Context, now time.Time, missing map[int32]time.Time, owned []int32) (time.Duration, error) {
	var lasted time.Duration
	for _, since := range missing {
		lasted = max(lasted, now.Sub(since))
	}
	if lasted < lineAfter {
		a.line, a.mine, a.seen = nil, map[int32]bool{}, time.Time{}
		return 0, nil
	}
	for p := range missing {
		a.mine[p] = true
	}
	for _, p := range owned {
		a.mine[p] = true
	}
	if a.line == nil {
		line, err := a.ends(ctx)
		a.line = line
		return 0, err
	}
	if a.seen.IsZero() {
		committed, err := a.committed(ctx)
		if err != nil || !a.crossed(committed) {
			return 0, err
		}
		a.seen = now
	}
	if now.Sub(a.seen) < awayLasts || lasted < awayAfter {
		return 0, nil
	}
	return lasted, nil
}

// crossed tells whether somebody else has committed more than the line.
func (a *alone) crossed(committed map[int32]int64) bool {
	for p, at := range committed {
		if end, known := a.line[p]; known && at > end && !a.mine[p] {
			return true
		}
	}
	return false
}

// watchAlone ends this scheduler when it alone does not reach Redis.
func (s *service) watchAlone(ctx context.Context) error {
	a := &alone{
		ends: func(ctx context.Context) (map[int32]int64, error) { return s.admin.Ends(ctx, kafka.TopicExchange) },
		committed: func(ctx context.Context) (map[int32]int64, error) {
			return s.admin.PeekGroupOffsets(ctx, kafka.GroupMerge, kafka.TopicExchange)
		},
	}
	for {
		if err := s.Clock.Sleep(ctx, awayLookEvery); err != nil {
			return nil
		}
		lasted, err := a.look(ctx, s.Clock.Now(), s.answers.Missing(), slices.Collect(maps.Keys(s.merged.Partitions())))
		if err != nil && ctx.Err() == nil {
			s.Log.Debug("cannot see whether others reach Redis", "error", err)
		}
		if lasted == 0 {
			continue
		}
		// Nobody is to wait for answers any more: the last flush, the slot's lease.
		if err := s.rdb.Close(); err != nil {
			s.Log.Debug("close the connection to Redis", "error", err)
		}
		return &aloneError{addr: s.Redis.Addr, last: lasted}
	}
}
