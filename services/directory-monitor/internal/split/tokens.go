package split

import "strconv"

// maxDepth is how deep arrays and objects may be nested, as in encoding/json.
const maxDepth = 10000

// want says which token may come next. A bracket that closes may always come:
// where documents end is clear then.
type want int

const (
	aValue want = iota
	aName
	aColon
	aComma
)

// tokens follows the brackets and strings of a JSON document, and the order of
// its tokens.
type tokens struct {
	want   want
	depth  int
	object [(maxDepth + 64) / 64]uint64 // by depth: which of the open brackets are objects

	text    bool // in a string
	escaped bool // behind a backslash in it
	word    bool // in a number or a name without quotes
}

func (t *tokens) reset() { t.want, t.depth, t.text, t.escaped, t.word = aValue, 0, false, false, false }

// read goes on at b[i], which is no line feed, up to the end of the document, a
// line feed, a problem, or the end of b, and returns where that is.
func (t *tokens) read(b []byte, i int) (n int, ended bool, problem string) {
	for i < len(b) {
		if t.text {
			if i = t.string(b, i); t.text { // it goes on, or has a line feed
				return i, false, ""
			}
			if t.depth == 0 {
				return i, true, ""
			}
			continue
		}
		c := b[i]
		if isWord(c) {
			if !t.word {
				if t.want != aValue {
					return i, false, t.unexpected(c)
				}
				t.want, t.word = aComma, true
			}
			i++
			continue
		}
		if t.word && t.depth == 0 {
			return i, true, ""
		}
		t.word = false
		switch c {
		case ' ', '\t', '\r':
		case '\n':
			return i, false, ""
		case '"':
			switch t.want {
			case aName:
				t.want = aColon
			case aValue:
				t.want = aComma
			case aColon, aComma:
				return i, false, t.unexpected(c)
			}
			t.text = true
		case ':':
			if t.want != aColon {
				return i, false, t.unexpected(c)
			}
			t.want = aValue
		case ',':
			if t.want != aComma {
				return i, false, t.unexpected(c)
			}
			t.want = t.first()
		case '{', '[':
			if t.want != aValue {
				return i, false, t.unexpected(c)
			}
			if t.depth++; t.depth > maxDepth {
				return i, false, "nested more than 10000 deep"
			}
			t.open(c == '{')
			t.want = t.first()
		case '}', ']':
			if t.depth == 0 || t.inObject() != (c == '}') {
				return i, false, t.unexpected(c)
			}
			t.want = aComma
			if t.depth--; t.depth == 0 {
				return i + 1, true, ""
			}
		default:
			return i, false, t.unexpected(c)
		}
		i++
	}
	return i, false, ""
}

// string goes on in a string, up to behind its quote, a line feed in it, or the
// end of b.
func (t *tokens) string(b []byte, i int) int {
	if t.escaped && i < len(b) && b[i] != '\n' {
		t.escaped = false
		i++
	}
	for i < len(b) {
		switch b[i] {
		case '"':
			t.text = false
			return i + 1
		case '\n':
			return i
		case '\\':
			if i+1 == len(b) || b[i+1] == '\n' {
				t.escaped = true
				return i + 1
			}
			i += 2
		default:
			i++
		}
	}
	return i
}

func (t *tokens) open(object bool) {
	if object {
		t.object[t.depth>>6] |= 1 << (t.depth & 63)
	} else {
		t.object[t.depth>>6] &^= 1 << (t.depth & 63)
	}
}

func (t *tokens) inObject() bool { return t.object[t.depth>>6]>>(t.depth&63)&1 == 1 }

// first is what may come first in the innermost bracket, or behind a comma.
func (t *tokens) first() want {
	if t.inObject() {
		return aName
	}
	return aValue
}

func (t *tokens) unexpected(c byte) string {
	expected := ""
	switch t.want {
	case aValue:
		expected = "a value"
	case aName:
		expected = "a field's name in quotes"
	case aColon:
		expected = "a colon"
	case aComma:
		expected = "a comma or a closing bracket"
	}
	return "expected " + expected + ", found " + quote(c)
}

// isWord reports whether c may stand in a number, true, false or null.
func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || c == '+' || c == '.'
}

// quote spells a byte for people.
func quote(c byte) string {
	if c < ' ' || c >= 0x7f {
		return "byte 0x" + strconv.FormatUint(uint64(c), 16)
	}
	return "'" + string(rune(c)) + "'"
}
