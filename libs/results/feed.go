package results

import (
	"context"
	"fmt"
	"maps"
	"math"
	"time"
)

// logTail is how many log entries the current state of a log has.
const logTail = 1000

// maxTop bounds the ordered lists that a feed shows.
const maxTop = 10_000

// Feed tells the current state of a query's result and then its changes. It
// subscribes before it reads, so that nothing falls between, and tells whatever
// changed while it read once, as it was at the end of reading: no row goes back.
// After a broken connection, a reader too slow for the changes, or a change that
// does not continue the one before, it starts over with a Begin.
//
// A Dropped is told once for what a reader was told of, before the Begin of what
// was submitted afterwards. Only where the messages of the drop and of the new
// submission were both lost, the Begin of another epoch is all that tells.
//
// It holds at most one page of rows and 1 MiB of messages. For one goroutine.
type Feed struct {
	r      *Reader
	id     string
	pump   *pump
	resume *Position

	out   []Event // to be told before anything else
	alive bool    // the reader was told of a query, and not that it is dropped
	step  func(ctx context.Context) error
	at    Position
	base  map[int32]Mark // what was there when the state began to be read
	pause time.Duration  // before the state is read once more
	todo  []Window       // windows whose rows are still to be read
	curs  uint64
}

// Subscribe starts a feed. From is a position that an earlier feed of the query
// told, nil for none: where nothing changed since, or all that changed is in the
// query's log, no Begin comes. Close must be called.
func (r *Reader) Subscribe(id string, from *Position) *Feed {
	f := &Feed{r: r, id: id, pump: startPump(r.rdb, ChangesChannel(id)), resume: from}
	if from != nil {
		f.alive, f.at.Epoch = true, from.Epoch
	}
	f.step = f.begin
	return f
}

// Close ends the feed.
func (f *Feed) Close() { f.pump.stop() }

// Next returns the next event. It waits for one until ctx is done, and may be
// called again after that, as after any other error.
func (f *Feed) Next(ctx context.Context) (Event, error) {
	for len(f.out) == 0 {
		if err := f.step(ctx); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			f.step = f.begin
			return nil, fmt.Errorf("follow query %s: %w", f.id, err)
		}
	}
	e := f.out[0]
	f.out = f.out[1:]
	return e, nil
}

// again starts over: the first time at once, then ever more slowly, so that a
// result that changes faster than it can be read does not cost all of Redis.
func (f *Feed) again() {
	f.step = f.begin
	f.pause = min(max(100*time.Millisecond, 2*f.pause), 5*time.Second)
}

// skip passes over messages, since the state is read anew, but tells of a drop
// before the given epoch.
func (f *Feed) skip(messages []string, before int64) {
	for _, payload := range messages {
		if c, err := ParseChange(payload); err == nil && c.Dropped && c.Epoch > f.at.Epoch && c.Epoch < before {
			f.drop(c.Epoch)
		}
	}
}

// drop tells that what the reader knows of is dropped.
func (f *Feed) drop(epoch int64) {
	if f.alive {
		f.alive = false
		f.out = append(f.out, Dropped{Epoch: epoch})
	}
}

// begin reads what the query is and where its partitions are.
func (f *Feed) begin(ctx context.Context) error {
	if f.pause > 100*time.Millisecond {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(f.pause):
		}
	}
	came, err := f.pump.restart(ctx)
	if err != nil {
		return err
	}
	f.skip(came, math.MaxInt64)
	h, err := f.r.head(ctx, f.id)
	if err != nil {
		return err
	}
	if f.alive && h.epoch > f.at.Epoch {
		// The drop of what the reader knows may have been published since.
		if err := f.pump.barrier(ctx); err != nil {
			return err
		}
		f.skip(f.pump.waiting(), h.epoch)
	}
	resumed, err := f.resumes(ctx, &h)
	if err != nil {
		return err
	}
	f.at = Position{Epoch: h.epoch, Changed: h.facts.Changed}
	f.base = maps.Clone(h.facts.Changed)
	if resumed {
		f.alive = !h.dropped
		f.at.LogID = f.resume.LogID
		f.resume = nil
		f.step = f.log
		return nil
	}
	f.resume = nil
	if h.dropped {
		f.drop(h.epoch)
	}
	f.alive = !h.dropped
	f.out = append(f.out, Begin{Epoch: h.epoch, Facts: h.facts})
	windows, err := f.r.listed(ctx, f.id)
	if err != nil {
		return err
	}
	f.todo, f.curs = append(windows, Window{}), 0
	f.step = f.rows
	return nil
}

// resumes reports whether the feed can go on after f.resume.
func (f *Feed) resumes(ctx context.Context, h *head) (bool, error) {
	if f.resume == nil || f.resume.Epoch != h.epoch {
		return false, nil
	}
	if maps.Equal(f.resume.Changed, h.facts.Changed) {
		return true, nil
	}
	if f.resume.LogID == "" {
		return false, nil
	}
	first, err := f.r.Log(ctx, f.id, "", 1)
	if err != nil {
		return false, err
	}
	return len(first) > 0 && !logAfter(first[0].ID, f.resume.LogID), nil
}
