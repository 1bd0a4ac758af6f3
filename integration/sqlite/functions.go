package sqlite

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"modernc.org/sqlite"
)

// register gives the driver what SQLite lacks: tests that ignore case beyond
// ASCII, by way of package regexp, whose (?i) is Unicode simple folding.
func register(d *sqlite.Driver) error {
	compiled := map[string]*regexp.Regexp{}
	test := func(source string, text string) (driver.Value, error) {
		re := compiled[source]
		if re == nil {
			var err error
			if re, err = regexp.Compile(source); err != nil {
				return nil, err
			}
			compiled[source] = re
		}
		if re.MatchString(text) {
			return int64(1), nil
		}
		return int64(0), nil
	}
	contains := func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		s, ok, err := texts(args)
		if !ok {
			return nil, err
		}
		return test("(?is)"+regexp.QuoteMeta(s[1]), s[0])
	}
	like := func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		s, ok, err := texts(args)
		if !ok {
			return nil, err
		}
		return test(likeExpression(s[1], s[2]), s[0])
	}
	if err := d.RegisterDeterministicScalarFunction("icontains", 2, contains); err != nil {
		return err
	}
	return d.RegisterDeterministicScalarFunction("ilike", 3, like)
}

// texts returns the arguments as text; false where one is NULL.
func texts(args []driver.Value) ([]string, bool, error) {
	out := make([]string, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case nil:
			return nil, false, nil
		case string:
			out[i] = a
		default:
			return nil, false, fmt.Errorf("argument %d is a %T, not text", i+1, a)
		}
	}
	return out, true, nil
}

// likeExpression writes a LIKE pattern as a regular expression.
func likeExpression(pattern, escape string) string {
	esc, _ := utf8.DecodeRuneInString(escape)
	var b strings.Builder
	b.WriteString(`(?is)\A`)
	literal := false
	for _, r := range pattern {
		switch {
		case literal:
			b.WriteString(regexp.QuoteMeta(string(r)))
			literal = false
		case r == esc:
			literal = true
		case r == '%':
			b.WriteString(`.*`)
		case r == '_':
			b.WriteString(`.`)
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteString(`\z`)
	return b.String()
}
