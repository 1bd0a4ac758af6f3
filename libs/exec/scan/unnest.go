package scan

import (
	"math/bits"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
)

// Unnest makes a row for every element of an array in every row of a stream, in which
// columns stand at the same positions.
type Unnest struct {
	Array *Value // of the stream
	Rows  *Stream

	// Element and Position are where Rows has the element, and its place in the array
	// from 1.
	Element, Position int
}

// frame is a batch at one level: of documents at 0, of what is unnested of those at 1.
// All are there at the same time, as rows are made of rows.
type frame struct {
	in      expr.Input
	columns []*record.Column // by position

	// Of what is unnested, for which row there is what.
	batch    record.Batch    // without columns
	gathered []record.Column // as Stream.Positions has them
	rows     []int32         // of the frame below
	elements []int32         // of the array
	places   []int64

	arrays []*record.Column // by Stream.Unnest: what is unnested of the frame
}

// unnest makes rows of the rows of the present batch, which is at a level, and adds
// those.
func (t *Partial) unnest(b *record.Batch, level int) {
	s, f := t.stream, t.frames[level]
	if len(t.frames) == level+1 {
		t.frames = append(t.frames, new(frame))
	}
	f.arrays = f.arrays[:0]
	for _, u := range s.Unnest { // all before there is another batch
		f.arrays = append(f.arrays, t.value(u.Array))
		if pos, computed := expr.Position(u.Array.Expr); computed {
			t.lost(u.Rows, t.in.Errors(pos))
		}
	}
	for i, u := range s.Unnest {
		t.elements(u, f.arrays[i], b, level+1)
	}
	t.stream, t.in = s, &f.in
}

// lost counts rows of which nothing is made for their array is ERROR, as those are in
// which a WHERE is.
func (t *Partial) lost(s *Stream, errs []uint64) {
	n := uint64(0)
	for _, w := range errs {
		n += uint64(bits.OnesCount64(w))
	}
	if n == 0 {
		return
	}
	for sel := range s.Selections() {
		t.failed(sel, n)
	}
	for _, u := range s.Unnest {
		t.lost(u.Rows, errs)
	}
}

// elements adds the elements of an array, as many at a time as a batch has.
func (t *Partial) elements(u *Unnest, array *record.Column, b *record.Batch, level int) {
	f := t.frames[level]
	f.rows, f.elements, f.places = f.rows[:0], f.elements[:0], f.places[:0]
	for row := range b.Len {
		if !array.Valid.At(row) {
			continue
		}
		from, to := array.Span(row)
		for at := from; at < to; at++ {
			f.rows, f.elements, f.places = append(f.rows, int32(row)), append(f.elements, int32(at)), append(f.places, int64(at-from+1))
			if len(f.rows) == BatchRows {
				t.addElements(u, array, b, level)
				f.rows, f.elements, f.places = f.rows[:0], f.elements[:0], f.places[:0]
			}
		}
	}
	if len(f.rows) > 0 {
		t.addElements(u, array, b, level)
	}
}

// addElements adds the elements that a frame lists.
func (t *Partial) addElements(u *Unnest, array *record.Column, b *record.Batch, level int) {
	f, below := t.frames[level], t.frames[level-1]
	t.stream = u.Rows
	columns := t.fresh(level, len(f.rows))
	f.gathered = grow(f.gathered, len(u.Rows.Positions))
	for i, position := range u.Rows.Positions {
		c := &f.gathered[i]
		switch position {
		case u.Element:
			c.Gather(array.Elem, f.elements)
		case u.Position:
			c.Resize(record.BigIntType, len(f.places))
			for row, place := range f.places {
				c.Ints[row] = place
				c.Valid.Set(row)
			}
		default:
			c.Gather(below.columns[position], f.rows)
		}
		columns[position] = c
	}
	f.name(b)
	t.begun(columns, len(f.rows))
	if t.timing {
		t.evaluateTimed(&f.batch)
	} else {
		t.evaluate(&f.batch)
	}
	t.tallyEvaluations()
	if len(u.Rows.Unnest) > 0 {
		t.unnest(&f.batch, level)
	}
}

// name gives the elements the times and names of the rows that they are of.
func (f *frame) name(b *record.Batch) {
	out := &f.batch
	out.Reset()
	out.Len = len(f.rows)
	for _, row := range f.rows {
		out.EventTime = append(out.EventTime, b.EventTime[row])
		out.Partition = append(out.Partition, b.Partition[row])
		out.Offset = append(out.Offset, b.Offset[row])
		out.Index = append(out.Index, b.Index[row])
	}
}
