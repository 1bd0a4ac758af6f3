package function

import (
	"strings"

	"github.com/millrace/millrace/libs/record"
)

func texts() []Scalar {
	params := func(second string) []Param {
		return []Param{{Name: "text", Class: Text}, {Name: second, Class: Text, Literal: true}}
	}
	return []Scalar{
		{
			Name: "like", SQL: "text LIKE pattern", Params: params("pattern"),
			Result: record.BooleanType, Canonical: true,
			Doc:  "The whole text matches: % is any run of characters, _ one code point, backslash makes the next character stand for itself.",
			Eval: match(func(p Pattern, text string) bool { return p.Match(text) }),
		},
		{
			Name: "ilike", SQL: "text ILIKE pattern", Params: params("pattern"),
			Result: record.BooleanType, Canonical: true,
			Doc:  "LIKE under Unicode simple case folding (C + S).",
			Eval: match(func(p Pattern, text string) bool { return p.Fold().Match(Fold(text)) }),
		},
		{
			Name: "contains", SQL: "text CONTAINS needle", Params: params("needle"),
			Result: record.BooleanType, Canonical: true,
			Doc:  "The needle is a substring, not necessarily a word, case included. Every text contains ''.",
			Eval: strict(func(a []record.Value) bool { return strings.Contains(a[0].Str(), a[1].Str()) }),
		},
		{
			Name: "icontains", SQL: "text ICONTAINS needle", Params: params("needle"),
			Result: record.BooleanType, Canonical: true,
			Doc:  "CONTAINS under Unicode simple case folding (C + S).",
			Eval: strict(func(a []record.Value) bool { return strings.Contains(Fold(a[0].Str()), Fold(a[1].Str())) }),
		},
	}
}

// match evaluates a pattern with backslash as escape.
func match(matches func(p Pattern, text string) bool) func([]record.Value) (record.Value, error) {
	return func(args []record.Value) (record.Value, error) {
		if args[0].IsNull() || args[1].IsNull() {
			return record.NullOf(record.BooleanType), nil
		}
		p, err := ParsePattern(args[1].Str(), '\\')
		if err != nil {
			return record.Value{}, err
		}
		return record.Bool(matches(p, args[0].Str())), nil
	}
}
