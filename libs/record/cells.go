package record

// Append appends a row: NULL, or v, which is of the column's type.
func (c *Column) Append(v Value) {
	if v.IsNull() {
		c.AppendNull()
		return
	}
	switch c.Type.Kind {
	case Boolean:
		c.AppendBool(v.Bool())
	case Double:
		c.AppendFloat(v.Float())
	case Varchar, JSON:
		c.AppendStr(v.Str())
	case Array:
		for _, e := range v.arr {
			c.Elem.Append(e)
		}
		c.EndArray()
	case Unknown:
		c.AppendNull()
	default:
		c.AppendInt(v.Int())
	}
}

// Resize makes it a column of n rows of type t, all NULL, which [Column.Set] and the
// writers of [Column.Valid] and its values then set in any order, each once. It uses
// the memory that there is.
func (c *Column) Resize(t Type, n int) {
	c.Type = t
	c.Valid.Resize(n)
	switch t.Kind {
	case Boolean:
		c.Bools = resized(c.Bools, n)
	case Double:
		c.Floats = resized(c.Floats, n)
	case Varchar, JSON:
		c.Strs = resized(c.Strs, n)
	case Array:
		c.Starts, c.Ends = resized(c.Starts, n), resized(c.Ends, n)
		if c.Starts == nil {
			c.Starts = []int32{}
		}
		if c.Elem == nil || !c.Elem.Type.Equal(*t.Elem) {
			elem := newColumn(*t.Elem)
			c.Elem = &elem
		}
		c.Elem.truncate(0)
	case Unknown:
	default:
		c.Ints = resized(c.Ints, n)
	}
}

// Set sets row i of a column that was made by [Column.Resize] to v, which is of its
// type. A row is set once.
func (c *Column) Set(i int, v Value) {
	if v.IsNull() {
		return
	}
	switch c.Type.Kind {
	case Boolean:
		c.Bools[i] = v.Bool()
	case Double:
		c.Floats[i] = v.Float()
	case Varchar, JSON:
		c.Strs[i] = v.Str()
	case Array:
		c.Starts[i] = int32(c.Elem.Valid.Len())
		for _, e := range v.arr {
			c.Elem.Append(e)
		}
		c.Ends[i] = int32(c.Elem.Valid.Len())
	case Unknown:
		return
	default:
		c.Ints[i] = v.Int()
	}
	c.Valid.Set(i)
}

// resized returns n zeros, in the memory of s if that is enough.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}
