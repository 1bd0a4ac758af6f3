package results

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/segmentio/encoding/json"
)

// pageSize is how many rows a page of our own loops has, about.
const pageSize = 1000

// Reader reads results. It is safe for concurrent use.
type Reader struct {
	rdb redis.UniversalClient
}

// NewReader returns a reader.
func NewReader(rdb redis.UniversalClient) *Reader { return &Reader{rdb: rdb} }

// Row is one row of a result: Key is the group key, a canonical JSON array;
// Value is a JSON object, nil (null) for a row that has left.
type Row struct {
	Key   string
	Value json.RawMessage
}

// MarshalJSON writes {"key":[…],"row":{…}}.
func (r Row) MarshalJSON() ([]byte, error) {
	b := append([]byte(`{"key":`), r.Key...)
	b = append(b, `,"row":`...)
	if r.Value == nil {
		b = append(b, "null"...)
	} else {
		b = append(b, r.Value...)
	}
	return append(b, '}'), nil
}

// Listing returns one page of `millrace:queries`: query id → summary. Start with
// cursor 0, go on with the returned one until it is 0. A query may come twice.
func (r *Reader) Listing(ctx context.Context, cursor uint64, count int64) (map[string]string, uint64, error) {
	pairs, next, err := r.rdb.HScan(ctx, KeyQueries, cursor, "", count).Result()
	if err != nil {
		return nil, 0, fmt.Errorf("list queries: %w", classify(err))
	}
	page := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		page[pairs[i]] = pairs[i+1]
	}
	return page, next, nil
}

// IDs returns every query id in `millrace:queries`, sorted.
func (r *Reader) IDs(ctx context.Context) ([]string, error) {
	seen := map[string]bool{}
	for cursor := uint64(0); ; {
		page, next, err := r.Listing(ctx, cursor, pageSize)
		if err != nil {
			return nil, err
		}
		for id := range page {
			seen[id] = true
		}
		if cursor = next; cursor == 0 {
			return slices.Sorted(maps.Keys(seen)), nil
		}
	}
}

// Rows returns one page of a query's rows, of one window if w is not zero, in no
// order. Start with cursor 0, go on with the returned one until it is 0. Count is
// a hint. While rows change, one may come twice; rows that stay come at least
// once.
func (r *Reader) Rows(ctx context.Context, id string, w Window, cursor uint64, count int64) ([]Row, uint64, error) {
	pairs, next, err := r.rdb.HScan(ctx, RowsKey(id, w), cursor, "", count).Result()
	if err != nil {
		return nil, 0, fmt.Errorf("read rows of query %s: %w", id, classify(err))
	}
	page := make([]Row, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		page = append(page, Row{Key: pairs[i], Value: json.RawMessage(pairs[i+1])})
	}
	return page, next, nil
}

// RowsOf returns the rows with the given keys; one that is not there has a nil
// Value.
func (r *Reader) RowsOf(ctx context.Context, id string, w Window, keys []string) ([]Row, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	vals, err := r.rdb.HMGet(ctx, RowsKey(id, w), keys...).Result()
	if err != nil {
		return nil, fmt.Errorf("read rows of query %s: %w", id, classify(err))
	}
	rows := make([]Row, len(keys))
	for i, k := range keys {
		rows[i].Key = k
		if s, ok := vals[i].(string); ok {
			rows[i].Value = json.RawMessage(s)
		}
	}
	return rows, nil
}

// AllRows returns every row of a query, of one window if w is not zero, each
// once: for results that are known to be small, or finished.
func (r *Reader) AllRows(ctx context.Context, id string, w Window) (map[string]json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	for cursor := uint64(0); ; {
		page, next, err := r.Rows(ctx, id, w, cursor, pageSize)
		if err != nil {
			return nil, err
		}
		for _, row := range page {
			all[row.Key] = row.Value
		}
		if cursor = next; cursor == 0 {
			return all, nil
		}
	}
}

// Windows returns the windows of a query that have rows, by start.
func (r *Reader) Windows(ctx context.Context, id string) ([]Window, error) {
	all, err := r.listed(ctx, id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	cmds, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, w := range all {
			p.Exists(ctx, RowsKey(id, w), TopKey(id, w))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read windows of query %s: %w", id, classify(err))
	}
	there := all[:0]
	for i, w := range all {
		if c, ok := cmds[i].(*redis.IntCmd); ok && c.Val() > 0 {
			there = append(there, w)
		}
	}
	return there, nil
}

// listed returns the windows that the sorted set names; some may have expired.
func (r *Reader) listed(ctx context.Context, id string) ([]Window, error) {
	names, err := r.rdb.ZRange(ctx, WindowsKey(id), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("read windows of query %s: %w", id, classify(err))
	}
	windows := make([]Window, 0, len(names))
	for _, n := range names {
		w, err := ParseWindow(n)
		if err != nil {
			return nil, fmt.Errorf("read windows of query %s: %w", id, err)
		}
		windows = append(windows, w)
	}
	return windows, nil
}

// Top returns limit elements of an ordered list from position from on, as
// [Top.Rows] has them.
func (r *Reader) Top(ctx context.Context, id string, w Window, from, limit int64) ([]json.RawMessage, error) {
	if limit <= 0 {
		return nil, nil
	}
	vals, err := r.rdb.LRange(ctx, TopKey(id, w), from, from+limit-1).Result()
	if err != nil {
		return nil, fmt.Errorf("read ordered rows of query %s: %w", id, classify(err))
	}
	rows := make([]json.RawMessage, len(vals))
	for i, v := range vals {
		rows[i] = json.RawMessage(v)
	}
	return rows, nil
}

// Watch tells the writers that somebody watches a query until the given time,
// and takes those off the list whose time is over.
func (r *Reader) Watch(ctx context.Context, id string, until time.Time) error {
	_, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.ZAddArgs(ctx, KeyWatched, redis.ZAddArgs{
			GT:      true,
			Members: []redis.Z{{Score: float64(until.UnixMilli()), Member: id}},
		})
		p.ZRemRangeByScore(ctx, KeyWatched, "-inf", strconv.FormatInt(time.Now().UnixMilli()-1, 10))
		return nil
	})
	if err != nil {
		return fmt.Errorf("note that query %s is watched: %w", id, classify(err))
	}
	return nil
}

// Topics returns the topic ids that Redis remembers, by topic name.
func (r *Reader) Topics(ctx context.Context) (map[string]string, error) {
	m, err := r.rdb.HGetAll(ctx, KeyTopics).Result()
	if err != nil {
		return nil, fmt.Errorf("read topic ids: %w", classify(err))
	}
	return m, nil
}
