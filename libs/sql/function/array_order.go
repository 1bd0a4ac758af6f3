package function

import (
	"slices"

	"github.com/millrace/millrace/libs/record"
)

func arrayOrders() []Scalar {
	extreme := func(name, doc string, sign int, example Example) Scalar {
		return arrayFunc(name, doc, []Example{example}, typed("(a ARRAY<E> ORDERED) E", func(result record.Type) Eval {
			return func(a []record.Value) (record.Value, error) {
				best := record.NullOf(result)
				for _, e := range a[0].Elems() {
					if !e.IsNull() && (best.IsNull() || record.Compare(e, best)*sign > 0) {
						best = e
					}
				}
				return best, nil
			}
		}))
	}
	return []Scalar{
		extreme("array_min", "The least element that is not NULL; NULL if there is none.", -1, Example{"ARRAY[3, NULL, 1]", "1"}),
		extreme("array_max", "The greatest element that is not NULL; NULL if there is none.", 1, Example{"ARRAY[3, NULL, 1]", "3"}),
		arrayFunc("array_sort", "The elements in ascending order, or descending; NULLs are last, or first if descending, unless the third argument says where.",
			[]Example{{"ARRAY[3, NULL, 1]", "[1,3,null]"}, {"ARRAY[3, NULL, 1], TRUE", "[null,3,1]"}, {"ARRAY[3, NULL, 1], FALSE, TRUE", "[null,1,3]"}},
			on("(a ARRAY<E> ORDERED, [descending BOOLEAN], [nulls_first BOOLEAN]) ARRAY<E>", func(a []record.Value) (record.Value, error) {
				descending := len(a) > 1 && a[1].Bool()
				nullsFirst := descending
				if len(a) > 2 {
					nullsFirst = a[2].Bool()
				}
				sorted := slices.Clone(a[0].Elems())
				slices.SortStableFunc(sorted, func(x, y record.Value) int {
					c := record.Compare(x, y) // NULL first
					if (x.IsNull() || y.IsNull()) && !nullsFirst || !x.IsNull() && !y.IsNull() && descending {
						return -c
					}
					return c
				})
				return record.List(elem(a[0].Type()), sorted), nil
			})),
		arrayFunc("array_reverse", "The elements in reverse order.", []Example{{"ARRAY[1, 2, 3]", "[3,2,1]"}},
			on("(a ARRAY<E>) ARRAY<E>", func(a []record.Value) (record.Value, error) {
				reversed := slices.Clone(a[0].Elems())
				slices.Reverse(reversed)
				return record.List(elem(a[0].Type()), reversed), nil
			})),
	}
}
