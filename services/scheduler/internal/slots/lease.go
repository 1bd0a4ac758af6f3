package slots

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/results"
)

const (
	// TTL is how long a lease lives without being renewed: a session time-out
	// of the consumer groups, after which the member is gone too.
	TTL = 6 * time.Second

	renewEvery = TTL / 4
)

// ErrTaken says that the slot is another's now.
var ErrTaken = errors.New("the slot's lease is another's")

// Lease is the hold on a slot.
type Lease struct {
	rdb   redis.UniversalClient
	slot  int
	owner string
	lost  atomic.Bool // a renewal found no lease: Redis has lost its keys, or it had expired
}

// Acquire takes the least slot that is free and not avoided. Owner names the
// process, and no other ever: a lease under the same owner is taken as one's own.
func Acquire(ctx context.Context, rdb redis.UniversalClient, owner string, avoid map[int]bool) (*Lease, error) {
	for slot := 0; ; slot++ {
		if avoid[slot] {
			continue
		}
		l := &Lease{rdb: rdb, slot: slot, owner: owner}
		_, err := l.renew(ctx)
		if err == nil {
			return l, nil
		}
		if !errors.Is(err, ErrTaken) {
			return nil, fmt.Errorf("take a slot: %w", err)
		}
	}
}

// Hold takes a slot whoever has it: that of a configured ordinal, which its
// supervisor gives to one process at a time.
func Hold(ctx context.Context, rdb redis.UniversalClient, slot int, owner string) (*Lease, error) {
	if err := rdb.Set(ctx, results.SlotKey(slot), owner, TTL).Err(); err != nil {
		return nil, fmt.Errorf("take slot %d: %w", slot, err)
	}
	return &Lease{rdb: rdb, slot: slot, owner: owner}, nil
}

// Slot returns the slot's number, from 0.
func (l *Lease) Slot() int { return l.slot }

// renewal sets the lease where there is none or it is the caller's own, and
// returns whose it was, "" for nobody's. KEYS: the lease. ARGV: owner,
// milliseconds.
var renewal = redis.NewScript(`
local owner = redis.call('GET', KEYS[1])
if not owner or owner == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return owner or ''`)

// removal deletes the lease if it is the caller's. KEYS: the lease. ARGV: owner.
var removal = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0`)

// renew takes or renews the lease, and tells whether it was there.
func (l *Lease) renew(ctx context.Context) (was bool, err error) {
	owner, err := renewal.Run(ctx, l.rdb, []string{results.SlotKey(l.slot)}, l.owner, strconv.FormatInt(TTL.Milliseconds(), 10)).Text()
	if err != nil {
		return false, err
	}
	if owner != "" && owner != l.owner {
		return true, fmt.Errorf("slot %d: %w: %s", l.slot, ErrTaken, owner)
	}
	return owner != "", nil
}

// Keep renews the lease until ctx ends, and then returns nil, or until another
// has it: [ErrTaken]. A Redis that does not answer takes no slot away.
func (l *Lease) Keep(ctx context.Context, clock daemon.Clock) error {
	for {
		if err := clock.Sleep(ctx, renewEvery); err != nil {
			return nil
		}
		switch was, err := l.renew(ctx); {
		case errors.Is(err, ErrTaken):
			return err
		case err == nil && !was:
			l.lost.Store(true)
		}
	}
}

// Release gives the slot up for others to take at once. A Redis that does not
// answer lets the lease expire.
func (l *Lease) Release() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = removal.Run(ctx, l.rdb, []string{results.SlotKey(l.slot)}, l.owner).Err()
}
