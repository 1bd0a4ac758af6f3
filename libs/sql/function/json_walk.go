package function

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/planted"
)

// errJSON is of texts that are not JSON where JSON is due.
var errJSON = errors.New("the text is not JSON")

// jsonWalker reads values out of the text of one JSON value as encoding/json v1
// does: names match exactly once their escapes are read, the last of two equal
// names wins, bytes that are not UTF-8 and lone surrogates are U+FFFD. It checks
// no more of the text than it needs to step over it; texts come from documents
// and casts that have been checked.
type jsonWalker struct {
	s  string
	at int
}

// jsonValue returns the text of the value that s holds, without blanks around it.
func jsonValue(s string) string { return strings.Trim(s, " \t\n\r") }

func (w *jsonWalker) blanks() {
	for w.at < len(w.s) {
		switch w.s[w.at] {
		case ' ', '\t', '\n', '\r':
			w.at++
		default:
			return
		}
	}
}

// next returns the next byte that is no blank, 0 at the end.
func (w *jsonWalker) next() byte {
	if w.blanks(); w.at < len(w.s) {
		return w.s[w.at]
	}
	return 0
}

// value steps over a value and returns its text.
func (w *jsonWalker) value() (string, error) {
	c := w.next()
	from := w.at
	switch c {
	case 0:
		return "", errJSON
	case '"':
		return w.string()
	case '{', '[':
		depth := 0
		for w.at < len(w.s) {
			switch w.s[w.at] {
			case '"':
				if _, err := w.string(); err != nil {
					return "", err
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			w.at++
			if depth == 0 {
				return w.s[from:w.at], nil
			}
		}
		return "", errJSON
	default:
		n := strings.IndexAny(w.s[w.at:], ",]}: \t\n\r\"{[")
		if n < 0 {
			n = len(w.s) - w.at
		}
		if n == 0 {
			return "", errJSON
		}
		w.at += n
		return w.s[from:w.at], nil
	}
}

// string steps over a string and returns its text, with its quotes.
func (w *jsonWalker) string() (string, error) {
	from := w.at
	for w.at++; w.at < len(w.s); w.at++ {
		switch w.s[w.at] {
		case '\\':
			w.at++
		case '"':
			w.at++
			return w.s[from:w.at], nil
		}
	}
	w.at = len(w.s)
	return "", errJSON
}

// members calls f with the name, unquoted, and the text of each member of an object.
func jsonMembers(object string, f func(name, value string)) error {
	w := jsonWalker{s: object}
	if w.next() != '{' {
		return errJSON
	}
	w.at++
	if w.next() == '}' {
		return nil
	}
	for {
		if w.next() != '"' {
			return errJSON
		}
		name, err := w.string()
		if err != nil {
			return err
		}
		if w.next() != ':' {
			return errJSON
		}
		w.at++
		value, err := w.value()
		if err != nil {
			return err
		}
		f(jsonText(name), value)
		switch w.next() {
		case ',':
			w.at++
		case '}':
			return nil
		default:
			return errJSON
		}
	}
}

// jsonElements calls f with the text of each element of an array until it is false.
func jsonElements(array string, f func(value string) bool) error {
	w := jsonWalker{s: array}
	if w.next() != '[' {
		return errJSON
	}
	w.at++
	if w.next() == ']' {
		return nil
	}
	for {
		value, err := w.value()
		if err != nil {
			return err
		}
		if !f(value) {
			return nil
		}
		switch w.next() {
		case ',':
			w.at++
		case ']':
			return nil
		default:
			return errJSON
		}
	}
}

// jsonMember returns the member of an object with the name, the last if there are
// several.
func jsonMember(object, name string) (value string, ok bool, err error) {
	err = jsonMembers(object, func(n, v string) {
		if n == name && (!ok || !planted.On(planted.FirstMember)) {
			value, ok = v, true
		}
	})
	return value, ok && err == nil, err
}

// jsonElement returns the element of an array at an index from 0 on, or from the
// end if it is negative.
func jsonElement(array string, index int64) (value string, ok bool, err error) {
	if index < 0 {
		n := int64(0)
		if err := jsonElements(array, func(string) bool { n++; return true }); err != nil || n+index < 0 {
			return "", false, err
		}
		index += n
	}
	err = jsonElements(array, func(v string) bool {
		if index == 0 {
			value, ok = v, true
		}
		index--
		return !ok
	})
	return value, ok, err
}

// jsonText returns what a string in quotes says.
func jsonText(quoted string) string {
	if len(quoted) < 2 {
		return ""
	}
	if inner := quoted[1 : len(quoted)-1]; !strings.Contains(inner, `\`) && utf8.ValidString(inner) {
		return inner
	}
	var s string
	if json.Unmarshal([]byte(quoted), &s) != nil {
		return strings.ToValidUTF8(quoted[1:len(quoted)-1], "\uFFFD") // not JSON
	}
	return s
}

// jsonKind tells what a value is by its first byte.
func jsonKind(value string) string {
	if value == "" {
		return ""
	}
	switch c := value[0]; {
	case c == '{':
		return "object"
	case c == '[':
		return "array"
	case c == '"':
		return "string"
	case c == 't' || c == 'f':
		return "boolean"
	case c == 'n':
		return "null"
	case c == '-' || '0' <= c && c <= '9':
		return "number"
	default:
		return ""
	}
}

// jsonInteger returns the number of an index in a path.
func jsonInteger(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 32)
	return n, err == nil && n >= 0
}
