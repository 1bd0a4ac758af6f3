package function

import (
	"errors"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

func searches() []Scalar {
	holds := func(f func(text, part string) bool) Overload {
		return on("(text VARCHAR, part VARCHAR) BOOLEAN", func(a []record.Value) (record.Value, error) {
			return record.Bool(f(a[0].Str(), a[1].Str())), nil
		})
	}
	return []Scalar{
		stringFunc("strpos", "Where `part` first occurs in text, in code points from 1; 0 where it does not.",
			[]Example{{"'high', 'ig'", "2"}, {"'high', 'x'", "0"}},
			on("(text VARCHAR, part VARCHAR) BIGINT", func(a []record.Value) (record.Value, error) { return record.Int(strpos(a[0].Str(), a[1].Str())), nil })),
		stringFunc("position", "strpos with its arguments exchanged, as `position(part IN text)` has them.",
			[]Example{{"'ig', 'high'", "2"}},
			on("(part VARCHAR, text VARCHAR) BIGINT", func(a []record.Value) (record.Value, error) { return record.Int(strpos(a[1].Str(), a[0].Str())), nil })),
		stringFunc("starts_with", "Whether text begins with `part`, case included.", []Example{{"'alphabet', 'alph'", "TRUE"}}, holds(strings.HasPrefix)),
		stringFunc("ends_with", "Whether text ends with `part`, case included.", []Example{{"'alphabet', 'bet'", "TRUE"}}, holds(strings.HasSuffix)),
		fails(stringFunc("replace", "Text with `part` replaced by `by` wherever it occurs. An empty part replaces nothing.",
			[]Example{{"'abcabc', 'b', 'xy'", "'axycaxyc'"}},
			on("(text VARCHAR, part VARCHAR, by VARCHAR) VARCHAR", func(a []record.Value) (record.Value, error) {
				text, part, by := a[0].Str(), a[1].Str(), a[2].Str()
				if part == "" {
					return a[0], nil
				}
				if more := len(by) - len(part); more > 0 && len(text)+strings.Count(text, part)*more > MaxText {
					return record.Value{}, ErrTooLong
				}
				return record.Text(strings.ReplaceAll(text, part, by)), nil
			}))),
		fails(stringFunc("translate", "Text in which each code point of `from` is replaced by the one at the same place in `to`, or removed where `to` is shorter.",
			[]Example{{"'12345', '143', 'ax'", "'a2x5'"}},
			on("(text VARCHAR, from VARCHAR, to VARCHAR) VARCHAR", translate))),
		fails(stringFunc("levenshtein", "The number of code points to insert, remove or replace to make b of a. Texts of more than 255 code points are an error.",
			[]Example{{"'kitten', 'sitting'", "3"}},
			on("(a VARCHAR, b VARCHAR) BIGINT", func(a []record.Value) (record.Value, error) {
				const most = 255
				x, y := []rune(a[0].Str()), []rune(a[1].Str())
				if len(x) > most || len(y) > most {
					return record.Value{}, errors.New("texts of more than 255 characters")
				}
				return record.Int(int64(editDistance(x, y))), nil
			}))),
	}
}

func strpos(text, part string) int64 {
	at := strings.Index(text, part)
	if at < 0 {
		return 0
	}
	return runes(text[:at]) + 1
}

func translate(a []record.Value) (record.Value, error) {
	to := []rune(a[2].Str())
	by := make(map[rune]rune)
	for i, r := range []rune(a[1].Str()) {
		if _, ok := by[r]; ok {
			continue // the first counts
		}
		by[r] = -1
		if i < len(to) {
			by[r] = to[i]
		}
	}
	return bounded(strings.Map(func(r rune) rune {
		if t, ok := by[r]; ok {
			return t
		}
		return r
	}, a[0].Str()))
}

// editDistance is Levenshtein's: insertions, deletions and substitutions.
func editDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
