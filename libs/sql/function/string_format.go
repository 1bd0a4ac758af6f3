package function

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

func formats() []Scalar {
	return []Scalar{{
		Name: "format", Section: Strings, Canonical: true, Callable: true, Fails: Sometimes,
		Overloads: []Overload{prepared("(format VARCHAR, [value ANY...]) VARCHAR", func(s Site) (Eval, error) {
			if err := checkFormat(s); err != nil {
				return nil, err
			}
			return func(a []record.Value) (record.Value, error) {
				if a[0].IsNull() {
					return record.NullOf(record.VarcharType), nil
				}
				return formatted(a[0].Str(), a[1:])
			}, nil
		})},
		Doc:      "The format with each `%s` replaced by the next value as CAST writes it, NULL by nothing. `%2$s` takes the second value, `%5s` fills up to 5 characters at the left, `%-5s` at the right, `%L` writes a quoted SQL literal (or NULL), `%I` a quoted name, `%%` a percent sign. Anything else after a percent sign, and a value that is not there, is an error.",
		Examples: []Example{{"'%s: %5s|', 'n', 42", "'n:    42|'"}, {"'%2$s %1$s', 'a', 'b'", "'b a'"}, {"'%s'", "ERROR: the format wants more values"}},
	}}
}

// checkFormat reports what is wrong with a constant format, whatever the values.
func checkFormat(s Site) error {
	format, known := s.constant(0)
	if !known {
		return nil
	}
	values := make([]record.Value, len(s.Args)-1)
	for i := range values {
		values[i] = record.Text("")
	}
	if _, err := formatted(format.Str(), values); err != nil && !errors.Is(err, ErrTooLong) {
		return &ConstantError{0, &advised{err, "for example format('%s: %5s', lang, id)"}}
	}
	return nil
}

func formatted(format string, values []record.Value) (record.Value, error) {
	var b strings.Builder
	next := 0
	for {
		before, spec, found := strings.Cut(format, "%")
		b.WriteString(before)
		if !found {
			return bounded(b.String())
		}
		if rest, ok := strings.CutPrefix(spec, "%"); ok {
			b.WriteByte('%')
			format = rest
			continue
		}
		rest, text, err := directive(spec, values, &next)
		if err != nil {
			return record.Value{}, err
		}
		b.WriteString(text)
		if b.Len() > MaxText {
			return record.Value{}, ErrTooLong
		}
		format = rest
	}
}

// directive reads what follows a percent sign: [n$][-][width]letter.
func directive(spec string, values []record.Value, next *int) (rest, text string, err error) {
	n, after := leadingNumber(spec)
	if strings.HasPrefix(after, "$") && after != spec {
		if n == 0 {
			return "", "", errors.New("values are counted from 1")
		}
		*next, spec = n-1, after[1:]
	}
	spec, left := strings.CutPrefix(spec, "-")
	width, spec := leadingNumber(spec)
	if spec == "" {
		return "", "", errors.New("the format ends in a percent sign")
	}
	if width > MaxText {
		return "", "", ErrTooLong
	}
	if *next >= len(values) {
		return "", "", errors.New("the format wants more values")
	}
	v := values[*next]
	*next++
	switch spec[0] {
	case 's':
		if !v.IsNull() {
			text = printed(v)
		}
	case 'L':
		text = "NULL"
		if !v.IsNull() {
			text = record.Text(printed(v)).String()
		}
	case 'I':
		if v.IsNull() {
			return "", "", errors.New("NULL is no name")
		}
		text = `"` + strings.ReplaceAll(printed(v), `"`, `""`) + `"`
	default:
		return "", "", fmt.Errorf("unknown %%%s in the format: expected %%s, %%I, %%L or %%%%", abbreviated(first(spec, 1)))
	}
	if missing := width - int(runes(text)); missing > 0 {
		if spaces := strings.Repeat(" ", missing); left {
			text += spaces
		} else {
			text = spaces + text
		}
	}
	return spec[1:], text, nil
}

// leadingNumber returns the number at the beginning of s and what follows. All that are
// greater than [MaxText] are one more than that: there are neither so many values nor
// such wide ones.
func leadingNumber(s string) (int, string) {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	n, err := strconv.Atoi(s[:digits])
	if digits > 0 && (err != nil || n > MaxText) {
		n = MaxText + 1
	}
	return n, s[digits:]
}
