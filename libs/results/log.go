package results

import (
	"context"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"
	"github.com/segmentio/encoding/json"
)

// LogEntry is one entry of a log: a row, or a gap where rows may be missing
// because Redis lost data.
type LogEntry struct {
	ID  string          `json:"id"` // exchange offset-index
	Row json.RawMessage `json:"row,omitempty"`
	Gap bool            `json:"gap,omitempty"`
}

// Log returns up to limit entries of a log after the entry with the given id
// ("" for the beginning), oldest first.
func (r *Reader) Log(ctx context.Context, id, after string, limit int64) ([]LogEntry, error) {
	from := "-"
	if after != "" {
		from = "(" + after
	}
	msgs, err := r.rdb.XRangeN(ctx, LogKey(id), from, "+", limit).Result()
	if err != nil {
		return nil, fmt.Errorf("read log of query %s: %w", id, classify(err))
	}
	return logEntries(msgs), nil
}

// LogTail returns the newest entries of a log, up to limit, oldest first.
func (r *Reader) LogTail(ctx context.Context, id string, limit int64) ([]LogEntry, error) {
	msgs, err := r.rdb.XRevRangeN(ctx, LogKey(id), "+", "-", limit).Result()
	if err != nil {
		return nil, fmt.Errorf("read log of query %s: %w", id, classify(err))
	}
	slices.Reverse(msgs)
	return logEntries(msgs), nil
}

func logEntries(msgs []redis.XMessage) []LogEntry {
	entries := make([]LogEntry, len(msgs))
	for i, m := range msgs {
		entries[i].ID = m.ID
		if row, ok := m.Values["row"].(string); ok {
			entries[i].Row = json.RawMessage(row)
		} else {
			entries[i].Gap = true
		}
	}
	return entries
}
