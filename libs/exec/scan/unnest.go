package scan

import (
	"math/bits"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/planted"
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

// MostElements bounds the rows that are made of one document by the arrays up to a
// level: several arrays multiply. Those beyond are left out, and the document counts as an
// error.
const MostElements = 1 << 16

// madeOf is how many rows were made of the present document.
type madeOf struct {
	document int32 // of the batch
	rows     int
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
	document []int32 // at level 0

	arrays []*record.Column // by Stream.Unnest: what is unnested of the frame
}

// unnest makes rows of the rows of the present batch, which is at a level, and adds
// those.
func (t *Partial) unnest(b *record.Batch, level int) {
	s, f := t.stream, t.frames[level]
	if len(t.frames) == level+1 {
		t.frames = append(t.frames, new(frame))
	}
	if level == 0 {
		clear(t.made)
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
	if n > 0 {
		t.lostRows(s, n)
	}
}

func (t *Partial) lostRows(s *Stream, n uint64) {
	for sel := range s.Selections() {
		t.failed(sel, n)
	}
	for _, u := range s.Unnest {
		t.lostRows(u.Rows, n)
	}
}

// elements adds the elements of an array, as many at a time as a batch has.
func (t *Partial) elements(u *Unnest, array *record.Column, b *record.Batch, level int) {
	f, below := t.frames[level], t.frames[level-1]
	f.clear()
	made, ok := t.made[u]
	if !ok {
		made.document = -1
	}
	for row := range b.Len {
		if !array.Valid.At(row) {
			continue
		}
		document := int32(row)
		if level > 1 {
			document = below.document[row]
		}
		if document != made.document {
			made = madeOf{document: document}
		}
		from, to := array.Span(row)
		for at := from; at < to && made.rows <= MostElements; at++ {
			if planted.On(planted.ElementLost) && !array.Elem.Valid.At(at) {
				continue
			}
			if made.rows++; made.rows > MostElements {
				t.lostRows(u.Rows, 1)
				break
			}
			f.rows, f.elements = append(f.rows, int32(row)), append(f.elements, int32(at))
			f.places, f.document = append(f.places, int64(at-from+1)-placesFrom()), append(f.document, document)
			if len(f.rows) == BatchRows {
				t.addElements(u, array, b, level)
				f.clear()
			}
		}
	}
	t.made[u] = made
	if len(f.rows) > 0 {
		t.addElements(u, array, b, level)
	}
}

// clear lists no elements.
func (f *frame) clear() {
	f.rows, f.elements, f.places, f.document = f.rows[:0], f.elements[:0], f.places[:0], f.document[:0]
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

// placesFrom is what elements are counted from, less 1.
func placesFrom() int64 {
	if planted.On(planted.PlacesFromZero) {
		return 1
	}
	return 0
}
