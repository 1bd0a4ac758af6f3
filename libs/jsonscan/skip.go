package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

const tooDeep = "nested more than 10000 deep"

// blanks returns the position of the first byte from i on that is no blank.
func (s *scanner) blanks(i int) int {
	doc := s.doc
	for i < len(doc) {
		switch doc[i] {
		case ' ', '\t', '\r', '\n':
			i++
		default:
			return i
		}
	}
	return i
}

// value reads the value at i, inside depth open arrays and objects, and returns
// the position behind it.
func (s *scanner) value(i, depth int) int {
	if i >= len(s.doc) {
		return s.fail(i, "")
	}
	switch c := s.doc[i]; c {
	case '"':
		return s.text(i + 1)
	case '{', '[':
		return s.nest(i, depth)
	case 't':
		return s.word(i, "true")
	case 'f':
		return s.word(i, "false")
	case 'n':
		return s.word(i, "null")
	default:
		return s.number(i)
	}
}

// nest reads the array or object at i without recursion.
func (s *scanner) nest(i, depth int) int {
	var (
		doc   = s.doc
		outer = depth
		obj   bool
	)
open:
	obj = doc[i] == '{'
	if depth++; depth > maxDepth {
		return s.fail(i, tooDeep)
	}
	if obj {
		s.open[depth>>6] |= 1 << (depth & 63)
	} else {
		s.open[depth>>6] &^= 1 << (depth & 63)
	}
	if i++; i < len(doc) && doc[i] <= ' ' {
		i = s.blanks(i)
	}
	if obj {
		if i < len(doc) && doc[i] == '}' {
			i++
			goto closed
		}
		goto name
	}
	if i < len(doc) && doc[i] == ']' {
		i++
		goto closed
	}
	goto value
name:
	if i >= len(doc) || doc[i] != '"' {
		return s.fail(i, "expected a field name in quotes")
	}
	if i = s.text(i + 1); i == failed {
		return failed
	}
	if i < len(doc) && doc[i] == ':' {
		i++
	} else if i = s.colon(i); i == failed {
		return failed
	}
	if i < len(doc) && doc[i] <= ' ' {
		i = s.blanks(i)
	}
value:
	if i >= len(doc) {
		return s.fail(i, "")
	}
	switch doc[i] {
	case '"':
		i = s.text(i + 1)
	case '{', '[':
		goto open
	case 't':
		i = s.word(i, "true")
	case 'f':
		i = s.word(i, "false")
	case 'n':
		i = s.word(i, "null")
	default:
		i = s.number(i)
	}
	if i == failed {
		return failed
	}
after:
	if i < len(doc) && doc[i] <= ' ' {
		i = s.blanks(i)
	}
	if i >= len(doc) {
		return s.fail(i, "")
	}
	switch {
	case doc[i] == ',':
		if i++; i < len(doc) && doc[i] <= ' ' {
			i = s.blanks(i)
		}
		if obj {
			goto name
		}
		goto value
	case obj && doc[i] == '}', !obj && doc[i] == ']':
		i++
	case obj:
		return s.fail(i, "expected , or } after a field")
	default:
		return s.fail(i, "expected , or ] after an element")
	}
closed:
	if depth--; depth == outer {
		return i
	}
	obj = s.open[depth>>6]&(1<<(depth&63)) != 0
	goto after
}

func (s *scanner) word(i int, w string) int {
	doc := s.doc
	if len(doc)-i >= len(w) && string(doc[i:i+len(w)]) == w {
		return i + len(w)
	}
	for j := range len(w) {
		if i+j >= len(doc) || doc[i+j] != w[j] {
			return s.fail(i+j, "expected "+w)
		}
	}
	return i + len(w)
}

// number reads a number; whatever cannot begin a value ends up here, too.
func (s *scanner) number(i int) int {
	doc := s.doc
	start := i
	if doc[i] == '-' {
		i++
	}
	switch {
	case i < len(doc) && doc[i] == '0':
		i++
	case i < len(doc) && digit(doc[i]):
		i = s.digits(i)
	case i == start:
		return s.fail(i, "expected a value")
	default:
		return s.fail(i, "expected a digit")
	}
	if i < len(doc) && doc[i] == '.' {
		if i++; i >= len(doc) || !digit(doc[i]) {
			return s.fail(i, "expected a digit after the decimal point")
		}
		i = s.digits(i)
	}
	if i < len(doc) && doc[i]|0x20 == 'e' {
		if i++; i < len(doc) && (doc[i] == '+' || doc[i] == '-') {
			i++
		}
		if i >= len(doc) || !digit(doc[i]) {
			return s.fail(i, "expected a digit in the exponent")
		}
		i = s.digits(i)
	}
	return i
}

func (s *scanner) digits(i int) int {
	doc := s.doc
	for i < len(doc) && digit(doc[i]) {
		i++
	}
	return i
}

func digit(c byte) bool { return c-'0' <= 9 }

// each byte of a word, at once
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the high bit of the first byte of w that ends a run of plain
// text, a quote, a backslash or a control character; of bytes above it, it may
// mark any.
func special(w uint64) uint64 {
	quote := w ^ ones*'"'
	backslash := w ^ ones*'\\'
	return ((quote-ones)&^quote | (backslash-ones)&^backslash | (w-ones*' ')&^w) & highs
}

// text reads a string from i, the position behind its opening quote, to behind
// the closing one, and notes in s.escaped whether it has escapes.
func (s *scanner) text(i int) int {
	doc := s.doc
	s.escaped = false
	for {
		for i+8 <= len(doc) {
			m := special(binary.LittleEndian.Uint64(doc[i:]))
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		for i < len(doc) && doc[i] != '"' && doc[i] != '\\' && doc[i] >= ' ' {
			i++
		}
		if i >= len(doc) {
			return s.fail(i, "")
		}
		switch doc[i] {
		case '"':
			return i + 1
		case '\\':
			s.escaped = true
			if i = s.escape(i); i == failed {
				return failed
			}
		default:
			return s.fail(i, "control character in a string")
		}
	}
}

// escape reads the escape sequence at i.
func (s *scanner) escape(i int) int {
	doc := s.doc
	if i++; i >= len(doc) {
		return s.fail(i, "")
	}
	switch doc[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for range 4 {
			if i++; i >= len(doc) || !hex(doc[i]) {
				return s.fail(i, `expected four hex digits after \u`)
			}
		}
		return i + 1
	default:
		return s.fail(i, "unknown escape in a string")
	}
}

func hex(c byte) bool {
	return digit(c) || (c|0x20)-'a' <= 'f'-'a'
}
