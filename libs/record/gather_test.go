package record

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Rows that are gathered are those of the column, in whatever memory there was before.
func TestGather(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	values := map[string][]Value{
		BooleanType.String():                  {Bool(true), Bool(false)},
		BigIntType.String():                   {Int(1), Int(-5)},
		DoubleType.String():                   {Float(1.5), Float(0)},
		VarcharType.String():                  {Text("a"), Text("")},
		JSONType.String():                     {JSONOf("[1]")},
		TimestampType.String():                {TimestampOf(77)},
		DateType.String():                     {DateOf(3)},
		DayTimeType.String():                  {DayTimeOf(time.Hour)},
		ArrayOf(VarcharType).String():         {List(VarcharType, nil), List(VarcharType, []Value{Text("x"), NullOf(VarcharType)})},
		ArrayOf(ArrayOf(BigIntType)).String(): {List(ArrayOf(BigIntType), []Value{List(BigIntType, []Value{Int(1), Int(2)}), List(BigIntType, []Value{Int(3)})})},
		Type{}.String():                       {},
	}
	types := []Type{
		BooleanType, BigIntType, DoubleType, VarcharType, JSONType, TimestampType, DateType, DayTimeType,
		ArrayOf(VarcharType), ArrayOf(ArrayOf(BigIntType)),
		{},
	}
	var c, again Column
	for range 500 {
		typ := types[r.IntN(len(types))]
		from := NewBatch(&Schema{Fields: []Field{{Type: typ}}}).Columns[0]
		for range 1 + r.IntN(150) {
			if of := values[typ.String()]; len(of) > 0 && r.IntN(4) > 0 {
				from.Append(of[r.IntN(len(of))])
			} else {
				from.AppendNull()
			}
		}
		rows := make([]int32, r.IntN(200))
		for i := range rows {
			rows[i] = int32(r.IntN(from.Valid.Len()))
		}
		c.Gather(&from, rows)
		back := make([]int32, len(rows))
		for i := range back {
			back[i] = int32(len(back) - 1 - i)
		}
		again.Gather(&c, back)
		unset := 0
		for i, row := range rows {
			want := from.Value(int(row))
			if want.IsNull() {
				unset++
			}
			for _, got := range []Value{c.Value(i), again.Value(len(rows) - 1 - i)} {
				if got.IsNull() != want.IsNull() || !want.IsNull() && got.String() != want.String() {
					t.Fatalf("%s: row %d is %s, want %s", typ, i, got, want)
				}
			}
		}
		if c.Valid.Len() != len(rows) || c.Valid.Unset() != unset {
			t.Fatalf("%s: %d rows, %d of them NULL, want %d and %d", typ, c.Valid.Len(), c.Valid.Unset(), len(rows), unset)
		}
	}
}
