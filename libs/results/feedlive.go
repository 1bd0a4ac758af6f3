package results

import (
	"context"
	"maps"
	"math"
)

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
	if c.N <= base.N && c.Previous != -1 || base == (Mark{Offset: c.Offset, N: c.N}) {
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
	for i, payload := range queue {
		c, err := ParseChange(payload)
		if err != nil || !f.continues(&c) {
			f.skip(queue[i:], math.MaxInt64)
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
