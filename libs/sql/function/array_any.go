package function

import "github.com/millrace/millrace/libs/record"

// quantified are the operators beside ANY but for =, which is member, and by NOT those
// beside ALL.
func quantified() []Scalar {
	anyOf := func(name, op string, holds func(c int) bool, examples ...Example) Scalar {
		return Scalar{
			Name: name, SQL: "b " + op + " ANY(a)", Section: Arrays, Canonical: true,
			Overloads: []Overload{on("(a ARRAY<E> ORDERED, b E SOUGHT) BOOLEAN", func(args []record.Value) (record.Value, error) {
				t := record.False
				if args[0].IsNull() {
					t = record.Null
				}
				for _, e := range args[0].Elems() {
					t = t.Or(compare(args[1], e, holds))
				}
				return OfTruth(t), nil
			})},
			Doc:      "TRUE where `b " + op + " e` is for an element e of a, else NULL where it is for one, else FALSE. `ALL` in the place of `ANY` asks for all elements.",
			Examples: examples,
		}
	}
	return []Scalar{
		anyOf(AnyNe, "<>", not(equal), Example{"ARRAY[1, 1], 1", "FALSE"}, Example{"ARRAY[1, NULL], 1", "NULL"}),
		anyOf(AnyLt, "<", less, Example{"ARRAY[1, 5], 3", "TRUE"}),
		anyOf(AnyLe, "<=", atMost, Example{"ARRAY['a'], 'b'", "FALSE"}),
		anyOf(AnyGt, ">", not(atMost), Example{"ARRAY[1, 5], 3", "TRUE"}),
		anyOf(AnyGe, ">=", not(less), Example{"ARRAY[4, 5], 3", "FALSE"}),
	}
}
