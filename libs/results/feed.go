package results

import (
	"context"
	"fmt"
	"maps"
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
// It holds at most one page of rows and 1 MiB of messages. For one goroutine.
type Feed struct {
	r      *Reader
	id     string
	pump   *pump
	resume *Position

	out   []Event // to be told before anything else
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

// begin reads what the query is and where its partitions are.
func (f *Feed) begin(ctx context.Context) error {
	if f.pause > 100*time.Millisecond {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(f.pause):
		}
	}
	if err := f.pump.restart(ctx); err != nil {
		return err
	}
	epoch, ok, err := f.r.Epoch(ctx, f.id)
	if err != nil {
		return err
	}
	if !ok {
		epoch = -1
	}
	facts, _, err := f.r.Facts(ctx, f.id)
	if err != nil {
		return err
	}
	resumed, err := f.resumes(ctx, epoch, facts)
	if err != nil {
		return err
	}
	f.at = Position{Epoch: epoch, Changed: facts.Changed}
	f.base = maps.Clone(facts.Changed)
	if resumed {
		f.at.LogID = f.resume.LogID
		f.resume = nil
		f.step = f.log
		return nil
	}
	f.resume = nil
	f.out = append(f.out, Begin{Epoch: epoch, Facts: facts})
	windows, err := f.r.listed(ctx, f.id)
	if err != nil {
		return err
	}
	f.todo, f.curs = append(windows, Window{}), 0
	f.step = f.rows
	return nil
}

// resumes reports whether the feed can go on after f.resume.
func (f *Feed) resumes(ctx context.Context, epoch int64, facts Facts) (bool, error) {
	if f.resume == nil || f.resume.Epoch != epoch {
		return false, nil
	}
	if maps.Equal(f.resume.Changed, facts.Changed) {
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

// rows reads a page of a window's rows, or its ordered list.
func (f *Feed) rows(ctx context.Context) error {
	w := f.todo[0]
	page, next, err := f.r.Rows(ctx, f.id, w, f.curs, pageSize)
	if err != nil {
		return err
	}
	if len(page) > 0 {
		f.out = append(f.out, RowsChanged{Window: w, Rows: page})
	}
	if f.curs = next; next != 0 {
		return nil
	}
	top, err := f.r.Top(ctx, f.id, w, 0, maxTop)
	if err != nil {
		return err
	}
	if len(top) > 0 {
		f.out = append(f.out, TopChanged{Window: w, Rows: top})
	}
	if f.todo = f.todo[1:]; len(f.todo) == 0 {
		f.step = f.tail
	}
	return nil
}

// tail reads the newest entries of the log.
func (f *Feed) tail(ctx context.Context) error {
	entries, err := f.r.LogTail(ctx, f.id, logTail)
	if err != nil {
		return err
	}
	f.grew(entries)
	f.step = f.settle
	return nil
}

// log reads the log on from a position.
func (f *Feed) log(ctx context.Context) error {
	entries, err := f.r.Log(ctx, f.id, f.at.LogID, pageSize)
	if err != nil {
		return err
	}
	f.grew(entries)
	if len(entries) < pageSize {
		f.step = f.settle
	}
	return nil
}

func (f *Feed) grew(entries []LogEntry) {
	fresh := make([]LogEntry, 0, len(entries))
	for _, e := range entries {
		if logAfter(e.ID, f.at.LogID) {
			fresh = append(fresh, e)
			f.at.LogID = e.ID
		}
	}
	if len(fresh) > 0 {
		f.out = append(f.out, LogGrew{Entries: fresh})
	}
}

// settle tells once what changed while the state was read. All changes from
// before the end of reading are in the queue then.
func (f *Feed) settle(ctx context.Context) error {
	if err := f.pump.barrier(ctx); err != nil {
		return err
	}
	queue, missed := f.pump.take()
	if missed {
		f.again()
		return nil
	}
	f.step = f.begin // unless all of it is told
	s := newSettled()
	for _, payload := range queue {
		c, err := ParseChange(payload)
		if err != nil || !f.continues(&c) {
			f.again()
			return nil
		}
		s.add(&c)
	}
	if err := s.tell(ctx, f); err != nil {
		return err
	}
	f.pause = 0
	f.ready()
	f.step = f.live
	return nil
}

func (f *Feed) ready() {
	at := f.at
	at.Changed = maps.Clone(at.Changed)
	f.out = append(f.out, Ready{Position: at})
}

// continues compares a change with what the feed has told. It returns false if
// something is missing between. A change that is included already, or of an
// earlier epoch, is emptied.
func (f *Feed) continues(c *Change) bool {
	if c.Epoch < f.at.Epoch {
		*c = Change{Epoch: f.at.Epoch}
		return true
	}
	if c.Dropped {
		f.at.Epoch = c.Epoch
		return true
	}
	if c.Epoch > f.at.Epoch || c.Reread {
		return false
	}
	if c.Meta != nil {
		return true
	}
	base := f.base[c.Partition]
	if c.N <= base.N && c.Previous != -1 {
		*c = Change{Epoch: f.at.Epoch}
		return true
	}
	last, known := f.at.Changed[c.Partition]
	if !known {
		last.Offset = -1
	}
	if c.Previous != last.Offset || c.N < last.N {
		return false
	}
	f.at.Changed[c.Partition] = Mark{Offset: c.Offset, N: c.N}
	return true
}

// live waits for changes and tells them one by one.
func (f *Feed) live(ctx context.Context) error {
	queue, missed, err := f.pump.next(ctx)
	if err != nil {
		return err
	}
	if missed {
		f.again()
		return nil
	}
	f.step = f.begin // unless all of it is told
	told := len(f.out)
	for _, payload := range queue {
		c, err := ParseChange(payload)
		if err != nil || !f.continues(&c) {
			f.again()
			return nil
		}
		s := newSettled()
		s.add(&c)
		if err := s.tell(ctx, f); err != nil {
			return err
		}
		if !c.More && len(f.out) > told {
			f.ready()
			told = len(f.out)
		}
	}
	f.step = f.live
	return nil
}
