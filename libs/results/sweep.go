package results

import (
	"context"
	"fmt"
)

// Sweep says what of a query's results in Redis a merge partition does not have.
// Several partitions share a query's keys: each answers for what it owns.
type Sweep struct {
	Target
	// StaleRow reports whether a row belongs to this partition and is not in its
	// state.
	StaleRow func(w Window, key string) bool
	// StaleTop reports the same of an ordered list; nil: never.
	StaleTop func(w Window) bool
}

// Sweep deletes what a partition owns of a query's results and does not have in
// its state: the last step of a repair, after all rows were written again. It
// reads in pages and deletes through [Writer.Apply], with its errors. It returns
// false if the query was refused for a higher epoch.
func (w *Writer) Sweep(ctx context.Context, offset int64, s Sweep) (bool, error) {
	r := NewReader(w.rdb)
	windows, err := r.listed(ctx, s.ID)
	if err != nil {
		return true, err
	}
	for _, win := range append(windows, Window{}) {
		if s.StaleTop != nil && s.StaleTop(win) {
			ok, err := w.sweepTop(ctx, offset, s.Target, win)
			if err != nil || !ok {
				return ok, err
			}
		}
		cursor := uint64(0)
		for {
			page, next, err := r.Rows(ctx, s.ID, win, cursor, pageSize)
			if err != nil {
				return true, fmt.Errorf("sweep query %s: %w", s.ID, err)
			}
			op := &Rows{Target: s.Target, Window: win}
			for _, row := range page {
				if s.StaleRow(win, row.Key) {
					op.Del = append(op.Del, row.Key)
				}
			}
			if len(op.Del) > 0 {
				refused, err := w.Apply(ctx, offset, []Op{op})
				if err != nil || len(refused) > 0 {
					return len(refused) == 0, err
				}
			}
			if cursor = next; cursor == 0 {
				break
			}
		}
	}
	return true, nil
}

func (w *Writer) sweepTop(ctx context.Context, offset int64, t Target, win Window) (bool, error) {
	n, err := w.rdb.Exists(ctx, TopKey(t.ID, win)).Result()
	if err != nil {
		return true, classify(err)
	}
	if n == 0 {
		return true, nil
	}
	refused, err := w.Apply(ctx, offset, []Op{&Top{Target: t, Window: win}})
	return len(refused) == 0, err
}
