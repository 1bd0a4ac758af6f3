package scan

import (
	"encoding/binary"

	"github.com/millrace/millrace/libs/record"
)

// appendCell appends record.AppendValue(dst, c.Value(i)) without making the
// Value, for the kinds that group keys mostly are.
func appendCell(dst []byte, c *record.Column, i int) []byte {
	kind := c.Type.Kind
	if !c.Valid.At(i) {
		return append(dst, byte(kind)|0x80)
	}
	switch kind {
	case record.Varchar, record.JSON:
		s := c.Strs[i]
		dst = binary.AppendUvarint(append(dst, byte(kind)), uint64(len(s)))
		return append(dst, s...)
	case record.Timestamp:
		return record.AppendTimestamp(dst, c.Ints[i])
	case record.BigInt, record.Date, record.DayTime, record.YearMonth:
		return binary.AppendVarint(append(dst, byte(kind)), c.Ints[i])
	default:
		return record.AppendValue(dst, c.Value(i))
	}
}

// cellBytes returns about how much memory the value of a cell takes where it is kept.
func cellBytes(c *record.Column, i int) int {
	const value = 48
	if !c.Valid.At(i) {
		return value
	}
	switch c.Type.Kind {
	case record.Varchar, record.JSON:
		return value + len(c.Strs[i])
	case record.Array:
		n := value
		for from, to := c.Span(i); from < to; from++ {
			n += cellBytes(c.Elem, from)
		}
		return n
	default:
		return value
	}
}
