package record

// Gather makes it a column of some rows of another, in the order given; a row may be
// there more than once. Texts, and the elements of arrays, stay where they are: it lives
// no longer than what it is made of. A column is only gathered into, or never.
func (c *Column) Gather(from *Column, rows []int32) {
	c.Type = from.Type
	c.Valid.gather(&from.Valid, rows)
	switch c.Type.Kind {
	case Boolean:
		c.Bools = gathered(c.Bools, from.Bools, rows)
	case Double:
		c.Floats = gathered(c.Floats, from.Floats, rows)
	case Varchar, JSON:
		c.Strs = gathered(c.Strs, from.Strs, rows)
	case Array:
		c.Elem = from.Elem
		c.Starts, c.Ends = resized(c.Starts, len(rows)), resized(c.Ends, len(rows))
		if c.Starts == nil {
			c.Starts = []int32{}
		}
		for i, row := range rows {
			if c.Valid.At(i) {
				start, end := from.Span(int(row))
				c.Starts[i], c.Ends[i] = int32(start), int32(end)
			}
		}
	case Unknown:
	default:
		c.Ints = gathered(c.Ints, from.Ints, rows)
	}
}

func gathered[T any](to, from []T, rows []int32) []T {
	to = to[:0]
	for _, row := range rows {
		to = append(to, from[row])
	}
	return to
}

// gather makes it the bits of those numbers of another.
func (b *Bits) gather(from *Bits, rows []int32) {
	b.Resize(len(rows))
	all := from.unset == 0
	for i, row := range rows {
		if all || from.At(int(row)) {
			b.Set(i)
		}
	}
}
