package record

import (
	"fmt"
	"strings"
)

// Kind is the outermost constructor of a [Type].
type Kind uint8

// The kinds of the first dialect. Their numbers are on the wire (plans, keys,
// states): new kinds are appended, none is ever renumbered.
const (
	Unknown   Kind = 0 // the type of a bare NULL
	Boolean   Kind = 1
	BigInt    Kind = 2  // 64-bit signed integer
	Double    Kind = 3  // IEEE 754 binary64
	Varchar   Kind = 4  // UTF-8 text
	Timestamp Kind = 5  // nanoseconds since 1970-01-01T00:00:00Z; on the wire see [AppendTimestamp]
	Date      Kind = 6  // days since 1970-01-01
	Array     Kind = 7  // of one element type
	JSON      Kind = 8  // one JSON value, as its bytes
	DayTime   Kind = 9  // INTERVAL DAY TO SECOND: nanoseconds
	YearMonth Kind = 10 // INTERVAL YEAR TO MONTH: months
)

// Valid reports whether k is one of the kinds: whether what was read from the
// wire can be a kind at all.
func (k Kind) Valid() bool { return k <= YearMonth }

// Type is the SQL type of a column, an expression or a value. The zero Type is
// Unknown. Types are compared with [Type.Equal].
type Type struct {
	Kind Kind
	Elem *Type // the element type of an Array, else nil
}

// Types without parameters.
var (
	BooleanType   = Type{Kind: Boolean}
	BigIntType    = Type{Kind: BigInt}
	DoubleType    = Type{Kind: Double}
	VarcharType   = Type{Kind: Varchar}
	TimestampType = Type{Kind: Timestamp}
	DateType      = Type{Kind: Date}
	JSONType      = Type{Kind: JSON}
	DayTimeType   = Type{Kind: DayTime}
	YearMonthType = Type{Kind: YearMonth}
)

// ArrayOf returns the type ARRAY<elem>.
func ArrayOf(elem Type) Type { return Type{Kind: Array, Elem: &elem} }

// Equal reports whether t and u are the same type.
func (t Type) Equal(u Type) bool {
	if t.Kind != u.Kind || (t.Elem == nil) != (u.Elem == nil) {
		return false
	}
	return t.Elem == nil || t.Elem.Equal(*u.Elem)
}

// Interval reports whether t is one of the two types of INTERVAL.
func (t Type) Interval() bool { return t.Kind == DayTime || t.Kind == YearMonth }

// Numeric reports whether t is BIGINT or DOUBLE.
func (t Type) Numeric() bool { return t.Kind == BigInt || t.Kind == Double }

// String writes the type as SQL spells it; [ParseType] reads it back.
func (t Type) String() string {
	switch t.Kind {
	case Unknown:
		return "UNKNOWN"
	case Boolean:
		return "BOOLEAN"
	case BigInt:
		return "BIGINT"
	case Double:
		return "DOUBLE"
	case Varchar:
		return "VARCHAR"
	case Timestamp:
		return "TIMESTAMP"
	case Date:
		return "DATE"
	case JSON:
		return "JSON"
	case DayTime:
		return "INTERVAL DAY TO SECOND"
	case YearMonth:
		return "INTERVAL YEAR TO MONTH"
	case Array:
		if t.Elem == nil {
			return "ARRAY<UNKNOWN>"
		}
		return "ARRAY<" + t.Elem.String() + ">"
	default:
		return fmt.Sprintf("KIND(%d)", uint8(t.Kind))
	}
}

// ParseType reads a type as [Type.String] writes it; case does not matter.
// INTERVAL alone is INTERVAL DAY TO SECOND.
func ParseType(s string) (Type, error) {
	u := strings.ToUpper(strings.TrimSpace(s))
	if inner, ok := strings.CutPrefix(u, "ARRAY<"); ok {
		if inner, ok = strings.CutSuffix(inner, ">"); ok {
			elem, err := ParseType(inner)
			if err != nil {
				return Type{}, err
			}
			return ArrayOf(elem), nil
		}
	}
	if strings.HasPrefix(u, "INTERVAL") {
		u = strings.Join(strings.Fields(u), " ")
	}
	for _, t := range []Type{BooleanType, BigIntType, DoubleType, VarcharType, TimestampType, DateType, JSONType, DayTimeType, YearMonthType} {
		if u == t.String() {
			return t, nil
		}
	}
	if u == "INTERVAL" {
		return DayTimeType, nil
	}
	return Type{}, fmt.Errorf("unknown type %q: expected BOOLEAN, BIGINT, DOUBLE, VARCHAR, TIMESTAMP, DATE, INTERVAL, JSON or ARRAY<type>", s)
}

// Field is one named column of a [Schema].
type Field struct {
	Name string // dotted where nested, as SQL names it: "user.followers_count"
	Type Type
}

// Schema is an ordered list of columns. Names are unique.
type Schema struct {
	Fields []Field
}

// Index returns the position of the column called name, or -1.
func (s *Schema) Index(name string) int {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return i
		}
	}
	return -1
}
