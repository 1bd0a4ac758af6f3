package function

import "github.com/millrace/millrace/libs/record"

func comparisons() []Scalar {
	pair := []Param{{Name: "a", Class: Comparable}, {Name: "b", Class: Comparable}}
	two := func(name, sql, doc string, canonical bool, holds func(c int) bool) Scalar {
		return Scalar{
			Name: name, SQL: sql, Params: pair,
			Result: record.BooleanType, Canonical: canonical, Doc: doc,
			Eval: strict(func(a []record.Value) bool { return holds(record.Compare(a[0], a[1])) }),
		}
	}
	return []Scalar{
		two("eq", "a = b", "Equality. NaN equals itself, -0 equals 0.", true, equal),
		two("lt", "a < b", "Order: of numbers by value, NaN last; of text by bytes; FALSE before TRUE.", true, less),
		two("le", "a <= b", "a < b or a = b.", true, atMost),
		two(Ne, "a <> b", "NOT a = b.", false, not(equal)),
		two(Gt, "a > b", "NOT a <= b.", false, not(atMost)),
		two(Ge, "a >= b", "NOT a < b.", false, not(less)),
		{
			Name: Between, SQL: "a BETWEEN b AND c",
			Params: append(pair[:2:2], Param{Name: "c", Class: Comparable}),
			Result: record.BooleanType,
			Doc:    "a >= b AND a <= c.",
			Eval: func(a []record.Value) (record.Value, error) {
				return OfTruth(compare(a[0], a[1], not(less)).And(compare(a[0], a[2], atMost))), nil
			},
		},
		{
			Name: In, SQL: "a IN (b, …)", Params: pair, Variadic: true,
			Result: record.BooleanType,
			Doc:    "a = b OR …: NULL where no value equals a and one of them, or a itself, is NULL.",
			Eval: func(a []record.Value) (record.Value, error) {
				t := record.False
				for _, b := range a[1:] {
					t = t.Or(compare(a[0], b, equal))
				}
				return OfTruth(t), nil
			},
		},
	}
}

func equal(c int) bool  { return c == 0 }
func less(c int) bool   { return c < 0 }
func atMost(c int) bool { return c <= 0 }

func not(holds func(c int) bool) func(c int) bool {
	return func(c int) bool { return !holds(c) }
}

// compare is NULL where a or b is.
func compare(a, b record.Value, holds func(c int) bool) record.Truth {
	if a.IsNull() || b.IsNull() {
		return record.Null
	}
	return record.TruthOf(holds(record.Compare(a, b)))
}

func arrays() []Scalar {
	return []Scalar{{
		Name: "member", SQL: "b = ANY(a)",
		Params: []Param{{Name: "a", Class: List}, {Name: "b", Class: Comparable, Literal: true}},
		Result: record.BooleanType, Canonical: true,
		Doc: "TRUE where an element of a equals b; else NULL where a is NULL, an element is, or b is and a has elements; else FALSE.",
		Eval: func(args []record.Value) (record.Value, error) {
			if args[0].IsNull() {
				return record.NullOf(record.BooleanType), nil
			}
			t := record.False
			for _, e := range args[0].Elems() {
				t = t.Or(compare(e, args[1], equal))
			}
			return OfTruth(t), nil
		},
	}}
}
