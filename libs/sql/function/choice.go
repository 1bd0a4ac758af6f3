package function

import (
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

func choices() []Scalar {
	whole := parseSignature("(condition BOOLEAN, value T, otherwise T) T")
	whole.Repeat, whole.Final = 2, true
	whole.prepare = func(s Site) (Eval, error) { return lazily(lazyCase)(s.Result), nil }
	return []Scalar{
		{
			Name: Case, SQL: "CASE WHEN condition THEN value … ELSE otherwise END", Section: Conditional, Canonical: true, Lazy: lazyCase,
			Overloads: []Overload{whole},
			Doc:       "The value after the first condition that is TRUE, else `otherwise`, which is NULL if left out. Conditions after that one and values that are not chosen are not evaluated, so that their errors do not count. `CASE x WHEN a THEN …` compares x with each value.",
			Examples:  []Example{{"FALSE, 'a', TRUE, 'b', 'c'", "'b'"}, {"NULL, 'a', NULL", "NULL"}},
		},
		{
			Name: Coalesce, Section: Conditional, Canonical: true, Callable: true, Lazy: lazyCoalesce,
			Overloads: []Overload{typed("(value T...) T", lazily(lazyCoalesce))},
			Doc:       "The first value that is not NULL; NULL if there is none. What follows it is not evaluated.",
			Examples:  []Example{{"NULL, 2, 3", "2"}, {"NULL, 1, 2.5", "1"}},
		},
		{
			Name: "nullif", Section: Conditional, Canonical: true, Callable: true,
			Overloads: []Overload{on("(a COMPARABLE, b COMPARABLE) FIRST", func(a []record.Value) (record.Value, error) {
				if compare(a[0], a[1], equal) == record.True {
					return record.NullOf(a[0].Type()), nil
				}
				return a[0], nil
			})},
			Doc:      "NULL where `a = b`, else a.",
			Examples: []Example{{"0, 0", "NULL"}, {"5, 0", "5"}},
		},
		extremeOf("greatest", "The greatest value that is not NULL, in the order of `<`; NULL if there is none.", 1, Example{"1, NULL, 3", "3"}),
		extremeOf("least", "The least value that is not NULL, in the order of `<`; NULL if there is none.", -1, Example{"1, NULL, 3", "1"}),
	}
}

func lazyCase(n int, arg func(i int) (record.Value, error)) (record.Value, error) {
	for i := 0; i+1 < n; i += 2 {
		condition, err := arg(i)
		if err != nil {
			return record.Value{}, err
		}
		if t := Truth(condition); t == record.True || t == record.Null && planted.On(planted.CaseTakesNull) {
			return arg(i + 1)
		}
	}
	return arg(n - 1)
}

func lazyCoalesce(n int, arg func(i int) (record.Value, error)) (record.Value, error) {
	for i := range n {
		if v, err := arg(i); err != nil || !v.IsNull() {
			return v, err
		}
	}
	return record.Value{}, nil
}

func extremeOf(name, doc string, sign int, examples ...Example) Scalar {
	return Scalar{
		Name: name, Section: Conditional, Canonical: true, Callable: true, Doc: doc, Examples: examples,
		Overloads: []Overload{typed("(value T ORDERED...) T", func(result record.Type) Eval {
			return func(args []record.Value) (record.Value, error) {
				best := record.NullOf(result)
				for _, a := range args {
					if a.IsNull() && planted.On(planted.GreatestOfNull) {
						return record.NullOf(result), nil
					}
					if !a.IsNull() && (best.IsNull() || record.Compare(a, best)*sign > 0) {
						best = a
					}
				}
				return best, nil
			}
		})},
	}
}
