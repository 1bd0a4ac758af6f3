package function

import "github.com/millrace/millrace/libs/record"

// Class is the set of types that a parameter takes.
type Class uint8

// The classes of parameters. T and E are the same type for all parameters of one
// call that have them: the common one of their arguments ([Common]).
const (
	Any        Class = iota // every type
	Condition               // BOOLEAN
	Comparable              // all but ARRAY and JSON; the arguments compare with each other, BIGINT with DOUBLE too
	Text                    // VARCHAR
	List                    // ARRAY<E>
	Integer                 // BIGINT
	Float                   // DOUBLE
	Instant                 // TIMESTAMP
	Day                     // DATE
	DayTime                 // INTERVAL DAY TO SECOND
	YearMonth               // INTERVAL YEAR TO MONTH
	Document                // JSON
	Same                    // T: every type
	SameOrder               // T, all but ARRAY and JSON
	SortedList              // ARRAY<E> of comparable elements
	Element                 // E
	Sought                  // a type that compares with E
	Printable               // all but ARRAY
	Exact                   // Param.Type, without implicit casts
)

// classNames are the classes as signatures spell them.
var classNames = map[string]Class{
	"ANY": Any, "BOOLEAN": Condition, "COMPARABLE": Comparable, "VARCHAR": Text, "ARRAY<E>": List,
	"BIGINT": Integer, "DOUBLE": Float, "TIMESTAMP": Instant, "DATE": Day,
	"INTERVAL DAY TO SECOND": DayTime, "INTERVAL YEAR TO MONTH": YearMonth, "JSON": Document,
	"T": Same, "T ORDERED": SameOrder, "ARRAY<E> ORDERED": SortedList, "E": Element, "E SOUGHT": Sought,
	"ANY BUT ARRAY": Printable,
}

// String returns the class as signatures show it: a type, or T, E, ANY or COMPARABLE.
func (c Class) String() string {
	switch c {
	case Any:
		return "ANY"
	case Printable:
		return "ANY BUT ARRAY"
	case Comparable:
		return "COMPARABLE"
	case List, SortedList:
		return "ARRAY<E>"
	case Same, SameOrder:
		return "T"
	case Element, Sought:
		return "E"
	default:
		return c.fixed().String()
	}
}

// fixed returns the only type of a class that has but one, else the unknown type.
func (c Class) fixed() record.Type {
	switch c {
	case Condition:
		return record.BooleanType
	case Text:
		return record.VarcharType
	case Integer:
		return record.BigIntType
	case Float:
		return record.DoubleType
	case Instant:
		return record.TimestampType
	case Day:
		return record.DateType
	case DayTime:
		return record.DayTimeType
	case YearMonth:
		return record.YearMonthType
	case Document:
		return record.JSONType
	default:
		return record.Type{}
	}
}

// Has reports whether the class holds t. NULL of unknown type belongs to all.
func (c Class) Has(t record.Type) bool {
	if t.Kind == record.Unknown {
		return true
	}
	switch c {
	case Any, Same, Element:
		return true
	case Comparable, SameOrder, Sought:
		return t.Kind != record.Array && t.Kind != record.JSON
	case Printable:
		return t.Kind != record.Array
	case List:
		return t.Kind == record.Array
	case SortedList:
		return t.Kind == record.Array && Comparable.Has(elem(t))
	default:
		return t.Equal(c.fixed())
	}
}

// elem returns the type of an array's elements.
func elem(t record.Type) record.Type {
	if t.Elem == nil {
		return record.Type{}
	}
	return *t.Elem
}

// Compares reports whether values of two types, which are Comparable, compare with
// each other.
func Compares(a, b record.Type) bool {
	return a.Kind == b.Kind || a.Kind == record.Unknown || b.Kind == record.Unknown || a.Numeric() && b.Numeric()
}

// Common returns the type that values of both types become where they must have
// the same: DOUBLE of BIGINT and DOUBLE, TIMESTAMP of DATE and TIMESTAMP, an array
// of the common type of the elements, the other one of an unknown type.
func Common(a, b record.Type) (record.Type, bool) {
	switch {
	case a.Kind == record.Unknown || a.Kind == b.Kind && a.Kind != record.Array:
		return b, true
	case b.Kind == record.Unknown:
		return a, true
	case a.Kind == record.Array && b.Kind == record.Array:
		e, ok := Common(elem(a), elem(b))
		return record.ArrayOf(e), ok
	case Implicit(a, b):
		return b, true
	case Implicit(b, a):
		return a, true
	default:
		return record.Type{}, false
	}
}

// Implicit reports whether a value of one type becomes one of another without
// being asked to: BIGINT a DOUBLE, DATE a TIMESTAMP (its midnight), NULL of unknown
// type any, and arrays of these.
func Implicit(from, to record.Type) bool {
	switch {
	case from.Kind == record.Unknown || from.Equal(to):
		return true
	case from.Kind == record.Array && to.Kind == record.Array:
		return Implicit(elem(from), elem(to))
	default:
		return from.Kind == record.BigInt && to.Kind == record.Double ||
			from.Kind == record.Date && to.Kind == record.Timestamp
	}
}
