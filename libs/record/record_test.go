package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// TestTruthTable writes the table of the four truth values out.
func TestTruthTable(t *testing.T) {
	order := []Truth{False, Null, Error, True}
	and := map[[2]Truth]Truth{
		{False, False}: False, {False, Null}: False, {False, Error}: False, {False, True}: False,
		{Null, Null}: Null, {Null, Error}: Error, {Null, True}: Null,
		{Error, Error}: Error, {Error, True}: Error,
		{True, True}: True,
	}
	or := map[[2]Truth]Truth{
		{False, False}: False, {False, Null}: Null, {False, Error}: Error, {False, True}: True,
		{Null, Null}: Null, {Null, Error}: Error, {Null, True}: True,
		{Error, Error}: Error, {Error, True}: True,
		{True, True}: True,
	}
	for i, a := range order {
		for _, b := range order[i:] {
			if got := a.And(b); got != and[[2]Truth{a, b}] || b.And(a) != got {
				t.Errorf("%s AND %s = %s, want %s either way", a, b, got, and[[2]Truth{a, b}])
			}
			if got := a.Or(b); got != or[[2]Truth{a, b}] || b.Or(a) != got {
				t.Errorf("%s OR %s = %s, want %s either way", a, b, got, or[[2]Truth{a, b}])
			}
			if a.And(b).Not() != a.Not().Or(b.Not()) {
				t.Errorf("De Morgan fails for %s, %s", a, b)
			}
		}
	}
	for a, want := range map[Truth]Truth{False: True, True: False, Null: Null, Error: Error} {
		if a.Not() != want {
			t.Errorf("NOT %s = %s, want %s", a, a.Not(), want)
		}
	}
	if TruthOf(true) != True || TruthOf(false) != False {
		t.Error("TruthOf")
	}
}

func TestTypesReadBack(t *testing.T) {
	for _, typ := range []Type{BooleanType, BigIntType, DoubleType, VarcharType, TimestampType, DateType, JSONType, DayTimeType, YearMonthType, ArrayOf(VarcharType), ArrayOf(ArrayOf(BigIntType)), ArrayOf(DayTimeType)} {
		got, err := ParseType(typ.String())
		if err != nil || !got.Equal(typ) {
			t.Errorf("%s reads back as %s, %v", typ, got, err)
		}
	}
	if _, err := ParseType("TEXT"); err == nil {
		t.Error("TEXT was taken for a type")
	}
	if ArrayOf(VarcharType).Equal(ArrayOf(BigIntType)) || ArrayOf(VarcharType).Equal(VarcharType) {
		t.Error("different types are equal")
	}
}

// ascending values: each is less than the next.
var ascending = [][]Value{
	{NullOf(BigIntType), Int(math.MinInt64), Int(-1), Int(0), Int(1), Int(math.MaxInt64)},
	{NullOf(DoubleType), Float(math.Inf(-1)), Float(-1.5), Float(0), Float(math.SmallestNonzeroFloat64), Float(1), Float(math.Inf(1)), Float(math.NaN())},
	{NullOf(VarcharType), Text(""), Text("Z"), Text("a"), Text("aa"), Text("é"), Text("日")},
	{NullOf(BooleanType), Bool(false), Bool(true)},
	{NullOf(TimestampType), TimestampOf(-1), TimestampOf(0), TimestampOf(999), TimestampOf(1000), TimestampOf(1475280000000000001), TimestampOf(math.MaxInt64)},
	{NullOf(DateType), DateOf(-1), DateOf(17000)},
	{NullOf(DayTimeType), DayTimeOf(math.MinInt64), DayTimeOf(-1), DayTimeOf(0), DayTimeOf(24 * time.Hour)},
	{NullOf(YearMonthType), YearMonthOf(-12), YearMonthOf(0), YearMonthOf(13)},
	{NullOf(ArrayOf(VarcharType)), List(VarcharType, nil), List(VarcharType, []Value{Text("a")}), List(VarcharType, []Value{Text("a"), Text("b")}), List(VarcharType, []Value{Text("b")})},
	// BIGINT and DOUBLE by their exact values: 2^53+1 has no float64.
	{Int(1 << 53), Int(1<<53 + 1), Float(1<<53 + 2), Int(1<<53 + 3), Float(1 << 63), Float(math.NaN())},
	{Float(-1 << 63 * 1.5), Int(math.MinInt64), Float(-0.5), Int(0), Float(0.5), Int(1)},
}

func TestCompareIsTheOrder(t *testing.T) {
	for _, vs := range ascending {
		for i := range vs {
			for j := range vs {
				want := 0
				if i < j {
					want = -1
				} else if i > j {
					want = 1
				}
				if got := Compare(vs[i], vs[j]); got != want {
					t.Errorf("Compare(%s, %s) = %d, want %d", vs[i], vs[j], got, want)
				}
			}
		}
	}
	if Compare(Float(0), Float(math.Copysign(0, -1))) != 0 || Compare(Int(1), Float(1)) != 0 {
		t.Error("equal numbers compare as different")
	}
}

func TestEncodingIsCanonicalAndReadsBack(t *testing.T) {
	for _, vs := range ascending[:9] {
		seen := map[string]bool{}
		for _, v := range vs {
			b := AppendValue(nil, v)
			if seen[string(b)] {
				t.Errorf("%s is encoded like another value", v)
			}
			seen[string(b)] = true
			got, rest, err := DecodeValue(append(b, 0xee))
			if err != nil || len(rest) != 1 || Compare(got, v) != 0 || got.IsNull() != v.IsNull() {
				t.Errorf("%s reads back as %s, %d bytes left, %v", v, got, len(rest), err)
			}
		}
	}
	if !bytes.Equal(AppendValue(nil, Float(0)), AppendValue(nil, Float(math.Copysign(0, -1)))) {
		t.Error("-0 is encoded unlike 0")
	}
	if !bytes.Equal(AppendValue(nil, Float(math.NaN())), AppendValue(nil, Float(math.Float64frombits(0xfff8000000000123)))) {
		t.Error("NaNs are encoded differently")
	}
}

// TestEncodingBytes holds the layout, which is in stored state, as it is.
func TestEncodingBytes(t *testing.T) {
	for want, v := range map[string]Value{
		"\x82":                                 NullOf(BigIntType),
		"\x01\x01":                             Bool(true),
		"\x02\x03":                             Int(-2),
		"\x03\x3f\xf8\x00\x00\x00\x00\x00\x00": Float(1.5),
		"\x04\x02\xc3\xa9":                     Text("é"),
		"\x05\x02":                             TimestampOf(1000), // whole microseconds, as ever
		"\x05\x01":                             TimestampOf(-1000),
		"\x0b\x02":                             TimestampOf(1),
		"\x85":                                 NullOf(TimestampType),
		"\x09\x04":                             DayTimeOf(2),
		"\x0a\x03":                             YearMonthOf(-2),
		"\x8a":                                 NullOf(YearMonthType),
		"\x07\x04\x01\x04\x01a":                List(VarcharType, []Value{Text("a")}),
	} {
		if got := AppendValue(nil, v); string(got) != want {
			t.Errorf("%s is encoded as %x, want %x", v, got, want)
		}
	}
}

// An instant has one spelling on the wire.
func TestDecodeTimestamp(t *testing.T) {
	for _, wire := range []string{
		"\x0b\xd0\x0f", // whole microseconds as nanoseconds
		"\x8b",         // NULL of what is no kind
	} {
		if v, _, err := DecodeValue([]byte(wire)); !errors.Is(err, ErrEncoding) {
			t.Errorf("%x reads as %s, %v", wire, v, err)
		}
	}
	for _, nanos := range []int64{math.MinInt64, math.MaxInt64, -1, 0, 1000} {
		b := AppendValue(nil, TimestampOf(nanos))
		if v, rest, err := DecodeValue(b); err != nil || len(rest) > 0 || v.Int() != nanos || !v.Type().Equal(TimestampType) {
			t.Errorf("%d reads back as %s of %s, %v", nanos, v, v.Type(), err)
		}
	}
}

func FuzzDecodeValue(f *testing.F) {
	for _, vs := range ascending {
		for _, v := range vs {
			f.Add(AppendValue(nil, v))
		}
	}
	f.Add([]byte{7, 7, 4, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, rest, err := DecodeValue(b)
		if err != nil {
			if !errors.Is(err, ErrEncoding) {
				t.Fatalf("error %v is not ErrEncoding", err)
			}
			return
		}
		again, left, err := DecodeValue(AppendValue(nil, v))
		if err != nil || len(left) != 0 || Compare(again, v) != 0 {
			t.Fatalf("%x: %s reads back as %s, %v (%d left of the input)", b, v, again, err, len(rest))
		}
	})
}

func TestJSONSpelling(t *testing.T) {
	for want, v := range map[string]Value{
		`null`:                             NullOf(VarcharType),
		`true`:                             Bool(true),
		`9223372036854775807`:              Int(math.MaxInt64),
		`0.1`:                              Float(0.1),
		`0`:                                Float(math.Copysign(0, -1)),
		`1e+21`:                            Float(1e21),
		`1e-07`:                            Float(1e-7),
		`"NaN"`:                            Float(math.NaN()),
		`"-Infinity"`:                      Float(math.Inf(-1)),
		`"2016-10-01T00:00:00.000Z"`:       TimestampOf(1475280000000000000),
		`"2016-10-01T00:00:00.000001Z"`:    TimestampOf(1475280000000001000),
		`"2016-10-01T00:00:00.000000001Z"`: TimestampOf(1475280000000000001),
		`"2262-04-11T23:47:16.854775807Z"`: TimestampOf(math.MaxInt64),
		`"2016-10-01"`:                     DateOf(17075),
		`"P1DT2H0.5S"`:                     DayTimeOf(26*time.Hour + time.Second/2),
		`"-P106751DT23H47M16.854775808S"`:  DayTimeOf(math.MinInt64),
		`"PT0S"`:                           DayTimeOf(0),
		`"P0M"`:                            YearMonthOf(0),
		`"-P1Y2M"`:                         YearMonthOf(-14),
		`["a",null]`:                       List(VarcharType, []Value{Text("a"), NullOf(VarcharType)}),
		`{"a":1}`:                          JSONOf(`{"a":1}`),
		`"<&>\u0001\n\"\\ 日 🎉"`:            Text("<&>\x01\n\"\\ 日 🎉"),
		"\"a\uFFFDb\uFFFD\"":               Text("a\xffb\uFFFD"),
	} {
		got := AppendJSON(nil, v)
		if string(got) != want {
			t.Errorf("%s is spelled %s, want %s", v, got, want)
		}
		if !json.Valid(got) {
			t.Errorf("%s is not JSON", got)
		}
		back, err := ParseJSON(got, v.Type())
		if err != nil {
			t.Errorf("%s does not read back: %v", got, err)
		} else if v.Type().Kind != Varchar && Compare(back, v) != 0 {
			t.Errorf("%s reads back as %s", got, back)
		}
	}
}

func TestJSONArrayReadsBack(t *testing.T) {
	vals := []Value{Text("日\"本"), NullOf(BigIntType), Int(-5), Bool(false), TimestampOf(1475280000000000000)}
	b := []byte{'['}
	types := make([]Type, len(vals))
	for i, v := range vals {
		if i > 0 {
			b = append(b, ',')
		}
		b, types[i] = AppendJSON(b, v), v.Type()
	}
	got, err := ParseJSONArray(append(b, ']'), types)
	if err != nil {
		t.Fatal(err)
	}
	for i := range vals {
		if Compare(got[i], vals[i]) != 0 {
			t.Errorf("value %d reads back as %s, want %s", i, got[i], vals[i])
		}
	}
	for _, bad := range []string{`{}`, `[1]`, `["a",1,2,3,4]`, `["a",null,"x",false,"2016-10-01T00:00:00Z"]`, `["a",null,1,false,"yesterday"]`} {
		if _, err := ParseJSONArray([]byte(bad), types); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// TestBatchTakesRowsBack appends rows at random and takes some back, and
// compares with rows kept as Values.
func TestBatchTakesRowsBack(t *testing.T) {
	schema := &Schema{Fields: []Field{{"b", BooleanType}, {"i", BigIntType}, {"f", DoubleType}, {"s", VarcharType}, {"d", DayTimeType}, {"y", YearMonthType}, {"a", ArrayOf(VarcharType)}}}
	if schema.Index("s") != 3 || schema.Index("x") != -1 {
		t.Fatal("Index")
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	b := NewBatch(schema)
	var want [][]Value
	for range 2000 {
		switch rnd.IntN(10) {
		case 0:
			n := rnd.IntN(len(want) + 1)
			b.Truncate(n)
			want = want[:n]
		case 1:
			if rnd.IntN(20) == 0 {
				b.Reset()
				want = nil
			}
		default:
			want = append(want, appendRow(b, rnd))
		}
		if b.Len != len(want) || len(b.EventTime) != len(want) || len(b.Index) != len(want) {
			t.Fatalf("%d rows, want %d", b.Len, len(want))
		}
	}
	for i, row := range want {
		for c := range row {
			if got := b.Columns[c].Value(i); Compare(got, row[c]) != 0 || got.IsNull() != row[c].IsNull() {
				t.Fatalf("row %d column %d is %s, want %s", i, c, got, row[c])
			}
		}
	}
}

func appendRow(b *Batch, rnd *rand.Rand) []Value {
	row := make([]Value, len(b.Columns))
	for c := range b.Columns {
		col := &b.Columns[c]
		if rnd.IntN(4) == 0 {
			col.AppendNull()
			row[c] = NullOf(col.Type)
			continue
		}
		n := rnd.IntN(100)
		switch col.Type.Kind {
		case Boolean:
			col.AppendBool(n%2 == 0)
			row[c] = Bool(n%2 == 0)
		case BigInt:
			col.AppendInt(int64(n))
			row[c] = Int(int64(n))
		case DayTime:
			col.AppendInt(int64(n))
			row[c] = DayTimeOf(time.Duration(n))
		case YearMonth:
			col.AppendInt(int64(-n))
			row[c] = YearMonthOf(int64(-n))
		case Double:
			col.AppendFloat(float64(n) / 3)
			row[c] = Float(float64(n) / 3)
		case Varchar:
			col.AppendStr(string(rune('a' + n)))
			row[c] = Text(string(rune('a' + n)))
		default:
			var elems []Value
			for range n % 4 {
				col.Elem.AppendStr("x")
				elems = append(elems, Text("x"))
			}
			col.EndArray()
			row[c] = List(VarcharType, elems)
		}
	}
	b.EndRow(NoEventTime)
	return row
}
