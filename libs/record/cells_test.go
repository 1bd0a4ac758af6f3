package record_test

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/record"
)

// A column whose rows are set in any order has what one has to which they were
// appended, and its memory is used again.
func TestSetInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	types := []record.Type{
		record.BooleanType, record.BigIntType, record.DoubleType, record.VarcharType, record.TimestampType, record.DateType,
		record.JSONType, record.ArrayOf(record.VarcharType), record.ArrayOf(record.ArrayOf(record.BigIntType)),
	}
	var value func(typ record.Type) record.Value
	value = func(typ record.Type) record.Value {
		if r.IntN(4) == 0 {
			return record.NullOf(typ)
		}
		switch typ.Kind {
		case record.Boolean:
			return record.Bool(r.IntN(2) == 0)
		case record.BigInt:
			return record.Int(r.Int64())
		case record.Timestamp:
			return record.TimestampOf(r.Int64())
		case record.Date:
			return record.DateOf(r.Int64())
		case record.Double:
			return record.Float(r.Float64())
		case record.JSON:
			return record.JSONOf("{}")
		case record.Array:
			var vs []record.Value
			for range r.IntN(4) {
				vs = append(vs, value(*typ.Elem))
			}
			return record.List(*typ.Elem, vs)
		default:
			return record.Text("text")
		}
	}
	for _, typ := range types {
		var set record.Column
		for _, n := range []int{0, 70, 3, 200} {
			appended := record.NewBatch(&record.Schema{Fields: []record.Field{{Type: typ}}}).Columns[0]
			all := make([]record.Value, n)
			for i := range all {
				all[i] = value(typ)
				appended.Append(all[i])
			}
			set.Resize(typ, n)
			for _, i := range r.Perm(n) {
				set.Set(i, all[i])
			}
			if set.Valid.Len() != n || set.Valid.Unset() != appended.Valid.Unset() {
				t.Fatalf("%s: %d rows, %d of them NULL", typ, set.Valid.Len(), set.Valid.Unset())
			}
			for i, want := range all {
				got, also := set.Value(i), appended.Value(i)
				if record.Compare(got, want) != 0 || record.Compare(also, want) != 0 || !got.Type().Equal(typ) {
					t.Fatalf("%s, row %d: set %v, appended %v, want %v", typ, i, got, also, want)
				}
			}
		}
	}
}
