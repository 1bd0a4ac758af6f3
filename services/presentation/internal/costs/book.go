// Package costs keeps what schedulers have measured, for those who price queries.
//
// Its main noun is the [Book], which is filled from the records of millrace.costs
// and answers from memory: of several schedulers it tells the mean. What is not told
// again for a while is of one that is gone.
//
//	b := costs.New(time.Now)
//	b.Read(&rec)
//	e, err := plans.Query("q1", explain.Options{Sharing: true, Measured: b.Measured})
package costs

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

const (
	// stale is when a cost counts no more: schedulers tell all that they know several
	// times as often.
	stale = 2 * time.Hour

	// mostNodes bounds the memory, whoever writes the topic.
	mostNodes = 1 << 17
)

// Book is safe for concurrent use.
type Book struct {
	now func() time.Time

	mu    sync.RWMutex
	nodes map[plan.ID][]told
}

// told is what one scheduler has told of a node.
type told struct {
	slot int32
	time time.Time
	explain.Measurement
}

// New returns an empty book.
func New(now func() time.Time) *Book { return &Book{now: now, nodes: map[plan.ID][]told{}} }

// Reset forgets everything: the topic is read anew.
func (b *Book) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.nodes)
}

// Read takes a record of millrace.costs; the error says why it is skipped.
func (b *Book) Read(rec *kafka.Record) error {
	if rec.Control {
		return nil
	}
	slot, node, ok := wire.ParseCostKey(rec.Key)
	if !ok {
		return errors.New("its key is not that of a cost")
	}
	id, err := plan.ParseID(node)
	if err != nil {
		return err
	}
	var c wire.Cost
	if rec.Value != nil {
		if err := c.Unmarshal(rec.Value); err != nil {
			return err
		}
		if c.Slot != slot || c.Node != node {
			return errors.New("its key is that of another cost")
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.DeleteFunc(b.nodes[id], func(t told) bool { return t.slot == slot })
	if rec.Value != nil && (len(all) > 0 || len(b.nodes) < mostNodes) {
		m := explain.Measurement{Nanos: c.Nanos, Rows: c.Rows, Kept: c.Kept, Samples: c.Samples, Nodes: c.Nodes}
		all = append(all, told{slot, c.Time, m})
	}
	if len(all) > 0 {
		b.nodes[id] = all
	} else {
		delete(b.nodes, id)
	}
	return nil
}

// Measured implements [explain.Measured].
func (b *Book) Measured(id plan.ID) (explain.Measurement, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var sum explain.Measurement
	n, now := 0.0, b.now()
	nanos := 0.0
	for _, t := range b.nodes[id] {
		if now.Sub(t.time) > stale {
			continue
		}
		n++
		nanos += t.Nanos * float64(t.Samples)
		sum.Rows += t.Rows
		sum.Kept += t.Kept
		sum.Samples += t.Samples
		sum.Nodes = max(sum.Nodes, t.Nodes)
	}
	if n == 0 {
		return sum, false
	}
	if sum.Samples > 0 {
		sum.Nanos = nanos / float64(sum.Samples)
	}
	sum.Rows, sum.Kept = sum.Rows/n, sum.Kept/n
	return sum, true
}
