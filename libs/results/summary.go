package results

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
	"github.com/segmentio/encoding/json"
)

const (
	// firstRows is how many elements of an ordered list, and firstEntries of a
	// log, a [Head] has.
	firstRows    = 3
	firstEntries = 1
	// maxHeadRows is how many rows a result may have to be read for its head.
	maxHeadRows = 1000
)

// counterNames are the counters that [Reader.Brief] reads.
func counterNames() []string { return []string{"matched", "late", "no_time", "errors", "mismatches"} }

// Brief reads of many queries at once what changes: epoch, status, passed,
// updated, the counters and the marks of changes. What the registry tells as well
// is left out, since it may be long. Queries that Redis does not know are left
// out.
func (r *Reader) Brief(ctx context.Context, ids []string) (map[string]Facts, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	of, err := r.rdb.HGet(ctx, FenceKey(0), "partitions").Int()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read counters of queries: %w", classify(err))
	}
	fields := []string{FieldEpoch, FieldStatus, FieldPassed, FieldUpdated}
	for p := range of {
		for _, name := range append(counterNames(), fieldChanged) {
			fields = append(fields, name+":"+strconv.Itoa(p))
		}
	}
	cmds, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, id := range ids {
			p.HMGet(ctx, MetaKey(id), fields...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read counters of queries: %w", classify(err))
	}
	all := map[string]Facts{}
	for i, id := range ids {
		c, ok := cmds[i].(*redis.SliceCmd)
		if !ok {
			continue
		}
		found := map[string]string{}
		for j, v := range c.Val() {
			if s, ok := v.(string); ok {
				found[fields[j]] = s
			}
		}
		if len(found) > 0 {
			all[id] = newFacts(found)
		}
	}
	return all, nil
}

// Shape says how a query's results lie.
type Shape uint8

// The shapes.
const (
	ShapeRows Shape = iota
	ShapeTop
	ShapeLog
)

// HeadOf names a query whose head is wanted.
type HeadOf struct {
	ID       string
	Shape    Shape
	Windowed bool
}

// Head is how a result begins.
type Head struct {
	Window  Window            // the newest one, of a windowed query; zero: there is none
	Length  int64             // of the result, or of that window's
	Rows    []Row             // ShapeRows: all of them, in no order, unless there are more than 1000
	Top     []json.RawMessage // ShapeTop: the first three, as [Top.Rows] has them
	Entries []LogEntry        // ShapeLog: the newest
}

// Heads reads how many results begin, in three round trips.
func (r *Reader) Heads(ctx context.Context, of []HeadOf) ([]Head, error) {
	heads := make([]Head, len(of))
	steps := []func(p redis.Pipeliner, i int) func() error{
		func(p redis.Pipeliner, i int) func() error { return newestWindow(ctx, p, of[i], &heads[i]) },
		func(p redis.Pipeliner, i int) func() error { return begins(ctx, p, of[i], &heads[i]) },
		func(p redis.Pipeliner, i int) func() error { return headRows(ctx, p, of[i], &heads[i]) },
	}
	for _, step := range steps {
		var take []func() error
		_, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range of {
				if t := step(p, i); t != nil {
					take = append(take, t)
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read the heads of results: %w", classify(err))
		}
		for _, t := range take {
			if err := t(); err != nil {
				return nil, fmt.Errorf("read the heads of results: %w", err)
			}
		}
	}
	return heads, nil
}

// newestWindow asks for the newest window, and returns what takes the answer; nil
// where there is nothing to ask, as the others do.
func newestWindow(ctx context.Context, p redis.Pipeliner, of HeadOf, h *Head) func() error {
	if !of.Windowed {
		return nil
	}
	newest := p.ZRangeArgs(ctx, redis.ZRangeArgs{Key: WindowsKey(of.ID), Start: 0, Stop: 0, Rev: true})
	return func() (err error) {
		if names := newest.Val(); len(names) > 0 {
			h.Window, err = ParseWindow(names[0])
		}
		return err
	}
}

// begins asks for the length, and for how lists and logs begin.
func begins(ctx context.Context, p redis.Pipeliner, of HeadOf, h *Head) func() error {
	if of.Windowed && h.Window.IsZero() {
		return nil
	}
	switch of.Shape {
	case ShapeTop:
		length, first := p.LLen(ctx, TopKey(of.ID, h.Window)), p.LRange(ctx, TopKey(of.ID, h.Window), 0, firstRows-1)
		return func() error {
			h.Length = length.Val()
			for _, v := range first.Val() {
				h.Top = append(h.Top, json.RawMessage(v))
			}
			return nil
		}
	case ShapeLog:
		length, newest := p.XLen(ctx, LogKey(of.ID)), p.XRevRangeN(ctx, LogKey(of.ID), "+", "-", firstEntries)
		return func() error {
			h.Length, h.Entries = length.Val(), logEntries(newest.Val())
			return nil
		}
	default:
		length := p.HLen(ctx, RowsKey(of.ID, h.Window))
		return func() error {
			h.Length = length.Val()
			return nil
		}
	}
}

// headRows asks for the rows where they are known to be few.
func headRows(ctx context.Context, p redis.Pipeliner, of HeadOf, h *Head) func() error {
	if of.Shape != ShapeRows || h.Length == 0 || h.Length > maxHeadRows {
		return nil
	}
	all := p.HGetAll(ctx, RowsKey(of.ID, h.Window))
	return func() error {
		for key, value := range all.Val() {
			h.Rows = append(h.Rows, Row{Key: key, Value: json.RawMessage(value)})
		}
		return nil
	}
}
