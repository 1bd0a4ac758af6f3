package results

import (
	"context"
	"math"
)

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
	for i, payload := range queue {
		c, err := ParseChange(payload)
		if err != nil || !f.continues(&c) {
			if s.dropped != nil {
				f.drop(s.dropped.Epoch)
			}
			f.skip(queue[i:], math.MaxInt64)
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
