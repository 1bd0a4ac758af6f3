package slots

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/results"
)

const (
	lookEvery = time.Second
	recheck   = lookEvery / 4 // then an answer to the renewal of the own lease is here
	beyond    = 16            // slots that are looked at above the greatest one seen
)

// Watch looks at the slots' leases until ctx ends, and calls expired for each
// that it saw held and then sees no longer held, once. It stays silent until
// Redis has answered every look for one TTL and had the caller's own lease: a
// Redis that was away or lost its keys lets leases expire of schedulers that are
// well. Where expired fails it is called again at the next look.
func Watch(ctx context.Context, own *Lease, clock daemon.Clock, expired func(ctx context.Context, slot int) error) {
	w := watcher{own: own, clock: clock, seen: map[int]time.Time{}}
	for {
		gone := w.look(ctx)
		if len(gone) > 0 && clock.Sleep(ctx, recheck) != nil {
			return
		}
		for _, slot := range gone {
			switch n, err := own.rdb.Exists(ctx, results.SlotKey(slot)).Result(); {
			case err != nil:
			case n > 0: // somebody has taken it since the look
				w.seen[slot] = clock.Now()
			case own.lost.Load(): // Redis has lost its keys, as is known by now
			case expired(ctx, slot) == nil:
				delete(w.seen, slot)
			}
		}
		if err := clock.Sleep(ctx, lookEvery); err != nil {
			return
		}
	}
}

type watcher struct {
	own   *Lease
	clock daemon.Clock
	since time.Time         // Redis has answered every look since then, and had the own lease
	last  time.Time         // of a look
	seen  map[int]time.Time // slot → when its lease was last seen held
}

// look returns the slots whose leases have expired.
func (w *watcher) look(ctx context.Context) []int {
	top := w.own.slot
	for slot := range w.seen {
		top = max(top, slot)
	}
	keys := make([]string, top+beyond)
	for slot := range keys {
		keys[slot] = results.SlotKey(slot)
	}
	held, err := w.own.rdb.MGet(ctx, keys...).Result()
	// Read after the others: a renewal that put the own lease back was before.
	lost := w.own.lost.Swap(false)
	now := w.clock.Now()
	if err != nil && !errors.Is(err, redis.Nil) {
		w.since = time.Time{}
		return nil
	}
	if w.since.IsZero() || lost || held[w.own.slot] == nil || now.Sub(w.last) > TTL/2 || now.Before(w.last) {
		w.since = now // Redis was away, has lost keys, or this process stood still
	}
	w.last = now
	for slot, owner := range held {
		if owner != nil {
			w.seen[slot] = now
		}
	}
	if now.Sub(w.since) < TTL {
		return nil
	}
	var out []int
	for _, slot := range slices.Sorted(maps.Keys(w.seen)) {
		if w.seen[slot] != now {
			out = append(out, slot)
		}
	}
	return out
}
