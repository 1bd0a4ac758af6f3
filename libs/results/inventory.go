package results

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Inventory is what Redis holds of Millrace.
type Inventory struct {
	Keys    int64    // all of them: what [Reset] deletes
	Queries int64    // that have facts
	Leases  []string // keys of the slots that schedulers hold, in order
}

// TakeInventory looks through the keys.
func TakeInventory(ctx context.Context, rdb redis.UniversalClient) (*Inventory, error) {
	inv := &Inventory{}
	it := rdb.Scan(ctx, 0, prefix+"*", 1000).Iterator()
	for it.Next(ctx) {
		key := it.Val()
		inv.Keys++
		switch {
		case strings.HasPrefix(key, prefix+"slot:"):
			inv.Leases = append(inv.Leases, key)
		case strings.HasPrefix(key, prefix+"{") && strings.HasSuffix(key, "}:meta"):
			inv.Queries++
		}
	}
	if err := it.Err(); err != nil {
		return nil, fmt.Errorf("look through the keys of redis: %w", advise(rdb, classify(err)))
	}
	slices.Sort(inv.Leases)
	inv.Leases = slices.Compact(inv.Leases) // SCAN may tell a key twice
	return inv, nil
}
