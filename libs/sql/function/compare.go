package function

import "github.com/millrace/millrace/libs/record"

func comparisons() []Scalar {
	two := func(name, sql, doc string, canonical bool, holds func(c int) bool, examples ...Example) Scalar {
		return Scalar{
			Name: name, SQL: sql, Section: Logic, Canonical: canonical, Strict: true, Doc: doc, Examples: examples,
			Overloads: []Overload{on("(a COMPARABLE, b COMPARABLE) BOOLEAN", func(a []record.Value) (record.Value, error) {
				return record.Bool(holds(record.Compare(a[0], a[1]))), nil
			})},
		}
	}
	return []Scalar{
		two("eq", "a = b", "Equality; NaN equals itself, -0 equals 0. BIGINT and DOUBLE compare exactly, DATE is its midnight beside TIMESTAMP.", true, equal,
			Example{"1, 1.0", "TRUE"}, Example{"NULL, NULL", "NULL"}),
		two("lt", "a < b", "Order: of numbers by value, NaN last; of text by bytes; FALSE before TRUE.", true, less,
			Example{"'Z', 'a'", "TRUE"}),
		two("le", "a <= b", "`a < b OR a = b`.", true, atMost, Example{"2, 2", "TRUE"}),
		two(Ne, "a <> b", "`NOT a = b`; `!=` is the same.", false, not(equal), Example{"2, 2", "FALSE"}),
		two(Gt, "a > b", "`NOT a <= b`.", false, not(atMost), Example{"3, 2", "TRUE"}),
		two(Ge, "a >= b", "`NOT a < b`.", false, not(less), Example{"1, 2", "FALSE"}),
		{
			Name: Between, SQL: "a BETWEEN b AND c", Section: Logic,
			Overloads: []Overload{on("(a COMPARABLE, b COMPARABLE, c COMPARABLE) BOOLEAN", func(a []record.Value) (record.Value, error) {
				return OfTruth(compare(a[0], a[1], not(less)).And(compare(a[0], a[2], atMost))), nil
			})},
			Doc:      "`a >= b AND a <= c`.",
			Examples: []Example{{"2, 1, 3", "TRUE"}, {"4, NULL, 3", "FALSE"}},
		},
		{
			Name: In, SQL: "a IN (b, …)", Section: Logic,
			Overloads: []Overload{on("(a COMPARABLE, b COMPARABLE...) BOOLEAN", func(a []record.Value) (record.Value, error) {
				t := record.False
				for _, b := range a[1:] {
					t = t.Or(compare(a[0], b, equal))
				}
				return OfTruth(t), nil
			})},
			Doc:      "`a = b OR …`: NULL where no value equals a and one of them, or a itself, is NULL.",
			Examples: []Example{{"2, 1, NULL, 2", "TRUE"}, {"2, 1, NULL", "NULL"}},
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
