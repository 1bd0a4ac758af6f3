package results

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNotLive says that a query has ended, or was replaced, at an epoch that
// somebody waited for.
var ErrNotLive = errors.New("query will not be live")

// WaitLive waits until a query's status is live under the given epoch, or completed since,
// and returns its facts. It fails with ErrNotLive if the query fails, is dropped or
// is replaced by a later submission first, and with the context's error when
// that is done. While Redis is unavailable it waits on.
func (r *Reader) WaitLive(ctx context.Context, id string, epoch int64) (Facts, error) {
	pause := 5 * time.Millisecond
	for {
		f, live, err := r.live(ctx, id, epoch)
		if live || err != nil && !errors.Is(err, ErrUnavailable) {
			return f, err
		}
		select {
		case <-ctx.Done():
			return Facts{}, ctx.Err()
		case <-time.After(pause):
			pause = min(2*pause, 100*time.Millisecond)
		}
	}
}

func (r *Reader) live(ctx context.Context, id string, epoch int64) (Facts, bool, error) {
	f, _, err := r.Facts(ctx, id)
	if err != nil {
		return Facts{}, false, err
	}
	now, known, err := r.Epoch(ctx, id)
	if err != nil {
		return Facts{}, false, err
	}
	status := f.Fields[FieldStatus]
	switch {
	case f.Epoch() == epoch && status == StatusLive:
		return f, true, nil
	case known && now >= epoch && status == StatusCompleted && f.Epoch() >= epoch:
		return f, true, nil // it was
	case known && now >= epoch && status == StatusFailed && f.Epoch() >= epoch:
		return f, false, fmt.Errorf("%w: query %s failed", ErrNotLive, id)
	case known && now > epoch:
		return f, false, fmt.Errorf("%w: query %s was dropped or submitted again (epoch %d is past %d)", ErrNotLive, id, now, epoch)
	}
	return f, false, nil
}
