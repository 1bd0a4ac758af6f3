package reference

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// overload is one way to call a function. Its parameters and its result are words:
// those of typeWords, T and ordered (one type for all of them, the latter neither
// ARRAY nor JSON), any, plain (all but ARRAY), comparable, list (ARRAY<E>), sorted
// (ARRAY<E> with E comparable), E, sought (what compares with E). A ? follows a
// parameter that may be left out, a * the last one that may be repeated.
type overload struct {
	params []string
	result string
	eval   func(a []record.Value) (record.Value, bool) // false: ERROR
}

// typeWords are the types with a word of their own in signatures.
var typeWords = map[string]record.Type{
	"bool": record.BooleanType, "int": record.BigIntType, "float": record.DoubleType, "text": record.VarcharType,
	"time": record.TimestampType, "date": record.DateType, "span": record.DayTimeType, "months": record.YearMonthType,
	"json": record.JSONType, "texts": record.ArrayOf(record.VarcharType),
}

// on is an overload by its signature: "text int? > text".
func on(signature string, eval func(a []record.Value) (record.Value, bool)) overload {
	params, result, _ := strings.Cut(signature, ">")
	return overload{strings.Fields(params), strings.TrimSpace(result), eval}
}

// param is the word for argument i of n; false where there are too many or too few.
func (o *overload) param(i, n int) (string, bool) {
	required := 0
	for _, p := range o.params {
		if !strings.HasSuffix(p, "?") && !strings.HasSuffix(p, "?*") {
			required++
		}
	}
	last := len(o.params) - 1
	if n < required || n > len(o.params) && !strings.HasSuffix(o.params[max(last, 0)], "*") {
		return "", false
	}
	return strings.TrimRight(o.params[min(i, last)], "?*"), true
}

// fit returns what the arguments have to become for the overload, how many of them
// have to change, and the result; false where it does not take them.
func (o *overload) fit(args []record.Type) (to []record.Type, casts int, result record.Type, ok bool) {
	if len(o.params) == 0 {
		return nil, 0, typeWords[o.result], len(args) == 0
	}
	if _, fits := o.param(0, len(args)); !fits {
		return nil, 0, result, false
	}
	var same, elem, compared record.Type
	for i, a := range args {
		ok = true
		switch p, _ := o.param(i, len(args)); p {
		case "T":
			same, ok = common(same, a)
		case "ordered":
			if ok = orderable(a); ok {
				same, ok = common(same, a)
			}
		case "list", "sorted":
			if ok = isArray(a) && (p == "list" || orderable(elemOf(a))); ok {
				elem, ok = common(elem, elemOf(a))
			}
		case "E":
			elem, ok = common(elem, a)
		case "comparable":
			if ok = orderable(a); ok {
				compared, ok = common(compared, a)
			}
		case "plain":
			ok = a.Kind != record.Array
		case "any", "sought":
		default:
			ok = becomes(a, typeWords[p])
		}
		if !ok {
			return nil, 0, result, false
		}
	}
	for i, a := range args {
		t := a
		switch p, _ := o.param(i, len(args)); p {
		case "T", "ordered":
			t = orText(same)
		case "list", "sorted":
			t = record.ArrayOf(orText(elem))
		case "E":
			t = orText(elem)
		case "comparable", "sought":
			with := compared
			if p == "sought" {
				with = elem
			}
			if !orderable(a) || !compare2(a, with) && !becomes(a, with) {
				return nil, 0, result, false
			}
			if a.Kind == record.Unknown || !compare2(a, with) {
				t = orText(with)
			}
		case "any", "plain":
		default:
			t = typeWords[p]
		}
		if a.Kind != record.Unknown && !a.Equal(t) {
			casts++
		}
		to = append(to, t)
	}
	switch o.result {
	case "T":
		result = orText(same)
	case "T[]":
		result = record.ArrayOf(orText(same))
	case "E":
		result = orText(elem)
	case "list":
		result = record.ArrayOf(orText(elem))
	case "first":
		result = to[0]
	default:
		result = typeWords[o.result]
	}
	return to, casts, result, true
}

// choose returns the overload that wants the fewest casts, the first of several.
func choose(overloads []overload, args []record.Type) (best *overload, to []record.Type, result record.Type) {
	fewest := -1
	for i := range overloads {
		o := &overloads[i]
		if ts, casts, r, ok := o.fit(args); ok && (fewest < 0 || casts < fewest) {
			best, to, result, fewest = o, ts, r, casts
		}
	}
	return best, to, result
}

// common is the type that values of both types become.
func common(a, b record.Type) (record.Type, bool) {
	switch {
	case a.Kind == record.Array && b.Kind == record.Array:
		e, ok := common(elemOf(a), elemOf(b))
		return record.ArrayOf(e), ok
	case becomes(a, b):
		return b, true
	case becomes(b, a):
		return a, true
	default:
		return record.Type{}, false
	}
}

// becomes reports whether a value of one type becomes the other by itself.
func becomes(from, to record.Type) bool {
	switch {
	case from.Kind == record.Unknown, from.Equal(to):
		return true
	case from.Kind == record.Array && to.Kind == record.Array:
		return becomes(elemOf(from), elemOf(to))
	default:
		return from.Kind == record.BigInt && to.Kind == record.Double || from.Kind == record.Date && to.Kind == record.Timestamp
	}
}

func isArray(t record.Type) bool { return t.Kind == record.Array || t.Kind == record.Unknown }

// orderable types have an order between their values.
func orderable(t record.Type) bool { return t.Kind != record.Array && t.Kind != record.JSON }

// compare2 reports whether values of the types compare as they are.
func compare2(a, b record.Type) bool {
	return a.Kind == b.Kind || a.Kind == record.Unknown || b.Kind == record.Unknown || a.Numeric() && b.Numeric()
}

func elemOf(t record.Type) record.Type {
	if t.Elem == nil {
		return record.Type{}
	}
	return *t.Elem
}

// orText is VARCHAR for what is nothing but NULL.
func orText(t record.Type) record.Type {
	if t.Kind == record.Unknown {
		return record.VarcharType
	}
	return t
}

func typeNames(ts []record.Type) string {
	names := make([]string, len(ts))
	for i, t := range ts {
		names[i] = t.String()
	}
	return fmt.Sprintf("(%s)", strings.Join(names, ", "))
}
