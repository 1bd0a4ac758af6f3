package function

import (
	"strings"

	"github.com/millrace/millrace/libs/record"
)

func trims() []Scalar {
	trim := func(name, doc string, f func(text, characters string) string, example Example, aliases ...string) Scalar {
		s := stringFunc(name, doc+" of the characters, else of spaces.", []Example{example},
			on("(text VARCHAR, [characters VARCHAR]) VARCHAR", func(a []record.Value) (record.Value, error) {
				characters := " "
				if len(a) == 2 {
					characters = a[1].Str()
				}
				return record.Text(f(a[0].Str(), characters)), nil
			}))
		s.Aliases = aliases
		return s
	}
	pad := func(name, doc string, join func(fill, text string) string, examples ...Example) Scalar {
		return fails(stringFunc(name, doc, examples,
			on("(text VARCHAR, length BIGINT, [fill VARCHAR]) VARCHAR", func(a []record.Value) (record.Value, error) {
				fill := " "
				if len(a) == 3 {
					fill = a[2].Str()
				}
				return padded(a[0].Str(), a[1].Int(), fill, join)
			})))
	}
	return []Scalar{
		trim("trim", "Text without the longest run at either end", strings.Trim, Example{"'xxaxx', 'x'", "'a'"}, "btrim"),
		trim("ltrim", "Text without the longest run at its beginning", strings.TrimLeft, Example{"'  a '", "'a '"}),
		trim("rtrim", "Text without the longest run at its end", strings.TrimRight, Example{"'  a '", "'  a'"}),
		pad("lpad", "Text filled up at its beginning to a length in code points, by spaces if not by `fill`, or cut to it at its end.",
			func(fill, text string) string { return fill + text }, Example{"'7', 3, '0'", "'007'"}, Example{"'abc', 2", "'ab'"}),
		pad("rpad", "Text filled up at its end to a length in code points, by spaces if not by `fill`, or cut to it.",
			func(fill, text string) string { return text + fill }, Example{"'hi', 5, 'xy'", "'hixyx'"}),
		fails(stringFunc("repeat", "Text so many times; '' for less than once.", []Example{{"'ab', 3", "'ababab'"}, {"'ab', 10000000", "ERROR: " + ErrTooLong.Error()}},
			on("(text VARCHAR, times BIGINT) VARCHAR", func(a []record.Value) (record.Value, error) {
				text, times := a[0].Str(), max(a[1].Int(), 0)
				if len(text) > 0 && times > MaxText/int64(len(text)) {
					return record.Value{}, ErrTooLong
				}
				if text == "" {
					times = 0
				}
				return record.Text(strings.Repeat(text, int(times))), nil
			}))),
	}
}

func padded(text string, length int64, fill string, join func(fill, text string) string) (record.Value, error) {
	missing := length - runes(text)
	switch {
	case length <= 0:
		return record.Text(""), nil
	case missing <= 0:
		return record.Text(first(text, length)), nil
	case fill == "":
		return record.Text(text), nil
	case missing > MaxText:
		return record.Value{}, ErrTooLong
	}
	n := runes(fill)
	if missing/n > MaxText/int64(len(fill)) {
		return record.Value{}, ErrTooLong
	}
	return bounded(join(strings.Repeat(fill, int(missing/n))+first(fill, missing%n), text))
}
