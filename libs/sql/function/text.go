package function

import (
	"strings"

	"github.com/millrace/millrace/libs/record"
)

func texts() []Scalar {
	contains := func(name, sql, doc string, holds func(text, part string) bool, examples ...Example) Scalar {
		return Scalar{
			Name: name, SQL: sql, Section: Logic, Canonical: true, Callable: true, Strict: true, Doc: doc, Examples: examples,
			Overloads: []Overload{on("(text VARCHAR, part VARCHAR) BOOLEAN", func(a []record.Value) (record.Value, error) {
				return record.Bool(holds(a[0].Str(), a[1].Str())), nil
			})},
		}
	}
	return []Scalar{
		{
			Name: "like", SQL: "text LIKE pattern", Section: Logic, Canonical: true, Strict: true, Fails: UnlessPrepared,
			Overloads: []Overload{prepared("(text VARCHAR, pattern VARCHAR) BOOLEAN", matcher(
				func(p Pattern) Pattern { return p }, func(text string) string { return text }))},
			Doc:      "The whole text matches: `%` is any run of characters, `_` one code point, a backslash makes the next character stand for itself. A pattern that ends in a backslash is an error.",
			Examples: []Example{{"'golang', 'go%'", "TRUE"}, {"'golang', 'g_'", "FALSE"}, {`'x', 'x\'`, "ERROR: malformed pattern: nothing follows the last '\\\\'"}},
		},
		{
			Name: "ilike", SQL: "text ILIKE pattern", Section: Logic, Canonical: true, Strict: true, Fails: UnlessPrepared,
			Overloads: []Overload{prepared("(text VARCHAR, pattern VARCHAR) BOOLEAN", matcher(Pattern.Fold, Fold))},
			Doc:       "LIKE without regard to case: under Unicode simple case folding (C + S).",
			Examples:  []Example{{"'GoLang', 'go%'", "TRUE"}},
		},
		contains("contains", "text CONTAINS part", "The part occurs in the text, case included; it is no word test. Every text contains `''`.",
			strings.Contains, Example{"'golang', 'lan'", "TRUE"}, Example{"'golang', 'LAN'", "FALSE"}),
		contains("icontains", "text ICONTAINS part", "CONTAINS without regard to case: under Unicode simple case folding (C + S).",
			func(text, part string) bool { return strings.Contains(Fold(text), Fold(part)) }, Example{"'golang', 'LAN'", "TRUE"}),
		{
			Name: "member", SQL: "b = ANY(a)", Aliases: []string{"array_contains"}, Section: Arrays, Canonical: true, Callable: true,
			Overloads: []Overload{on("(a ARRAY<E>, b E SOUGHT) BOOLEAN", func(args []record.Value) (record.Value, error) {
				if args[0].IsNull() {
					return record.NullOf(record.BooleanType), nil
				}
				t := record.False
				for _, e := range args[0].Elems() {
					t = t.Or(compare(e, args[1], equal))
				}
				return OfTruth(t), nil
			})},
			Doc:      "TRUE where an element of a equals b; else NULL where a is NULL, an element is, or b is and a has elements; else FALSE.",
			Examples: []Example{{"ARRAY['a', 'b'], 'b'", "TRUE"}, {"ARRAY['a', NULL], 'b'", "NULL"}},
		},
	}
}

// matcher evaluates a pattern with backslash as escape; constant patterns are read
// once.
func matcher(pattern func(Pattern) Pattern, text func(string) string) func(Site) (Eval, error) {
	return func(s Site) (Eval, error) {
		read := func(v record.Value) (Pattern, error) {
			p, err := ParsePattern(v.Str(), '\\')
			if err != nil {
				err = &advised{err, "write it twice to match it"}
			}
			return pattern(p), err
		}
		return withConstant(s, 1, read, func(p Pattern, a []record.Value) (record.Value, error) {
			return record.Bool(p.Match(text(a[0].Str()))), nil
		})
	}
}

// withConstant returns an evaluator that needs something made of the argument i:
// made once where that is a constant, else for every call.
func withConstant[T any](s Site, i int, read func(record.Value) (T, error), eval func(T, []record.Value) (record.Value, error)) (Eval, error) {
	v, ok := s.constant(i)
	if !ok {
		return func(a []record.Value) (record.Value, error) {
			made, err := read(a[i])
			if err != nil {
				return record.Value{}, err
			}
			return eval(made, a)
		}, nil
	}
	made, err := read(v)
	if err != nil {
		return nil, &ConstantError{i, err}
	}
	return func(a []record.Value) (record.Value, error) { return eval(made, a) }, nil
}
