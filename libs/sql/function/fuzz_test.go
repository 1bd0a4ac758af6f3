package function_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
)

// texts that functions have special cases for.
var oddTexts = []string{
	"", " ", "a", "abc", "ABC def", "日本語", "é\u0301", "\xff\xfe", "a\x00b", "👍🏽👨‍👩‍👧🇩🇪❤️1️⃣", "#tag @name https://t.co/x?y=(z)", "RT@x:",
	"%", "_%\\", "(a|b)*", "(", "[[:alpha:]]+", "((a{1000}){1000}){1000}", "i", "gi", "hex", "base64", "YWJj", "616263",
	"hour", "week", "epoch", "microsecond", "century", "month", "YYYY-MM-DD HH24:MI:SS.US", "FMDay, DDD \"x\" AM", "YYYYMMDD", "DD/Mon/YYYY:HH24:MI:SS OF",
	"2016-10-01 12:30:00", "2016-10-01", "01/Oct/2016:12:30:00 +0900", "20161001", "1 day 02:03:04.5", "P1Y2M", "1-2",
	"0", "-1", "9223372036854775807", "1e308", "NaN", "-Infinity", "true", "no",
	`{"a":{"b":[1,2,{"c":null}]},"a":"x\ud800y"}`, `[1,"two",null,true,{"k":[[]]}]`, `"\u0041"`, "null", "{", `{"a"`, `["`, "[1,", "]", `{"a":1,}`,
	"$.a.b[last]", "$.*[*]", "lax $.a[0 to 5].\"c\"", "$..", "$[last - 1]", "strict $", "%s %2$-5s %L %I %%", "%999999999s", `\1\&\\`,
}

var oddInts = []int64{0, 1, -1, 2, 3, 7, 10, -5, 64, 1000, 65536, 1 << 20, 1 << 53, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1}

var oddFloats = []float64{0, 1, -1, 0.5, -2.5, 1e-300, 1e300, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1), 1 << 62, 1475325000.25}

// calls makes random calls.
type calls struct {
	*rand.Rand
	text string // from the fuzzer
}

func (c calls) string() string {
	switch c.IntN(4) {
	case 0:
		return c.text
	case 1:
		return c.text[:c.IntN(len(c.text)+1)] + oddTexts[c.IntN(len(oddTexts))]
	default:
		return oddTexts[c.IntN(len(oddTexts))]
	}
}

func (c calls) int() int64 {
	if c.IntN(3) == 0 {
		return int64(c.Uint64()) >> c.IntN(64)
	}
	return oddInts[c.IntN(len(oddInts))]
}

var scalarTypes = []record.Type{
	record.BooleanType, record.BigIntType, record.DoubleType, record.VarcharType, record.TimestampType, record.DateType,
	record.JSONType, record.DayTimeType, record.YearMonthType,
}

// typ returns a type of the class.
func (c calls) typ(p function.Param, element record.Type) record.Type {
	switch p.Class {
	case function.Exact:
		return p.Type
	case function.List, function.SortedList:
		return record.ArrayOf(element)
	case function.Any:
		if c.IntN(6) == 0 {
			return record.ArrayOf(element)
		}
		return scalarTypes[c.IntN(len(scalarTypes))]
	case function.Printable:
		return scalarTypes[c.IntN(len(scalarTypes))]
	case function.Comparable, function.Same, function.SameOrder, function.Element, function.Sought:
		return element
	default:
		for _, t := range scalarTypes {
			if p.Class.Has(t) {
				return t
			}
		}
		return record.Type{}
	}
}

func (c calls) value(t record.Type) record.Value {
	if c.IntN(12) == 0 {
		return record.NullOf(t)
	}
	switch t.Kind {
	case record.Boolean:
		return record.Bool(c.IntN(2) == 0)
	case record.BigInt:
		return record.Int(c.int())
	case record.Double:
		return record.Float(oddFloats[c.IntN(len(oddFloats))])
	case record.Varchar:
		return record.Text(c.string())
	case record.JSON:
		return record.JSONOf(c.string())
	case record.Timestamp:
		if c.IntN(2) == 0 {
			v, _ := record.TimestampFrom(time.Unix(c.Int64N(1<<31), c.Int64N(1e9)))
			return v
		}
		return record.TimestampOf(c.int())
	case record.Date:
		return record.DateOf(c.int())
	case record.DayTime:
		return record.DayTimeOf(time.Duration(c.int()))
	case record.YearMonth:
		return record.YearMonthOf(c.int())
	case record.Array:
		vs := make([]record.Value, c.IntN(5))
		for i := range vs {
			vs[i] = c.value(*t.Elem)
		}
		return record.List(*t.Elem, vs)
	default:
		return record.Value{}
	}
}

// size returns how many bytes of text and how many elements a value has, those in
// arrays too.
func size(v record.Value) (bytes, elems int) {
	bytes, elems = len(v.Str()), len(v.Elems())
	for _, e := range v.Elems() {
		b, n := size(e)
		bytes, elems = bytes+b, elems+n
	}
	return bytes, elems
}

// FuzzFunctions calls every function with values of the types of its parameters.
// None panics, values are of the type that the overload says and of bounded size,
// and it makes no difference which arguments are known beforehand.
func FuzzFunctions(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, oddTexts[int(seed)%len(oddTexts)])
	}
	all := function.Scalars()
	f.Fuzz(func(t *testing.T, seed uint64, text string) {
		c := calls{rand.New(rand.NewPCG(seed, 7)), text[:min(len(text), 2000)]}
		for i := range all {
			fn := &all[i]
			o := fn.Overloads[c.IntN(len(fn.Overloads))]
			call(t, c, fn, &o)
		}
	})
}

func call(t *testing.T, c calls, fn *function.Scalar, o *function.Overload) {
	n := len(o.Params)
	for n > 0 && o.Params[n-1].Optional && c.IntN(2) == 0 {
		n--
	}
	if o.Repeat > 0 && n == len(o.Params) {
		n += o.Repeat * c.IntN(3)
	}
	element := scalarTypes[c.IntN(len(scalarTypes))]
	for _, p := range o.Params { // not every type has an order
		if ordered := p.Class == function.Comparable || p.Class == function.SameOrder || p.Class == function.Sought || p.Class == function.SortedList; ordered && element.Kind == record.JSON {
			element = record.VarcharType
		}
	}
	args, types, consts := make([]record.Value, n), make([]record.Type, n), make([]*record.Value, n)
	bytes, elems := 0, 0
	for i := range args {
		p := o.Params[min(i, len(o.Params)-1)]
		if o.Final { // CASE: conditions and values take turns, and a value ends it
			p = o.Params[i%2]
			if i == n-1 {
				p = o.Params[2]
			}
		}
		args[i] = c.value(c.typ(p, element))
		types[i] = args[i].Type()
		if c.IntN(2) == 0 {
			consts[i] = &args[i]
		}
		b, e := size(args[i])
		bytes, elems = bytes+b, elems+e
	}
	_, result, err := fn.Match(types)
	if err != nil {
		t.Fatalf("%s: %v", fn.Name, err)
	}
	v, err := fn.Eval(args)
	if err == nil && !v.Type().Equal(result) {
		t.Fatalf("%s of %v is %s, which is %s, not %s", fn.Name, args, v, v.Type(), result)
	}
	if err == nil && fn.Strict && !v.IsNull() {
		for _, a := range args {
			if a.IsNull() {
				t.Fatalf("%s of %v is %s", fn.Name, args, v)
			}
		}
	}
	if err != nil && (!utf8.ValidString(err.Error()) || len(err.Error()) > 1000) {
		t.Fatalf("%s of %v fails with %q", fn.Name, args, err)
	}
	// Case mappings and escapes make a text up to six times as long.
	if b, e := size(v); b > 6*bytes+function.MaxText || e > elems+function.MaxElems {
		t.Fatalf("%s of %v has %d bytes and %d elements", fn.Name, args, b, e)
	}
	eval, prepareErr := fn.Prepare(types, consts)
	if prepareErr != nil {
		if err == nil && !v.IsNull() {
			t.Fatalf("%s of %v is %s, but %v", fn.Name, args, v, prepareErr)
		}
		return
	}
	again, againErr := eval(args)
	if (err == nil) != (againErr == nil) || again.IsNull() != v.IsNull() || record.Compare(again, v) != 0 {
		t.Fatalf("%s of %v is %s (%v), prepared %s (%v)", fn.Name, args, v, err, again, againErr)
	}
	if err != nil && !fn.MayFail(types, consts) {
		t.Fatalf("%s of %v fails and may not: %v", fn.Name, args, err)
	}
}
