package expr

import (
	"math/bits"
	"unsafe"

	"github.com/millrace/millrace/libs/record"
)

// MaxComputed is how many bytes of texts and arrays the computed values of one batch should
// hold at a time: see [Input.Bound].
const MaxComputed = 64 << 20

// keptComputed is how many bytes of computed values are left where they are for the next
// batch, until they are overwritten.
const keptComputed = 1 << 20

// elementBytes is about what an element of an array takes besides its text.
const elementBytes = 16

// budget is how much the computed values of a batch hold.
type budget struct {
	limit    int  // 0: none
	spent    int  // bytes that are held
	over     bool // they are more than the limit: nothing is computed until forget
	alone    bool // it is about one row, which has no limit
	released Mark // how often all were released
}

// Mark is a point in the life of the computed values of a batch: see [Input.Held].
type Mark uint32

// Bound has the computed values hold about that many bytes at most, and one row's more; 0
// is without limit. Who evaluates anything under a limit asks [Input.Held] whether the
// values are right, before anything is made of them, and if they are not, does it again by
// [Input.Portions]. What is computed is the same: how much is computed at a time is all
// that the limit decides.
func (in *Input) Bound(bytes int) { in.computed.limit = bytes }

// Mark returns the point of now.
func (in *Input) Mark() Mark { return in.computed.released }

// Held reports whether the computed values that were asked for since the mark are those
// that they should be: there was room for all, and none has been released.
func (in *Input) Held(since Mark) bool {
	return !in.computed.over && in.computed.released == since
}

// Portions calls f with some of the rows at a time, nil for all rows, until it has been
// called with each successfully: as often as it returns false, for its values were not
// held, with fewer. Computed values are released before every call, and at the end.
func (in *Input) Portions(rows []uint64, f func(rows []uint64) bool) {
	c := &in.computed
	was := c.alone
	c.alone = false
	if rows == nil {
		rows = make([]uint64, words(in.Len))
		for i := range rows {
			rows[i] = ^uint64(0)
		}
		if last := len(rows) - 1; last >= 0 {
			rows[last] = tail(in.Len)
		}
	}
	in.portions(rows, f)
	c.alone = was
	in.forget()
}

func (in *Input) portions(rows []uint64, f func(rows []uint64) bool) {
	c := &in.computed
	n := 0
	for _, w := range rows {
		n += bits.OnesCount64(w)
	}
	if n == 0 {
		return
	}
	c.alone = n == 1
	for done := false; !done; {
		in.forget()
		if done = f(rows); !done && c.over {
			half, left := make([]uint64, len(rows)), n/2
			rest := make([]uint64, len(rows))
			for i, w := range rows {
				for ; w != 0; w &= w - 1 {
					if left > 0 {
						half[i] |= w & -w
						left--
					} else {
						rest[i] |= w & -w
					}
				}
			}
			in.portions(half, f)
			in.portions(rest, f)
			return
		}
	}
}

// forget has none of the computed values be known: they are computed again where they are
// asked for.
func (in *Input) forget() {
	c := &in.computed
	for _, x := range c.used {
		x.clear(in.Len)
	}
	for i := range c.values {
		in.nulls[c.first+i].batch = 0
		in.folded[c.first+i] = foldedText{}
	}
	c.spent, c.over = 0, false
	c.released++
}

// clear makes no row be known.
func (x *cells) clear(rows int) {
	if x.column.Type.Kind == record.Array {
		x.column.Elem = nil // which would keep the texts
	}
	x.column.Resize(x.column.Type, rows)
	clear(x.done)
	clear(x.errs)
	x.failed, x.full = false, rows == 0
}

// spend counts what a value takes that was made of arguments.
func (c *computed) spend(v record.Value, args []record.Value) {
	if v.IsNull() {
		return
	}
	switch v.Type().Kind {
	case record.Varchar, record.JSON:
		c.spent += heldBy(v, args)
	case record.Array:
		for _, e := range v.Elems() {
			c.spent += elementBytes + heldBy(e, args)
		}
	default:
		return
	}
	if c.spent > c.limit && c.limit > 0 && !c.alone {
		c.over = true
	}
}

// heldBy returns the bytes of a text, or of those of an array, none of one that is a part
// of an argument.
func heldBy(v record.Value, args []record.Value) int {
	if v.IsNull() {
		return 0
	}
	switch v.Type().Kind {
	case record.Varchar, record.JSON:
	case record.Array:
		n := 0
		for _, e := range v.Elems() {
			n += elementBytes + heldBy(e, args)
		}
		return n
	default:
		return 0
	}
	s := v.Str()
	from := uintptr(unsafe.Pointer(unsafe.StringData(s)))
	for _, a := range args {
		if a.IsNull() || a.Type().Kind != record.Varchar && a.Type().Kind != record.JSON {
			continue
		}
		of := a.Str()
		at := uintptr(unsafe.Pointer(unsafe.StringData(of)))
		if at <= from && from+uintptr(len(s)) <= at+uintptr(len(of)) {
			return 0
		}
	}
	return len(s)
}
