package index

import (
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
)

// Equality is an index of literals that a column, or an element of an array
// column, may equal.
type Equality struct {
	col      int
	member   bool
	literals Literals
}

// Eval implements [Index].
func (x *Equality) Eval(in *expr.Input, others *expr.Truths, hit func(slot int32, row int)) {
	c := in.Columns[x.col]
	others.Fill(in.Len, record.False)
	if nulls, some := in.Nulls(x.col); some {
		copy(others.Lo, nulls)
	}
	if !x.member {
		for row := range in.Len {
			if c.Valid.At(row) {
				x.lookup(c, row, row, hit)
			}
		}
		return
	}
	elements(in.Len, c, func(i, row int) {
		if !c.Elem.Valid.At(i) {
			others.Set(row, record.Null)
		}
	})
	elements(in.Len, c, func(i, row int) {
		if c.Elem.Valid.At(i) {
			x.lookup(c.Elem, i, row, hit)
		}
	})
}

// Len implements [Index].
func (x *Equality) Len() int { return x.literals.Len() }

// elements calls f for the elements of all arrays.
func elements(n int, c *record.Column, f func(i, row int)) {
	from := 0
	for row := range n {
		to := int(c.Ends[row])
		for i := from; i < to; i++ {
			f(i, row)
		}
		from = to
	}
}

func (x *Equality) lookup(c *record.Column, i, row int, hit func(slot int32, row int)) {
	var slot int32
	var ok bool
	if c.Type.Kind == record.Varchar {
		slot, ok = x.literals.texts[c.Strs[i]]
	} else {
		slot, ok = x.literals.ints[c.Ints[i]]
	}
	if ok {
		hit(slot, row)
	}
}
