package agg

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"github.com/millrace/millrace/libs/record"
)

// draw says that a list is a sample: its items are sorted by a hash of what the row is,
// so that those that are kept are drawn at random, and the same whatever order rows come
// in (bottom-k sketches; Cohen and Kaplan, Summarizing Data using Bottom-k Sketches,
// 2007). Its columns, beside the values, say what the row is.
type draw struct{ seed int64 }

// newSample returns sample_agg(x, n, seed); its columns are x and what tells rows
// apart.
func newSample(t record.Type, n int, seed int64) *list {
	f := &list{typ: t, types: []record.Type{record.BigIntType}, most: n, draw: &draw{seed}}
	return f
}

// drawRow takes a row if its hash is among the least.
func (s *listState) drawRow(x *record.Column, identity []*record.Column, row int) {
	var room [128]byte
	b := binary.BigEndian.AppendUint64(room[:0], uint64(s.draw.seed))
	v := x.Value(row)
	b = record.AppendValue(b, v)
	for _, c := range identity {
		if k := c.Type.Kind; (k == record.Varchar || k == record.JSON) && c.Valid.At(row) { // a document: it is not copied
			b = binary.BigEndian.AppendUint64(append(b, byte(c.Type.Kind)), xxhash.Sum64String(c.Strs[row]))
		} else {
			b = record.AppendValue(b, c.Value(row))
		}
	}
	hash := record.Int(int64(xxhash.Sum64(b)))
	if item := (listItem{hash, v}); !s.full || s.compare(item, s.bound) < 0 {
		s.insert(listItem{hash, retain(v)})
	}
}
