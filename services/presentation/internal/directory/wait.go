package directory

import (
	"context"
	"slices"
)

// Dropped returns the epoch of the last drop of id that the registry shows, -1
// for none.
func (d *Directory) Dropped(id string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.entries[id]; e != nil {
		return e.dropped
	}
	return -1
}

// Await returns when the registry has shown the epoch of id, or a later one, or
// ctx is done.
func (d *Directory) Await(ctx context.Context, id string, epoch int64) {
	for {
		news, stop := d.Changed(id)
		if d.registered(id) >= epoch {
			stop()
			return
		}
		select {
		case <-news:
		case <-ctx.Done():
			stop()
			return
		}
	}
}

// registered returns the greatest epoch of id that the registry has shown, -1
// for none.
func (d *Directory) registered(id string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entries[id]
	switch {
	case e == nil:
		return -1
	case e.query != nil:
		return max(e.query.Epoch, e.dropped)
	default:
		return e.dropped
	}
}

// Changed returns a channel that is closed at the next news of id.
func (d *Directory) Changed(id string) (news <-chan struct{}, stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := make(chan struct{})
	d.waiting[id] = append(d.waiting[id], c)
	return c, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		left := slices.DeleteFunc(d.waiting[id], func(o chan struct{}) bool { return o == c })
		if len(left) == 0 {
			delete(d.waiting, id)
		} else {
			d.waiting[id] = left
		}
	}
}
