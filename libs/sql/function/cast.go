package function

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// Conversion is one cast: what [Casts] lists. Casts between arrays are of their
// elements and not listed.
type Conversion struct {
	From, To record.Type
	Implicit bool // happens without CAST, too; see [Implicit]
	Fails    bool // for some values, for which TRY_CAST gives NULL
	Doc      string

	convert func(v record.Value) (record.Value, error)
}

// CastName returns the name of the function that casts to a type: cast_bigint, or
// try_cast_array_varchar, which is NULL where the cast would be ERROR.
func CastName(to record.Type, try bool) string {
	name := strings.NewReplacer(" ", "_", "<", "_", ">", "").Replace(strings.ToLower(to.String()))
	if try {
		return "try_cast_" + name
	}
	return "cast_" + name
}

// Cast returns the function that casts from one type to another. A value of the
// unknown type, NULL, is cast by any. Errors are of type [*Error].
func Cast(from, to record.Type, try bool) (*Scalar, error) {
	f, ok := LookupScalar(CastName(to, try))
	if ok {
		if _, _, err := f.Match([]record.Type{from}); err == nil {
			return f, nil
		}
	}
	err := &Error{Message: fmt.Sprintf("%s cannot be cast to %s", from, to), Arg: 0}
	var into []string
	for _, c := range Casts() {
		if c.From.Equal(from) && !c.To.Equal(from) {
			into = append(into, c.To.String())
		}
	}
	if len(into) > 0 {
		err.Hint = fmt.Sprintf("%s can be cast to %s", from, strings.Join(into, ", "))
	}
	return nil, err
}

// castTypes are the types with casts, in the order of documentation.
func castTypes() []record.Type {
	return []record.Type{
		record.BooleanType, record.BigIntType, record.DoubleType, record.VarcharType, record.TimestampType,
		record.DateType, record.DayTimeType, record.YearMonthType, record.JSONType,
	}
}

// casts makes the functions out of the table of conversions.
func casts() []Scalar {
	var fs []Scalar
	for _, to := range castTypes() {
		var direct, elements []Overload
		for _, c := range Casts() {
			if !c.To.Equal(to) {
				continue
			}
			direct = append(direct, exactly(c.From, to, !c.Fails, func(a []record.Value) (record.Value, error) { return c.convert(a[0]) }))
			elements = append(elements, exactly(record.ArrayOf(c.From), record.ArrayOf(to), !c.Fails, eachElement(to, c.convert)))
		}
		if to.Kind == record.Varchar {
			direct = append(direct, on("(value ARRAY<E>) VARCHAR", func(a []record.Value) (record.Value, error) { return bounded(printed(a[0])) }))
		}
		if to.Kind == record.JSON {
			direct = append(direct, on("(value ARRAY<E>) JSON", func(a []record.Value) (record.Value, error) {
				return record.JSONOf(string(record.AppendJSON(nil, a[0]))), nil
			}))
		}
		elements = append(elements, exactly(record.JSONType, record.ArrayOf(to), false, jsonToArray(to)))
		fs = append(fs, castPair(to, direct)...)
		fs = append(fs, castPair(record.ArrayOf(to), elements)...)
	}
	return fs
}

func exactly(from, to record.Type, total bool, eval Eval) Overload {
	return Overload{
		Params: []Param{{Name: "value", Class: Exact, Type: from}},
		Result: func([]record.Type) record.Type { return to },
		result: to.String(), total: total, eval: eval,
	}
}

// castPair returns the functions of CAST and TRY_CAST.
func castPair(to record.Type, overloads []Overload) []Scalar {
	strict := Scalar{
		Name: CastName(to, false), SQL: fmt.Sprintf("CAST(value AS %s)", to), Section: Casting,
		Canonical: true, Strict: true, Fails: Sometimes, Overloads: overloads,
		Doc: fmt.Sprintf("The value as %s; an error where it has none. `value::%s` is the same.", to, to),
	}
	try := strict
	try.Name, try.SQL, try.Fails = CastName(to, true), fmt.Sprintf("TRY_CAST(value AS %s)", to), Never
	try.Doc = fmt.Sprintf("The value as %s; NULL where it has none.", to)
	try.Overloads = slices.Clone(overloads)
	for i := range try.Overloads {
		eval := try.Overloads[i].eval
		try.Overloads[i].eval = func(a []record.Value) (record.Value, error) {
			v, err := eval(a)
			if err != nil {
				return record.NullOf(to), nil
			}
			return v, nil
		}
	}
	return []Scalar{strict, try}
}

func eachElement(to record.Type, convert func(record.Value) (record.Value, error)) Eval {
	return func(a []record.Value) (record.Value, error) {
		es := make([]record.Value, len(a[0].Elems()))
		for i, e := range a[0].Elems() {
			if e.IsNull() {
				es[i] = record.NullOf(to)
				continue
			}
			var err error
			if es[i], err = convert(e); err != nil {
				return record.Value{}, err
			}
		}
		return record.List(to, es), nil
	}
}

// jsonToArray casts the elements of a JSON array: strings as ->> reads them, null
// as NULL.
func jsonToArray(to record.Type) Eval {
	convert := converter(record.JSONType, to)
	if convert == nil || to.Kind == record.Varchar {
		text := converter(record.VarcharType, to)
		convert = func(v record.Value) (record.Value, error) { return text(asText(v.Str())) }
	}
	return func(a []record.Value) (record.Value, error) {
		text := jsonValue(a[0].Str())
		switch jsonKind(text) {
		case "null":
			return record.NullOf(record.ArrayOf(to)), nil
		case "array":
		default:
			return record.Value{}, fmt.Errorf("%s is not a JSON array", abbreviated(text))
		}
		var es []record.Value
		var failed error
		err := jsonElements(text, func(value string) bool {
			e := record.NullOf(to)
			if value != "null" || to.Kind == record.JSON {
				e, failed = convert(record.JSONOf(value))
			}
			es = append(es, e)
			return failed == nil && len(es) <= MaxElems
		})
		switch {
		case err != nil:
			return record.Value{}, err
		case failed != nil:
			return record.Value{}, failed
		case len(es) > MaxElems:
			return record.Value{}, ErrTooLong
		}
		return record.List(to, es), nil
	}
}

// converter returns what casts one type to another, nil if nothing does.
func converter(from, to record.Type) func(record.Value) (record.Value, error) {
	for _, c := range Casts() {
		if c.From.Equal(from) && c.To.Equal(to) {
			return c.convert
		}
	}
	return nil
}
