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
	// awayAfter is for how long, at the least, Redis must have answered nothing before
	// this scheduler ends by itself: longer than a write takes that is tried four
	// times, [results.AnswerTimeout] each, while others have their answers.
	awayAfter = 25 * time.Second

	// lineAfter is how long after the trouble began, and after others were seen to make
	// progress, their progress begins to count anew: what is true for one moment may
	// be over for all in the next, and a Redis that is back for all is back for some of
	// them first.
	lineAfter = 5 * time.Second

	// awayLines is how often others must have been seen to make progress.
	awayLines = 2

	awayLookEvery = time.Second

	// stoodStill is the time between two looks after which this process, or Kafka, has
	// been away itself, and nothing of before counts.
	stoodStill = 5 * time.Second
)

// ErrAlone says that this scheduler alone does not reach Redis.
var ErrAlone = errors.New("this scheduler could not write to Redis")

// alone decides whether this scheduler alone does not reach Redis. Its functions
// return where the partitions of the exchange end, and what the group of merge has
// committed of them.
type alone struct {
	ends, committed func(context.Context) (map[int32]int64, error)

	looked  time.Time
	line    map[int32]int64 // where the exchange ended a while ago: whoever commits more has written to Redis since; nil: not yet
	mine    map[int32]bool  // partitions that were owned here at some time since
	crossed time.Time       // when others were last seen to have committed more than the line
	lines   int             // how often they were
}

// look is to be called every second or so. since tells since when nothing that was
// written for merge partitions has had an answer, and is zero if that is not so;
// owned are the partitions that are held here. It returns for how long that has been
// so if Redis is away for this scheduler alone, else 0.
func (a *alone) look(ctx context.Context, now, since time.Time, owned []int32) (time.Duration, error) {
	silent, pause := now.Sub(since), now.Sub(a.looked)
	a.looked = now
	if since.IsZero() || silent < lineAfter {
		a.forget()
		return 0, nil
	}
	if pause > stoodStill || a.lost(owned) {
		a.forget()
	}
	for _, p := range owned {
		a.mine[p] = true
	}
	if a.line == nil {
		if now.Sub(a.crossed) < lineAfter {
			return 0, nil
		}
		line, err := a.ends(ctx)
		if err == nil {
			a.line = line
		}
		return 0, err
	}
	committed, err := a.committed(ctx)
	if err != nil || !a.beyond(committed) {
		return 0, err
	}
	a.line, a.crossed = nil, now
	if a.lines++; a.lines < awayLines || silent < awayAfter {
		return 0, nil
	}
	return silent, nil
}

// forget begins anew.
func (a *alone) forget() {
	a.line, a.mine, a.crossed, a.lines = nil, map[int32]bool{}, time.Time{}, 0
}

// lost tells whether a partition that was owned here is another's now, who may make
// progress with it.
func (a *alone) lost(owned []int32) bool {
	for p := range a.mine {
		if !slices.Contains(owned, p) {
			return true
		}
	}
	return false
}

// beyond tells whether somebody else has committed more than the line.
func (a *alone) beyond(committed map[int32]int64) bool {
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
		return fmt.Errorf("%w at %s for %s, while others could: it leaves its merge partitions to them, and nothing is lost. "+
			"Look at the link from here to Redis. It may be started again at once: it takes no partition before it reaches Redis",
			ErrAlone, s.Redis.Addr, lasted.Round(time.Second))
	}
}
