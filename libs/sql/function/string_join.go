package function

import (
	"strings"

	"github.com/millrace/millrace/libs/record"
)

func joins() []Scalar {
	return []Scalar{
		{
			Name: Concat, SQL: "a || b", Aliases: []string{"||"}, Section: Strings, Canonical: true, Callable: true, Strict: true, Fails: Sometimes,
			Overloads: []Overload{
				on("(a VARCHAR, b VARCHAR...) VARCHAR", concatTexts),
				on("(a ARRAY<E>, b ARRAY<E>...) ARRAY<E>", concatArrays),
				on("(a ANY BUT ARRAY, b ANY BUT ARRAY...) VARCHAR", concatTexts),
			},
			Doc:      "One after the other; `concat(a, b, …)` is the same. What is not text is written as by CAST. NULL where an operand is NULL, of `concat`, too: `concat_ws('', …)` leaves NULLs out.",
			Examples: []Example{{"'a', 'b'", "'ab'"}, {"'a', 1", "'a1'"}, {"'a', NULL", "NULL"}, {"ARRAY[1], ARRAY[2, 3]", "[1,2,3]"}},
		},
		{
			Name: "concat_ws", Section: Strings, Canonical: true, Callable: true, Fails: Sometimes,
			Overloads: []Overload{on("(separator VARCHAR, [value ANY BUT ARRAY...]) VARCHAR", func(a []record.Value) (record.Value, error) {
				if a[0].IsNull() {
					return record.NullOf(record.VarcharType), nil
				}
				var b strings.Builder
				some := false
				for _, v := range a[1:] {
					if v.IsNull() {
						continue
					}
					if some {
						b.WriteString(a[0].Str())
					}
					some = true
					b.WriteString(printed(v))
					if b.Len() > MaxText {
						return record.Value{}, ErrTooLong
					}
				}
				return record.Text(b.String()), nil
			})},
			Doc:      "The values that are not NULL, as CAST writes them, with the separator between them. NULL only for a NULL separator.",
			Examples: []Example{{"', ', 'a', NULL, 1", "'a, 1'"}},
		},
	}
}

func concatTexts(a []record.Value) (record.Value, error) {
	texts, size := make([]string, len(a)), 0
	for i, v := range a {
		texts[i] = printed(v)
		if size += len(texts[i]); size > MaxText {
			return record.Value{}, ErrTooLong
		}
	}
	return record.Text(strings.Join(texts, "")), nil
}

func concatArrays(a []record.Value) (record.Value, error) {
	size := 0
	for _, v := range a {
		size += len(v.Elems())
	}
	if size > MaxElems {
		return record.Value{}, ErrTooLong
	}
	all := make([]record.Value, 0, size)
	for _, v := range a {
		all = append(all, v.Elems()...)
	}
	return record.List(elem(a[0].Type()), all), nil
}
