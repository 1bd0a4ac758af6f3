package merge

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/millrace/millrace/libs/exec/meter"
)

// One Apply is given about so many rows, and rows of about so many bytes.
const (
	batchFields = 4000
	batchBytes  = 16 << 20
)

// writeBatch collects operations of several queries, and settles what they owe
// once the store has acknowledged it.
type writeBatch struct {
	o       *owned
	offset  int64
	refused *meter.Tally
	sums    sums

	ops    []Op
	pieces []piece
	fields int
	bytes  int // about

	rows int // written so far
}

// metaFields is about how many fields a query's facts are.
const metaFields = 10

// piece is a part of what one query owes.
type piece struct {
	q     *query
	refs  []rowRef // of q.rows
	wrote bool     // it came to an operation
	last  bool     // nothing else is owed
}

// add adds everything that a query owes; what is many rows is sent in several
// batches. The facts come last: their counters are of the rows, and a query that
// is said to be live has its row.
func (b *writeBatch) add(ctx context.Context, q *query) error {
	ops, fields, err := b.o.windowOps(&b.sums, q)
	if err != nil {
		return fmt.Errorf("%w: %w", errInternal, err)
	}
	b.put(piece{q: q}, ops, fields)
	for refs := slices.SortedFunc(maps.Keys(q.rows), compareRefs); len(refs) > 0; {
		want := min(len(refs), max(batchFields-b.fields, 1))
		ops, n, err := b.o.rowsOps(&b.sums, q, refs[:want], max(batchBytes-b.bytes, 1))
		if err != nil {
			return fmt.Errorf("%w: %w", errInternal, err)
		}
		b.put(piece{q: q, refs: refs[:n]}, ops, n)
		refs = refs[n:]
		if n < want || b.full() {
			if err := b.send(ctx); err != nil {
				return err
			}
		}
	}
	ops = b.o.factsOps(&b.sums, q)
	b.put(piece{q: q, last: true}, ops, metaFields*len(ops))
	b.o.checkLimits(&b.sums, q)
	if b.full() {
		return b.send(ctx)
	}
	return nil
}

func (b *writeBatch) full() bool { return b.fields >= batchFields || b.bytes >= batchBytes }

func (b *writeBatch) put(p piece, ops []Op, fields int) {
	p.wrote = len(ops) > 0
	b.pieces = append(b.pieces, p)
	b.ops = append(b.ops, ops...)
	b.fields += fields
	if !p.last {
		b.bytes += int(p.q.rowBytes * float64(fields))
	}
}

// send writes the batch. A query that the store refuses has a later epoch there:
// what it owes is forgotten.
func (b *writeBatch) send(ctx context.Context) error {
	var refused []string
	if len(b.ops) > 0 {
		var err error
		if refused, err = b.o.writer.Apply(ctx, b.offset, b.ops); err != nil {
			return err
		}
		for range refused {
			b.refused.Add(ReasonEpoch)
		}
	}
	for _, p := range b.pieces {
		taken := !slices.Contains(refused, p.q.ID)
		p.q.known = p.q.known || taken && p.wrote
		before := p.q.owes()
		for _, r := range p.refs {
			delete(p.q.rows, r)
		}
		b.o.changed(p.q, before)
		if !p.last {
			continue
		}
		if p.q.sweep && taken {
			b.o.sweeps = append(b.o.sweeps, p.q)
		}
		b.o.settle(p.q)
	}
	b.rows += b.fields
	b.ops, b.pieces, b.fields, b.bytes = b.ops[:0], b.pieces[:0], 0, 0
	return nil
}
