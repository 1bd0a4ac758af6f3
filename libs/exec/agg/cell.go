package agg

import (
	"cmp"
	"strings"
	"unsafe"

	"github.com/millrace/millrace/libs/record"
)

// compareCell is record.Compare(c.Value(i), v) for a v of the column's type,
// without making a Value where that would allocate or copy much.
func compareCell(c *record.Column, i int, v record.Value) int {
	if !c.Valid.At(i) || v.IsNull() {
		return cmp.Compare(notNull(c.Valid.At(i)), notNull(!v.IsNull()))
	}
	switch c.Type.Kind {
	case record.BigInt, record.Timestamp, record.Date, record.DayTime, record.YearMonth:
		return cmp.Compare(c.Ints[i], v.Int())
	case record.Double:
		return record.CompareFloat(c.Floats[i], v.Float())
	case record.Varchar, record.JSON:
		return strings.Compare(c.Strs[i], v.Str())
	default:
		return record.Compare(c.Value(i), v)
	}
}

func notNull(valid bool) int {
	if valid {
		return 1
	}
	return 0
}

// retain returns v with strings of its own, so that it outlives its batch.
func retain(v record.Value) record.Value {
	if v.IsNull() {
		return v
	}
	switch v.Type().Kind {
	case record.Varchar:
		return record.Text(strings.Clone(v.Str()))
	case record.JSON:
		return record.JSONOf(strings.Clone(v.Str()))
	case record.Array:
		vs := make([]record.Value, len(v.Elems()))
		for i, e := range v.Elems() {
			vs[i] = retain(e)
		}
		return record.List(*v.Type().Elem, vs)
	default:
		return v
	}
}

// outside returns how many bytes a value refers to.
func outside(v record.Value) int {
	n := len(v.Str())
	for _, e := range v.Elems() {
		n += int(unsafe.Sizeof(e)) + outside(e)
	}
	return n
}
