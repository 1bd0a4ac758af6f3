package record

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Value is one SQL value of any type: what a literal, a group key or a result
// column holds. Rows on the hot path are columns of a [Batch], never Values.
// The zero Value is NULL of unknown type. A Value is immutable.
type Value struct {
	typ Type
	ok  bool // false: NULL
	num uint64
	str string
	arr []Value
}

// NullOf returns NULL of type t.
func NullOf(t Type) Value { return Value{typ: t} }

// Bool returns a BOOLEAN.
func Bool(b bool) Value {
	v := Value{typ: BooleanType, ok: true}
	if b {
		v.num = 1
	}
	return v
}

// Int returns a BIGINT.
func Int(n int64) Value { return Value{typ: BigIntType, ok: true, num: uint64(n)} }

// Float returns a DOUBLE.
func Float(f float64) Value {
	return Value{typ: DoubleType, ok: true, num: math.Float64bits(f)}
}

// Text returns a VARCHAR.
func Text(s string) Value { return Value{typ: VarcharType, ok: true, str: s} }

// JSONOf returns a JSON value with the given text.
func JSONOf(text string) Value { return Value{typ: JSONType, ok: true, str: text} }

// List returns an array of elements of type elem. It keeps vs.
func List(elem Type, vs []Value) Value { return Value{typ: ArrayOf(elem), ok: true, arr: vs} }

// Type returns the value's type.
func (v Value) Type() Type { return v.typ }

// IsNull reports whether v is NULL.
func (v Value) IsNull() bool { return !v.ok }

// Bool returns a BOOLEAN's value.
func (v Value) Bool() bool { return v.num != 0 }

// Int returns the number behind a BIGINT, a TIMESTAMP or DATE (see [Kind]) or an
// INTERVAL. [Value.Time] and [Value.Duration] do not depend on its unit.
func (v Value) Int() int64 { return int64(v.num) }

// Float returns a DOUBLE's value.
func (v Value) Float() float64 { return math.Float64frombits(v.num) }

// Str returns the text of a VARCHAR or JSON.
func (v Value) Str() string { return v.str }

// Elems returns the elements of an array; the caller must not change them.
func (v Value) Elems() []Value { return v.arr }

// AsFloat returns a BIGINT or DOUBLE as a float64.
func (v Value) AsFloat() float64 {
	if v.typ.Kind == BigInt {
		return float64(v.Int())
	}
	return v.Float()
}

// Compare orders two values: NULL first, then by value. BIGINT and DOUBLE
// compare exactly with each other; -0 equals +0; NaN equals itself and is
// greater than every number, as in PostgreSQL. Text compares by bytes, arrays
// element by element. Values of types that do not compare are ordered by kind,
// so that Compare is a total order.
func Compare(a, b Value) int {
	if !a.ok || !b.ok {
		switch {
		case a.ok:
			return 1
		case b.ok:
			return -1
		default:
			return 0
		}
	}
	ak, bk := a.typ.Kind, b.typ.Kind
	if ak != bk {
		if a.typ.Numeric() && b.typ.Numeric() {
			if ak == BigInt {
				return CompareIntFloat(a.Int(), b.Float())
			}
			return -CompareIntFloat(b.Int(), a.Float())
		}
		return cmp.Compare(ak, bk)
	}
	switch ak {
	case Double:
		return CompareFloat(a.Float(), b.Float())
	case Varchar, JSON:
		return strings.Compare(a.str, b.str)
	case Array:
		for i := range min(len(a.arr), len(b.arr)) {
			if c := Compare(a.arr[i], b.arr[i]); c != 0 {
				return c
			}
		}
		return cmp.Compare(len(a.arr), len(b.arr))
	case Timestamp:
		if a.num == b.num {
			return compareBeyond(a, b)
		}
	default:
	}
	return cmp.Compare(a.Int(), b.Int())
}

// CompareFloat orders two doubles with NaN equal to itself and greatest.
func CompareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	}
	return cmp.Compare(nanRank(a), nanRank(b))
}

func nanRank(f float64) int {
	if math.IsNaN(f) {
		return 1
	}
	return 0
}

// CompareIntFloat orders an integer and a double by their exact values.
func CompareIntFloat(n int64, f float64) int {
	switch {
	case math.IsNaN(f), f >= 1<<63:
		return -1
	case f < -1<<63:
		return 1
	}
	t := math.Trunc(f)
	if c := cmp.Compare(n, int64(t)); c != 0 {
		return c
	}
	return cmp.Compare(t, f)
}

// AppendValue appends v's canonical encoding: a kind byte (its high bit says
// NULL), then the payload. Equal values of one type encode equally (-0 as +0,
// every NaN as one), different ones differently, and encodings can be
// concatenated: it serves as group key, state and hash input. The layout is on
// the wire and only ever extended by new kinds.
func AppendValue(dst []byte, v Value) []byte {
	if !v.ok {
		return append(dst, byte(v.typ.Kind)|0x80)
	}
	dst = append(dst, byte(v.typ.Kind))
	switch v.typ.Kind {
	case Boolean:
		return append(dst, byte(v.num))
	case BigInt, Date, DayTime, YearMonth:
		return binary.AppendVarint(dst, v.Int())
	case Timestamp:
		if v.str != "" { // beyond: as it was written
			return append(dst, v.str...)
		}
		return AppendTimestamp(dst[:len(dst)-1], v.Int())
	case Double:
		return binary.BigEndian.AppendUint64(dst, canonicalBits(v.Float()))
	case Varchar, JSON:
		dst = binary.AppendUvarint(dst, uint64(len(v.str)))
		return append(dst, v.str...)
	case Array:
		dst = appendType(dst, *v.typ.Elem)
		dst = binary.AppendUvarint(dst, uint64(len(v.arr)))
		for _, e := range v.arr {
			dst = AppendValue(dst, e)
		}
		return dst
	default:
		return dst
	}
}

func appendType(dst []byte, t Type) []byte {
	dst = append(dst, byte(t.Kind))
	if t.Kind == Array {
		dst = appendType(dst, *t.Elem)
	}
	return dst
}

func canonicalBits(f float64) uint64 {
	switch {
	case f == 0:
		return 0
	case math.IsNaN(f):
		return 0x7ff8000000000001
	}
	return math.Float64bits(f)
}

// ErrEncoding is wrapped by every error of [DecodeValue].
var ErrEncoding = errors.New("malformed value encoding")

const maxNesting = 32

// DecodeValue reads one value that [AppendValue] wrote and returns the rest of
// the bytes. A NULL array decodes as NULL of ARRAY with an unknown element.
func DecodeValue(b []byte) (Value, []byte, error) { return decodeValue(b, 0) }

func decodeValue(b []byte, depth int) (Value, []byte, error) {
	if len(b) == 0 || depth > maxNesting {
		return Value{}, nil, ErrEncoding
	}
	k, null := Kind(b[0]&0x7f), b[0]&0x80 != 0
	b = b[1:]
	if !k.Valid() && (k != wireNanos || null) {
		return Value{}, nil, fmt.Errorf("%w: kind %d", ErrEncoding, k)
	}
	if null {
		return Value{typ: Type{Kind: k}}, b, nil
	}
	v := Value{typ: Type{Kind: k}, ok: true}
	switch k {
	case Boolean:
		if len(b) < 1 || b[0] > 1 {
			return Value{}, nil, ErrEncoding
		}
		v.num = uint64(b[0])
		return v, b[1:], nil
	case BigInt, Timestamp, wireNanos, Date, DayTime, YearMonth:
		n, w := binary.Varint(b)
		if w <= 0 {
			return Value{}, nil, ErrEncoding
		}
		switch {
		case k == Timestamp:
			return timestampOfMicros(n), b[w:], nil
		case k == wireNanos && n%perMicro == 0:
			return Value{}, nil, ErrEncoding
		case k == wireNanos:
			return TimestampOf(n), b[w:], nil
		}
		v.num = uint64(n)
		return v, b[w:], nil
	case Double:
		if len(b) < 8 {
			return Value{}, nil, ErrEncoding
		}
		v.num = binary.BigEndian.Uint64(b)
		return v, b[8:], nil
	case Varchar, JSON:
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) {
			return Value{}, nil, ErrEncoding
		}
		v.str = string(b[w : w+int(n)])
		return v, b[w+int(n):], nil
	case Array:
		elem, rest, err := decodeType(b, depth)
		if err != nil {
			return Value{}, nil, err
		}
		n, w := binary.Uvarint(rest)
		if w <= 0 || n > uint64(len(rest)-w) {
			return Value{}, nil, ErrEncoding
		}
		rest = rest[w:]
		vs := make([]Value, 0, min(n, 64)) // a false length must not cost memory
		for range n {
			var v Value
			if v, rest, err = decodeValue(rest, depth+1); err != nil {
				return Value{}, nil, err
			}
			vs = append(vs, v)
		}
		return List(elem, vs), rest, nil
	default:
		return Value{}, nil, ErrEncoding
	}
}

func decodeType(b []byte, depth int) (Type, []byte, error) {
	if len(b) == 0 || depth > maxNesting || !Kind(b[0]).Valid() {
		return Type{}, nil, ErrEncoding
	}
	t := Type{Kind: Kind(b[0])}
	b = b[1:]
	if t.Kind == Array {
		elem, rest, err := decodeType(b, depth+1)
		if err != nil {
			return Type{}, nil, err
		}
		return ArrayOf(elem), rest, nil
	}
	return t, b, nil
}

// AppendJSON appends v as results spell it: NULL as null, BIGINT as a JSON
// integer, DOUBLE as the shortest number that reads back (NaN and the
// infinities as strings), TIMESTAMP as an RFC 3339 string in UTC with 3, 6 or 9
// fractional digits, DATE as "2016-10-01", INTERVAL as an ISO 8601 duration
// ("P1DT2H", "P1Y2M"), JSON as itself.
func AppendJSON(dst []byte, v Value) []byte {
	if !v.ok {
		return append(dst, "null"...)
	}
	switch v.typ.Kind {
	case Boolean:
		return strconv.AppendBool(dst, v.Bool())
	case BigInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case Double:
		return appendJSONFloat(dst, v.Float())
	case Varchar:
		return AppendJSONString(dst, v.str)
	case Timestamp, Date, DayTime, YearMonth:
		dst = append(dst, '"')
		dst = append(dst, v.String()...)
		return append(dst, '"')
	case JSON:
		return append(dst, v.str...)
	case Array:
		dst = append(dst, '[')
		for i, e := range v.arr {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, e)
		}
		return append(dst, ']')
	default:
		return append(dst, "null"...)
	}
}

func appendJSONFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	if f == 0 {
		f = 0 // -0 is printed as 0
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

const hexDigits = "0123456789abcdef"

// AppendJSONString appends s as a JSON string. Only what JSON requires is
// escaped, so equal strings have one spelling; bytes that are not UTF-8 become
// U+FFFD.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i, r := range s {
		if r >= 0x20 && r != '"' && r != '\\' && r != 0xFFFD {
			continue
		}
		if r == 0xFFFD {
			if strings.HasPrefix(s[i:], "\uFFFD") {
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\uFFFD"...)
			start = i + 1
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch r {
		case '"', '\\':
			dst = append(dst, '\\', byte(r))
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// String writes v for people and for golden files: text as a quoted SQL
// literal, timestamps, dates and intervals as in [AppendJSON] without quotes.
func (v Value) String() string {
	if !v.ok {
		return "NULL"
	}
	switch v.typ.Kind {
	case Boolean:
		if v.Bool() {
			return "TRUE"
		}
		return "FALSE"
	case Varchar:
		return "'" + strings.ReplaceAll(v.str, "'", "''") + "'"
	case Timestamp:
		t := v.shown()
		switch n := t.Nanosecond(); {
		case n%1_000_000 == 0:
			return t.Format("2006-01-02T15:04:05.000Z")
		case n%perMicro == 0:
			return t.Format("2006-01-02T15:04:05.000000Z")
		default:
			return t.Format("2006-01-02T15:04:05.000000000Z")
		}
	case Date:
		return v.Time().Format(time.DateOnly)
	case DayTime:
		return formatDayTime(v.Int())
	case YearMonth:
		return formatYearMonth(v.Int())
	default:
		return string(AppendJSON(nil, v))
	}
}
