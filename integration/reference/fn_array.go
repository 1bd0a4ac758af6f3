package reference

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// ofList is a function of an array that gives an array of the same type.
func ofList(f func(es []record.Value) []record.Value) *scalar {
	return strict(on("list > list", func(a []record.Value) (record.Value, bool) {
		return record.List(elemOf(a[0].Type()), f(slices.Clone(a[0].Elems()))), true
	}))
}

func equalOrBothNull(a, b *record.Value) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	return compareValues(a, b) == 0
}

func concatenated(a []record.Value) (record.Value, bool) {
	var all []record.Value
	for _, v := range a {
		all = append(all, v.Elems()...)
	}
	return record.List(elemOf(a[0].Type()), all), true
}

func arrayFunctions() map[string]*scalar {
	appended := func(list, e record.Value, first bool) (record.Value, bool) {
		if list.IsNull() {
			return list, true
		}
		elem := elemOf(list.Type())
		es := []record.Value{*orTyped(&e, elem)}
		if first {
			return record.List(elem, append(es, list.Elems()...)), true
		}
		return record.List(elem, append(slices.Clone(list.Elems()), es...)), true
	}
	extreme := func(sign int) *scalar {
		return strict(on("sorted > E", func(a []record.Value) (record.Value, bool) { return extremeOf(a[0].Elems(), sign), true }))
	}
	return map[string]*scalar{
		"array": seesNull(on("T?* > T[]", func(a []record.Value) (record.Value, bool) {
			elem := record.VarcharType
			for _, v := range a {
				if v.Type().Kind != record.Unknown {
					elem = v.Type()
				}
			}
			out := make([]record.Value, len(a))
			for i := range a {
				out[i] = *orTyped(&a[i], elem)
			}
			return record.List(elem, out), true
		})),
		"subscript": strict(on("list int > E", func(a []record.Value) (record.Value, bool) {
			if i := a[1].Int(); i >= 1 && i <= int64(len(a[0].Elems())) {
				return a[0].Elems()[i-1], true
			}
			return record.Value{}, true
		})),
		"cardinality": strict(on("list > int", func(a []record.Value) (record.Value, bool) { return record.Int(int64(len(a[0].Elems()))), true })),
		"array_length": strict(on("list int? > int", func(a []record.Value) (record.Value, bool) {
			if n := len(a[0].Elems()); len(a) == 1 || n > 0 && a[1].Int() == 1 {
				return record.Int(int64(n)), true
			}
			return record.Value{}, true
		})),
		"array_position": seesNull(on("list sought > int", func(a []record.Value) (record.Value, bool) {
			for i := range a[0].Elems() {
				if equalOrBothNull(&a[0].Elems()[i], &a[1]) {
					return record.Int(int64(i) + 1), true
				}
			}
			return record.Value{}, true
		})),
		"array_slice": strict(on("list int int > list", func(a []record.Value) (record.Value, bool) {
			var out []record.Value
			for i, e := range a[0].Elems() {
				if at := int64(i) + 1; at >= a[1].Int() && at <= a[2].Int() {
					out = append(out, e)
				}
			}
			return record.List(elemOf(a[0].Type()), out), true
		})),
		"array_append":  seesNull(on("list E > list", func(a []record.Value) (record.Value, bool) { return appended(a[0], a[1], false) })),
		"array_prepend": seesNull(on("E list > list", func(a []record.Value) (record.Value, bool) { return appended(a[1], a[0], true) })),
		"array_concat":  strict(on("list list* > list", concatenated)),
		"array_remove": seesNull(on("list sought > list", func(a []record.Value) (record.Value, bool) {
			if a[0].IsNull() {
				return a[0], true
			}
			kept := slices.DeleteFunc(slices.Clone(a[0].Elems()), func(e record.Value) bool { return equalOrBothNull(&e, &a[1]) })
			return record.List(elemOf(a[0].Type()), kept), true
		})),
		"array_distinct": ofList(func(es []record.Value) []record.Value {
			var out []record.Value
			for _, e := range es {
				if !slices.ContainsFunc(out, func(x record.Value) bool { return equalOrBothNull(&x, &e) }) {
					out = append(out, e)
				}
			}
			return out
		}),
		"array_min": extreme(-1),
		"array_max": extreme(1),
		"array_sort": strict(on("sorted bool? bool? > list", func(a []record.Value) (record.Value, bool) {
			descending := len(a) > 1 && a[1].Bool()
			nullsFirst := descending
			if len(a) > 2 {
				nullsFirst = a[2].Bool()
			}
			var nulls, rest []record.Value
			for _, e := range a[0].Elems() {
				if e.IsNull() {
					nulls = append(nulls, e)
				} else {
					rest = append(rest, e)
				}
			}
			slices.SortStableFunc(rest, func(x, y record.Value) int {
				if descending {
					return compareValues(&y, &x)
				}
				return compareValues(&x, &y)
			})
			if nullsFirst {
				return record.List(elemOf(a[0].Type()), append(nulls, rest...)), true
			}
			return record.List(elemOf(a[0].Type()), append(rest, nulls...)), true
		})),
		"array_reverse": ofList(func(es []record.Value) []record.Value {
			slices.Reverse(es)
			return es
		}),
		"array_to_string": strict(on("list text text? > text", func(a []record.Value) (record.Value, bool) {
			var parts []string
			for _, e := range a[0].Elems() {
				switch {
				case !e.IsNull():
					parts = append(parts, printed(e))
				case len(a) == 3:
					parts = append(parts, a[2].Str())
				}
			}
			return record.Text(strings.Join(parts, a[1].Str())), true
		})),
		"string_to_array": strict(on("text text text? > texts", func(a []record.Value) (record.Value, bool) {
			var parts []string
			switch {
			case a[0].Str() == "":
			case a[1].Str() == "":
				parts = []string{a[0].Str()}
			default:
				parts = strings.Split(a[0].Str(), a[1].Str())
			}
			list := textArray(parts)
			for i, p := range parts {
				if len(a) == 3 && p == a[2].Str() {
					list.Elems()[i] = record.NullOf(record.VarcharType)
				}
			}
			return list, true
		})),
	}
}
