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

	// All says that somebody wants the elements of all documents; else they are made of
	// those that a [Part] finds for the slot.
	All  bool
	Slot int
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
	for _, u := range s.Unnest {
		t.stream, t.in = s, &f.in
		rows := t.unnested(u, level)
		if some(rows) && !t.unnestRows(u, b, level, rows) {
			f.in.Portions(rows, func(rows []uint64) bool {
				t.stream, t.in = s, &f.in
				return t.unnestRows(u, b, level, rows)
			})
		}
		t.stream, t.in = s, &f.in
		t.give(rows)
	}
}

// unnested returns the rows of which elements are wanted, to be given back.
func (t *Partial) unnested(u *Unnest, level int) []uint64 {
	rows := t.take()
	if u.All {
		copy(rows, t.allRows())
		return rows
	}
	wanted := t.wanted[u.Slot].in(t.documents)
	switch {
	case wanted == nil:
		clear(rows)
	case level == 0:
		copy(rows, wanted)
	default:
		clear(rows)
		for row, document := range t.frames[level].document {
			rows[row>>6] |= wanted[document>>6] >> (document & 63) & 1 << (row & 63)
		}
	}
	return rows
}

// unnestRows adds the elements of rows; held is false, and nothing has changed, where not
// all arrays could be held.
func (t *Partial) unnestRows(u *Unnest, b *record.Batch, level int, rows []uint64) (held bool) {
	f := t.frames[level]
	pos, computed := expr.Position(u.Array.Expr)
	if !computed {
		t.elements(u, u.Array.Expr.Eval(t.in, &t.own[u.Array.Slot]), b, level+1, rows)
		return true
	}
	mark := t.in.Mark()
	t.in.Need(pos, rows)
	if !t.in.Held(mark) {
		return false
	}
	if errs := t.in.Errors(pos); errs != nil {
		var documents []int32
		for i, w := range errs {
			for w &= rows[i]; w != 0; w &= w - 1 {
				document := int32(i<<6 | bits.TrailingZeros64(w))
				if level > 0 {
					document = f.document[document]
				}
				documents = append(documents, document)
			}
		}
		t.lost(u.Rows, documents)
	}
	t.elements(u, t.in.Columns[pos], b, level+1, rows)
	return true
}

// lost counts rows of these documents of which nothing is made, as those are counted in
// which a WHERE is ERROR: for the selections whose conditions that name no element are
// TRUE of the document.
func (t *Partial) lost(s *Stream, documents []int32) {
	for sel := range s.Selections() {
		n := uint64(len(documents))
		if sel.Part != NoSlot {
			wanted := t.parts[sel.Part].in(t.documents)
			n = 0
			for _, d := range documents {
				if wanted != nil {
					n += wanted[d>>6] >> (d & 63) & 1
				}
			}
		}
		if n > 0 {
			t.failed(sel, n)
		}
	}
	for _, u := range s.Unnest {
		t.lost(u.Rows, documents)
	}
}

// elements adds the elements of an array in rows, as many at a time as a batch has.
func (t *Partial) elements(u *Unnest, array *record.Column, b *record.Batch, level int, rows []uint64) {
	f, below := t.frames[level], t.frames[level-1]
	f.clear()
	made, ok := t.made[u]
	if !ok {
		made.document = -1
	}
	for i, w := range rows {
		for ; w != 0; w &= w - 1 {
			row := i<<6 | bits.TrailingZeros64(w)
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
					t.lost(u.Rows, []int32{document})
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
