package scan

import "github.com/millrace/millrace/libs/exec/delta"

// tooLarge is how many times the block size a single group or row may have. What
// is larger could never be sent: it is left out and counted as an error.
const tooLarge = 4

// Blocks returns what has been accumulated as encoded blocks of about maxBytes
// bytes at most, for each of the exchange partitions those that it owns. The
// order of nodes and groups depends on nothing but their ids and keys; rows are
// in the order of their batches. A group or row of more than four times maxBytes
// is left out and counted among its node's errors.
//
// The Partial is as it was: Reset empties it.
func (t *Partial) Blocks(planPosition int64, partitions, maxBytes int) [][][]byte {
	out := make([][][]byte, partitions)
	t.WriteBlocks(planPosition, partitions, maxBytes, func(partition int32, block []byte) {
		out[partition] = append(out[partition], block)
	})
	return out
}

// WriteBlocks is Blocks that has them written one after the other as they are made, so that
// they need not be in memory together. They are the writer's own.
func (t *Partial) WriteBlocks(planPosition int64, partitions, maxBytes int, write func(partition int32, block []byte)) {
	if t.sampler != nil {
		t.sampler.mark()
		defer t.flushed()
		// What is written waits for room where it goes to: that is no work.
		untimed := write
		write = func(partition int32, block []byte) { t.sampler.except(func() { untimed(partition, block) }) }
	}
	w := &blockWriter{partitions: partitions, max: maxBytes, begun: make([]int, partitions)}
	for i := range int32(partitions) {
		e := delta.NewEncoder(planPosition, 0, maxBytes)
		e.To(func(block []byte) { write(i, block) })
		w.encoders = append(w.encoders, e)
	}
	list := t.nodes()
	for i, at := range list.order {
		w.node = i + 1
		switch n := &list.nodes[uint32(at)]; {
		case n.agg != nil:
			w.single(n)
		case n.table == nil:
			w.rows(n.out)
		case n.out == nil:
			w.count(n.counted, n.table, n.rows)
		default:
			w.table(n.out, n.table, n.out.groups.inOrder())
		}
	}
	for _, e := range w.encoders {
		e.Finish()
	}
}

// credit gives a counted table's rows to its output.
func (t *Partial) credit(slot int32, rows uint64) {
	c := t.program.Counts.At(slot)
	c.Tally.matched.Add(int64(rows))
	t.counts[slot] = 0
	t.only(t.outputs[c.Table.Slot]).rows += rows
}
