package function

import (
	"slices"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// arrayFunc is a function of arrays.
func arrayFunc(name, doc string, examples []Example, overloads ...Overload) Scalar {
	return Scalar{
		Name: name, Section: Arrays, Canonical: true, Callable: true, Strict: true,
		Doc: doc, Examples: examples, Overloads: overloads,
	}
}

func arrays() []Scalar {
	return []Scalar{
		{
			Name: Array, SQL: "ARRAY[a, …]", Section: Arrays, Canonical: true,
			Overloads: []Overload{typed("([a T...]) ARRAY<T>", func(result record.Type) Eval {
				return func(a []record.Value) (record.Value, error) {
					es := slices.Clone(a)
					for i := range es {
						if es[i].IsNull() {
							es[i] = record.NullOf(elem(result)) // equal arrays are encoded equally
						}
					}
					return record.List(elem(result), es), nil
				}
			})},
			Doc:      "The array of the values, NULLs included. `ARRAY[]` is an ARRAY<VARCHAR>.",
			Examples: []Example{{"1, NULL, 3", "[1,null,3]"}, {"1, 2.5", "[1,2.5]"}},
		},
		{
			Name: Subscript, SQL: "a[i]", Section: Arrays, Canonical: true, Strict: true,
			Overloads: []Overload{typed("(a ARRAY<E>, i BIGINT) E", func(result record.Type) Eval {
				return func(a []record.Value) (record.Value, error) {
					es, i := a[0].Elems(), a[1].Int()
					if planted.On(planted.SubscriptFromZero) {
						i = min(i, 1<<32) + 1
					}
					if i < 1 || i > int64(len(es)) || es[i-1].IsNull() {
						return record.NullOf(result), nil
					}
					return es[i-1], nil
				}
			})},
			Doc:      "The ith element, counted from 1; NULL where there is none.",
			Examples: []Example{{"ARRAY['a', 'b'], 2", "'b'"}, {"ARRAY['a', 'b'], 0", "NULL"}},
		},
		arrayFunc("cardinality", "The number of elements.", []Example{{"ARRAY[1, NULL]", "2"}},
			on("(a ARRAY<E>) BIGINT", func(a []record.Value) (record.Value, error) { return record.Int(int64(len(a[0].Elems()))), nil })),
		arrayFunc("array_length", "The number of elements. With a dimension, as in PostgreSQL, NULL of an empty array and for dimensions other than 1.",
			[]Example{{"ARRAY[1, 2]", "2"}, {"ARRAY[1, 2], 1", "2"}, {"ARRAY[1, 2], 2", "NULL"}},
			on("(a ARRAY<E>, [dimension BIGINT]) BIGINT", func(a []record.Value) (record.Value, error) {
				n := int64(len(a[0].Elems()))
				if len(a) == 2 && (n == 0 || a[1].Int() != 1) {
					return record.NullOf(record.BigIntType), nil
				}
				return record.Int(n), nil
			})),
		{
			Name: "array_position", Section: Arrays, Canonical: true, Callable: true,
			Overloads: []Overload{on("(a ARRAY<E>, b E SOUGHT) BIGINT", func(a []record.Value) (record.Value, error) {
				for i, e := range a[0].Elems() {
					if record.Compare(e, a[1]) == 0 {
						return record.Int(int64(i) + 1), nil
					}
				}
				return record.NullOf(record.BigIntType), nil
			})},
			Doc:      "Where b first occurs, counted from 1; NULL where it does not. NULL is found as any value.",
			Examples: []Example{{"ARRAY['a', 'b', 'b'], 'b'", "2"}, {"ARRAY[1, NULL], NULL", "2"}},
		},
	}
}

func arrayParts() []Scalar {
	return []Scalar{
		arrayFunc("array_slice", "The elements from one position to another, both included and counted from 1; positions that are not there are left out.",
			[]Example{{"ARRAY[1, 2, 3, 4], 2, 3", "[2,3]"}, {"ARRAY[1, 2], 2, 9", "[2]"}},
			on("(a ARRAY<E>, start BIGINT, stop BIGINT) ARRAY<E>", func(a []record.Value) (record.Value, error) {
				es := a[0].Elems()
				start, stop := max(a[1].Int(), 1), min(a[2].Int(), int64(len(es)))
				if start > stop {
					es = nil
				} else {
					es = es[start-1 : stop]
				}
				return record.List(elem(a[0].Type()), es), nil
			})),
		withNulls(fails(arrayFunc("array_append", "The array with one more element, which may be NULL, at its end.", []Example{{"ARRAY[1], 2", "[1,2]"}},
			on("(a ARRAY<E>, b E) ARRAY<E>", func(a []record.Value) (record.Value, error) { return appended(a[0], a[1], false) })))),
		withNulls(fails(arrayFunc("array_prepend", "The array with one more element, which may be NULL, at its beginning.", []Example{{"1, ARRAY[2]", "[1,2]"}},
			on("(a E, b ARRAY<E>) ARRAY<E>", func(a []record.Value) (record.Value, error) { return appended(a[1], a[0], true) })))),
		aliased(fails(arrayFunc("array_concat", "One array after the other, as `a || b`.", []Example{{"ARRAY[1], ARRAY[2, 3]", "[1,2,3]"}},
			on("(a ARRAY<E>, b ARRAY<E>...) ARRAY<E>", concatArrays))), "array_cat"),
		{
			Name: "array_remove", Section: Arrays, Canonical: true, Callable: true,
			Overloads: []Overload{typed("(a ARRAY<E>, b E SOUGHT) ARRAY<E>", func(result record.Type) Eval {
				return func(a []record.Value) (record.Value, error) {
					if a[0].IsNull() {
						return record.NullOf(result), nil
					}
					var kept []record.Value
					for _, e := range a[0].Elems() {
						if record.Compare(e, a[1]) != 0 {
							kept = append(kept, e)
						}
					}
					return record.List(elem(result), kept), nil
				}
			})},
			Doc:      "The array without the elements that equal b; NULL equals NULL.",
			Examples: []Example{{"ARRAY[1, 2, 1, NULL], 1", "[2,null]"}, {"ARRAY[1, NULL], NULL", "[1]"}},
		},
		arrayFunc("array_distinct", "The array with each value once, where it first occurs; NULL is one of them.", []Example{{"ARRAY[2, 1, NULL, 2, NULL]", "[2,1,null]"}},
			on("(a ARRAY<E>) ARRAY<E>", func(a []record.Value) (record.Value, error) {
				seen := make(map[string]bool, len(a[0].Elems()))
				var kept []record.Value
				var key []byte
				for _, e := range a[0].Elems() {
					if e.IsNull() && planted.On(planted.DistinctLosesNull) {
						continue
					}
					if key = record.AppendValue(key[:0], e); !seen[string(key)] {
						seen[string(key)] = true
						kept = append(kept, e)
					}
				}
				return record.List(elem(a[0].Type()), kept), nil
			})),
	}
}

// aliased gives a function further names.
func aliased(f Scalar, names ...string) Scalar {
	f.Aliases = names
	return f
}

// withNulls marks a function that sees NULLs itself.
func withNulls(f Scalar) Scalar {
	f.Strict = false
	return f
}

func appended(list, v record.Value, before bool) (record.Value, error) {
	if list.IsNull() {
		return list, nil
	}
	es := list.Elems()
	if v.IsNull() {
		v = record.NullOf(elem(list.Type()))
	}
	if len(es) >= MaxElems {
		return record.Value{}, ErrTooLong
	}
	all := make([]record.Value, 0, len(es)+1)
	if before {
		all = append(all, v)
	}
	if all = append(all, es...); !before {
		all = append(all, v)
	}
	return record.List(elem(list.Type()), all), nil
}
