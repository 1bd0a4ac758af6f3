package scan

import (
	"math"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/record"
)

// few returns how many of the rows the i-th state of a group is updated with at a time: all
// but where that could make it much larger than there is room. ok is false where it is not
// to be updated with the first one, which it would keep, and could never be sent.
func (t *Partial) few(g *group, i int, args []*record.Column, rows []int32) (n int, ok bool) {
	if t.most == math.MaxInt && t.largest == math.MaxInt || !large(args) {
		return len(rows), true
	}
	s, ok := g.states[i].(agg.Keeper)
	if !ok {
		return len(rows), true
	}
	args = s.Kept(args)
	const (
		part = 8  // of what may be held, more than there is room at most
		more = 16 // bytes that a state has besides: how many values, a hash
	)
	room, longest := max(t.most-t.bytes, t.most/part), t.largest-len(g.key)-more
	for at, row := range rows {
		size := 0
		for _, c := range args {
			size += cellBytes(c, int(row))
		}
		if size > longest && t.tooLong(args, int(row), longest) {
			return max(at, 1), at > 0
		}
		if room -= size; room < 0 {
			return max(at, 1), true
		}
	}
	return len(rows), true
}

// tooLong reports whether the cells of a row are encoded in more bytes than so many.
func (t *Partial) tooLong(columns []*record.Column, row, most int) bool {
	t.key = t.key[:0]
	for _, c := range columns {
		if t.key = appendCell(t.key, c, row); len(t.key) > most {
			return true
		}
	}
	return false
}

// large reports whether what columns hold of a row may be much.
func large(args []*record.Column) bool {
	const many = 16
	for _, c := range args {
		switch c.Type.Kind {
		case record.Varchar, record.JSON, record.Array:
			return true
		default:
		}
	}
	return len(args) > many
}
