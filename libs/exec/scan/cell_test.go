package scan

import (
	"bytes"
	"math"
	"testing"

	"github.com/millrace/millrace/libs/record"
)

func TestAppendCellIsAppendValue(t *testing.T) {
	b := record.NewBatch(&record.Schema{Fields: []record.Field{
		{Type: record.BooleanType},
		{Type: record.BigIntType},
		{Type: record.DoubleType},
		{Type: record.VarcharType},
		{Type: record.TimestampType},
		{Type: record.DateType},
		{Type: record.JSONType},
		{Type: record.ArrayOf(record.VarcharType)},
	}})
	c := b.Columns
	c[0].AppendBool(true)
	c[1].AppendInt(math.MinInt64)
	c[2].AppendFloat(math.Copysign(0, -1))
	c[3].AppendStr("日本\x00")
	c[4].AppendInt(-1)
	c[5].AppendInt(17000)
	c[6].AppendStr(`{"a":1}`)
	c[7].Elem.AppendStr("go")
	c[7].Elem.AppendNull()
	c[7].EndArray()
	for i := range c {
		c[i].AppendNull()
		for row := range 2 {
			want := record.AppendValue([]byte("x"), c[i].Value(row))
			if got := appendCell([]byte("x"), &c[i], row); !bytes.Equal(got, want) {
				t.Errorf("%s, row %d: %x, want %x", c[i].Type, row, got, want)
			}
		}
	}
}

func TestFloor(t *testing.T) {
	for _, c := range [][3]int64{
		{0, 60, 0}, {59, 60, 0}, {60, 60, 60}, {-1, 60, -60}, {-60, 60, -60}, {-61, 60, -120}, {math.MaxInt64, 1000, math.MaxInt64 - 807},
	} {
		if got := floor(c[0], c[1]); got != c[2] {
			t.Errorf("floor(%d, %d) = %d, want %d", c[0], c[1], got, c[2])
		}
	}
	if bytes.Compare(appendPane(nil, -5), appendPane(nil, 3)) >= 0 {
		t.Error("encoded panes do not sort as panes")
	}
}
