package results

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Facts is what `millrace:{ID}:meta` holds.
type Facts struct {
	// Fields are the query's facts, with the counters as single partitions wrote
	// them left out.
	Fields map[string]string
	// Counters are sums over merge partitions.
	Counters map[string]int64
	// Changed holds the last change of the query's rows per merge partition.
	Changed map[int32]Mark
}

// Mark names a change by a merge partition: the exchange offset that it was made
// at, and its n, which no two script calls share (those of one flush have the
// same offset).
type Mark struct {
	Offset int64
	N      int64
}

// String writes OFFSET/N.
func (m Mark) String() string {
	return strconv.FormatInt(m.Offset, 10) + "/" + strconv.FormatInt(m.N, 10)
}

// ParseMark reads OFFSET/N.
func ParseMark(s string) (Mark, error) {
	offset, n, _ := strings.Cut(s, "/")
	o, err1 := strconv.ParseInt(offset, 10, 64)
	i, err2 := strconv.ParseInt(n, 10, 64)
	if err1 != nil || err2 != nil {
		return Mark{}, fmt.Errorf("mark %q: expected OFFSET/N", s)
	}
	return Mark{Offset: o, N: i}, nil
}

// Names of the facts that more than one package knows.
const (
	FieldStatus  = "status"
	FieldEpoch   = "epoch"
	FieldColumns = "columns"
	FieldSQL     = "sql"
	FieldOwner   = "owner"
	FieldStarted = "started"
	FieldUpdated = "updated" // ms since 1970, set by every change of rows
	FieldPassed  = "passed"  // posts that were read before the query began

	StatusLive      = "live"
	StatusCompleted = "completed"
	StatusDropped   = "dropped"
	StatusFailed    = "failed"

	fieldChanged = "changed"
)

// Epoch returns the epoch that the facts were written under, -1 if unknown.
func (f Facts) Epoch() int64 {
	n, err := strconv.ParseInt(f.Fields[FieldEpoch], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// Passed returns how many posts were read before the query began; false where that
// is not known, as before it is live.
func (f Facts) Passed() (int64, bool) {
	n, err := strconv.ParseInt(f.Fields[FieldPassed], 10, 64)
	return n, err == nil
}

// Updated returns when the results were last changed; false before the first change.
func (f Facts) Updated() (time.Time, bool) {
	ms, err := strconv.ParseInt(f.Fields[FieldUpdated], 10, 64)
	return time.UnixMilli(ms).UTC(), err == nil
}

// Facts reads a query's facts; false means that there are none.
func (r *Reader) Facts(ctx context.Context, id string) (Facts, bool, error) {
	all, err := r.rdb.HGetAll(ctx, MetaKey(id)).Result()
	if err != nil {
		return Facts{}, false, fmt.Errorf("read facts of query %s: %w", id, classify(err))
	}
	return newFacts(all), len(all) > 0, nil
}

func newFacts(all map[string]string) Facts {
	f := Facts{Fields: map[string]string{}, Counters: map[string]int64{}, Changed: map[int32]Mark{}}
	for k, v := range all {
		f.add(k, v)
	}
	return f
}

// add sorts one field of the hash in.
func (f *Facts) add(field, value string) {
	name, part, _ := strings.Cut(field, ":")
	p, err := strconv.ParseInt(part, 10, 32)
	if err != nil {
		f.Fields[field] = value
		return
	}
	if name == fieldChanged {
		if m, err := ParseMark(value); err == nil {
			f.Changed[int32(p)] = m
		}
		return
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		f.Counters[name] += n
	} else {
		f.Fields[field] = value
	}
}

// Epoch returns the epoch that results of the query have now; false if Redis
// knows none.
func (r *Reader) Epoch(ctx context.Context, id string) (int64, bool, error) {
	n, err := r.rdb.HGet(ctx, VersionsKey(id), "epoch").Int64()
	if errors.Is(err, redis.Nil) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("read epoch of query %s: %w", id, classify(err))
	}
	return n, true, nil
}

// Epochs is [Reader.Epoch] of many queries; those that Redis does not know are
// left out.
func (r *Reader) Epochs(ctx context.Context, ids []string) (map[string]int64, error) {
	epochs := map[string]int64{}
	for some := range slices.Chunk(ids, pageSize) {
		cmds, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, id := range some {
				p.HGet(ctx, VersionsKey(id), "epoch")
			}
			return nil
		})
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, fmt.Errorf("read the epochs of queries: %w", classify(err))
		}
		for i, id := range some {
			if c, ok := cmds[i].(*redis.StringCmd); ok && c.Err() == nil {
				if epochs[id], err = c.Int64(); err != nil {
					return nil, fmt.Errorf("epoch of query %s: %w", id, err)
				}
			}
		}
	}
	return epochs, nil
}

// State is the status of a query and the epoch that it is of.
type State struct {
	Epoch  int64
	Status string
}

// States reads the status of many queries; those that Redis does not know are
// left out.
func (r *Reader) States(ctx context.Context, ids []string) (map[string]State, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	cmds, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, id := range ids {
			p.HMGet(ctx, MetaKey(id), FieldEpoch, FieldStatus)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the status of queries: %w", classify(err))
	}
	states := map[string]State{}
	for i, id := range ids {
		c, ok := cmds[i].(*redis.SliceCmd)
		if !ok || len(c.Val()) != 2 {
			continue
		}
		text, _ := c.Val()[0].(string)
		status, _ := c.Val()[1].(string)
		epoch, err := strconv.ParseInt(text, 10, 64)
		if err == nil && status != "" {
			states[id] = State{Epoch: epoch, Status: status}
		}
	}
	return states, nil
}
