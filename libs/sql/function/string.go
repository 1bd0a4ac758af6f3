package function

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// ErrTooLong is the error of a text or an array beyond [MaxText] or [MaxElems].
var ErrTooLong = errors.New("the result would be too long: at most 1 MiB of text, or 65536 elements")

// stringFunc is a function of text.
func stringFunc(name, doc string, examples []Example, overloads ...Overload) Scalar {
	return Scalar{
		Name: name, Section: Strings, Canonical: true, Callable: true, Strict: true,
		Doc: doc, Examples: examples, Overloads: overloads,
	}
}

// mapped evaluates a function of one text.
func mapped(f func(string) string) Eval {
	return func(a []record.Value) (record.Value, error) { return record.Text(f(a[0].Str())), nil }
}

// measured evaluates a function of one text that is a number.
func measured(f func(string) int) Eval {
	return func(a []record.Value) (record.Value, error) { return record.Int(int64(f(a[0].Str()))), nil }
}

// bounded returns a text, or an error if it is too long.
func bounded(s string) (record.Value, error) {
	if len(s) > MaxText {
		return record.Value{}, ErrTooLong
	}
	return record.Text(s), nil
}

func caseFunctions() []Scalar {
	return []Scalar{
		stringFunc("lower", "Every letter in lower case, one by one, by Unicode's simple mapping.",
			[]Example{{"'ÄÖ Straße'", "'äö straße'"}}, on("(text VARCHAR) VARCHAR", mapped(strings.ToLower))),
		stringFunc("upper", "Every letter in upper case, one by one, by Unicode's simple mapping: ß stays.",
			[]Example{{"'äö straße'", "'ÄÖ STRAßE'"}}, on("(text VARCHAR) VARCHAR", mapped(strings.ToUpper))),
		stringFunc("initcap", "The first letter of every word in upper case, the others in lower case; words are runs of letters and digits.",
			[]Example{{"'hELLO wORLD'", "'Hello World'"}}, on("(text VARCHAR) VARCHAR", mapped(initcap))),
	}
}

func initcap(s string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		before := inside
		inside = unicode.IsLetter(r) || unicode.IsDigit(r)
		if before {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func characters(s string) int {
	if planted.On(planted.LengthInBytes) {
		return len(s)
	}
	return utf8.RuneCountInString(s)
}

func lengths() []Scalar {
	length := stringFunc("length", "The number of code points.", []Example{{"'日本'", "2"}},
		on("(text VARCHAR) BIGINT", measured(characters)))
	length.Aliases = []string{"char_length", "character_length"}
	return []Scalar{
		length,
		stringFunc("octet_length", "The number of bytes in UTF-8.", []Example{{"'日本'", "6"}},
			on("(text VARCHAR) BIGINT", measured(func(s string) int { return len(s) }))),
		stringFunc("bit_length", "The number of bits in UTF-8.", []Example{{"'日本'", "48"}},
			on("(text VARCHAR) BIGINT", measured(func(s string) int { return 8 * len(s) }))),
	}
}

// skip returns text without its first n code points.
func skip(text string, n int64) string {
	for ; n > 0 && text != ""; n-- {
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
	}
	return text
}

// first returns the first n code points of text.
func first(text string, n int64) string { return text[:len(text)-len(skip(text, n))] }

// runes returns how many code points text has.
func runes(text string) int64 { return int64(utf8.RuneCountInString(text)) }
