package function

import (
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

func parts() []Scalar {
	substring := stringFunc("substring", "The part of text that begins with code point `start`, counted from 1, and is `count` long, else goes on to the end; `substring(text FROM start FOR count)` is the same. Positions before the first are counted, but there is nothing at them. A negative count is an error.",
		[]Example{{"'Thomas', 2, 3", "'hom'"}, {"'Thomas', 3", "'omas'"}, {"'Thomas', -1, 4", "'Th'"}, {"'a', 1, -1", "ERROR: a negative count"}},
		on("(text VARCHAR, start BIGINT, [count BIGINT]) VARCHAR", substring))
	substring.Fails, substring.Aliases = Sometimes, []string{"substr"}
	return []Scalar{
		substring,
		stringFunc("left", "The first n code points; with a negative n all but the last -n.",
			[]Example{{"'abcde', 2", "'ab'"}, {"'abcde', -2", "'abc'"}},
			on("(text VARCHAR, n BIGINT) VARCHAR", func(a []record.Value) (record.Value, error) {
				text, n := a[0].Str(), a[1].Int()
				if n < 0 {
					n = max(0, runes(text)+max(n, -math.MaxInt64))
				}
				return record.Text(first(text, n)), nil
			})),
		stringFunc("right", "The last n code points; with a negative n all but the first -n.",
			[]Example{{"'abcde', 2", "'de'"}, {"'abcde', -2", "'cde'"}},
			on("(text VARCHAR, n BIGINT) VARCHAR", func(a []record.Value) (record.Value, error) {
				text, n := a[0].Str(), a[1].Int()
				if n >= 0 {
					return record.Text(skip(text, runes(text)-n)), nil
				}
				return record.Text(skip(text, -max(n, -math.MaxInt64))), nil
			})),
		fails(stringFunc("split_part", "The nth of the parts between separators, counted from 1, with a negative n from the end; '' beyond them. n = 0 is an error. Without a separator (`''`) the text is one part.",
			[]Example{{"'a,b,c', ',', 2", "'b'"}, {"'a,b,c', ',', -1", "'c'"}, {"'a', ',', 2", "''"}, {"'a', ',', 0", "ERROR: parts are counted from 1"}},
			on("(text VARCHAR, separator VARCHAR, n BIGINT) VARCHAR", splitPart))),
		stringFunc("reverse", "The code points in reverse order.", []Example{{"'añb'", "'bña'"}},
			on("(text VARCHAR) VARCHAR", mapped(func(s string) string {
				rs := []rune(s)
				slices.Reverse(rs)
				return string(rs)
			}))),
	}
}

// fails marks a function that fails for some arguments.
func fails(f Scalar) Scalar {
	f.Fails = Sometimes
	return f
}

func substring(a []record.Value) (record.Value, error) {
	text, start := a[0].Str(), a[1].Int()
	if len(a) == 2 {
		return record.Text(skip(text, max(start, 1)-1)), nil
	}
	count := a[2].Int()
	if count < 0 {
		return record.Value{}, errors.New("a negative count")
	}
	if planted.On(planted.SubstringClips) {
		start = max(start, 1)
	}
	end, ok := sum(start, count) // the position after the last
	if !ok {
		end = math.MaxInt64
	}
	start = max(start, 1)
	if end <= start {
		return record.Text(""), nil
	}
	return record.Text(first(skip(text, start-1), end-start)), nil
}

func splitPart(a []record.Value) (record.Value, error) {
	text, separator, n := a[0].Str(), a[1].Str(), a[2].Int()
	if n == 0 {
		return record.Value{}, errors.New("parts are counted from 1")
	}
	if separator == "" {
		if n == 1 || n == -1 {
			return a[0], nil
		}
		return record.Text(""), nil
	}
	if n < 0 {
		if n += int64(strings.Count(text, separator)) + 2; n < 1 {
			return record.Text(""), nil
		}
	}
	for ; ; n-- {
		part, rest, more := strings.Cut(text, separator)
		switch {
		case n == 1:
			return record.Text(part), nil
		case !more:
			return record.Text(""), nil
		}
		text = rest
	}
}
