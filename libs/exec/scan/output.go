package scan

import "github.com/millrace/millrace/libs/record"

// output accumulates a Table or a Rows.
type output struct {
	table *Table
	list  *Rows

	errors, mismatches, noTime uint64

	groups groups
	used   bool // since it was last swept
	kept   int  // bytes that it took of Partial.room

	rows []rowMark
	data []byte
}

// rowMark is a row of a Rows; its data ends at end.
type rowMark struct {
	eventTime, offset int64
	partition, index  int32
	end               int
}

const rowMarkBytes = 40

// keptBytes is about how much memory outputs keep from one transaction for another,
// all of them together, beyond a little for each.
const keptBytes = 64 << 20

// reset empties o for another transaction. Of the room that there is it takes what it
// keeps beyond a little, and returns the rest.
func (o *output) reset(room int) int {
	const little = 16 << 10 // bytes, for rows
	was := *o
	room += was.kept
	*o = output{groups: was.groups, used: true}
	o.kept = o.groups.reset(room)
	size := cap(was.data) + cap(was.rows)*rowMarkBytes
	switch {
	case size <= little:
		o.rows, o.data = was.rows[:0], was.data[:0]
	case size <= room-o.kept && len(was.data) >= cap(was.data)/4:
		o.rows, o.data = was.rows[:0], was.data[:0]
		o.kept += size
	}
	return room - o.kept
}

// sweep lets go of memory of outputs that were not used for a while, of some of
// them at a time.
func (t *Partial) sweep() {
	const parts = 64
	for range min(len(t.outputs)/parts+1, len(t.outputs)) {
		t.swept = (t.swept + 1) % len(t.outputs)
		switch o := t.outputs[t.swept]; {
		case o == nil:
		case o.used:
			o.used = false
		default:
			t.room += o.kept
			t.outputs[t.swept] = nil
		}
	}
}

// tableOutput returns the accumulator of a table.
func (t *Partial) tableOutput(table *Table) *output {
	o := t.output(table.Slot)
	o.table = table
	return o
}

// rowsOutput returns the accumulator of rows.
func (t *Partial) rowsOutput(list *Rows) *output {
	o := t.output(list.Slot)
	o.list = list
	return o
}

// output returns the accumulator of a slot; the caller sets whose it is.
func (t *Partial) output(slot int) *output {
	o := t.outputs[slot]
	if o == nil {
		o = new(output)
		t.outputs[slot] = o
	}
	if o.table == nil && o.list == nil {
		t.touched = append(t.touched, slot)
	}
	return o
}

// addRows returns rows of which the columns are in t.args.
func (t *Partial) addRows(list *Rows, b *record.Batch, rows []int32) {
	o := t.rowsOutput(list)
	data, room := o.data, t.most-t.bytes
	for _, row := range rows {
		if room <= 0 {
			o.data, t.bytes = data, t.most-room
			t.spill()
			o = t.rowsOutput(list)
			data, room = o.data, t.most-t.bytes
		}
		i, from := int(row), len(data)
		for _, c := range t.args {
			if data = appendCell(data, c, i); len(data)-from > t.largest {
				break
			}
		}
		if len(data)-from > t.largest {
			data = data[:from]
			o.errors++
			continue
		}
		o.rows = append(o.rows, rowMark{
			eventTime: b.EventTime[i], partition: b.Partition[i], offset: b.Offset[i], index: b.Index[i], end: len(data),
		})
		room -= len(data) - from + rowMarkBytes
	}
	o.data, t.bytes = data, t.most-room
}
