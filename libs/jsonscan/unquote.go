package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// view returns b as a string without copying: b must stay as it is.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// unquoted returns what the string body doc[from:to] means, in the shape that
// node.find takes. The text lives until the next call that needs such memory.
func (s *scanner) unquoted(from, to int) ([]byte, int, int) {
	raw := s.doc[from:to]
	b := unquote(s.texts.reserve(3 * len(raw))[:0], raw)
	return b, 0, len(b)
}

// mostCopied is up to how many bytes a text is copied although it could be left in
// the document: the texts of a column then lie side by side, where those who read
// one after the other find them in the cache.
const mostCopied = 1 << 10

// str returns the text of a string value: of the arena, or a part of the document
// where it is long and that is possible.
func (s *scanner) str(v span) string {
	raw := s.doc[v.from+1 : v.to-1]
	valid := s.flags&flagHigh == 0 || validText(raw)
	size := len(raw) // no escape is shorter than what it means
	switch {
	case !valid:
		size *= 3 // a byte may become U+FFFD
	case s.flags&flagEscapes == 0 || bytes.IndexByte(raw, '\\') < 0:
		if size > mostCopied {
			return view(raw)
		}
		b := s.texts.reserve(size)
		copy(b, raw)
		s.texts.take(size)
		return view(b)
	}
	b := unquote(s.texts.reserve(size)[:0], raw)
	s.texts.take(len(b))
	return view(b)
}

// unquote appends what the body of a valid JSON string means, as encoding/json
// does: half surrogate pairs and bytes that are not UTF-8 become U+FFFD.
func unquote(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '\\' && raw[i+1] == 'u':
			r := hex4(raw[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if len(raw)-i >= 6 && raw[i] == '\\' && raw[i+1] == 'u' {
					pair = utf16.DecodeRune(r, hex4(raw[i+2:]))
				}
				if r = pair; r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		case c == '\\':
			dst = append(dst, unescape(raw[i+1]))
			i += 2
		case c < utf8.RuneSelf:
			for i+8 <= len(raw) { // eight at a time: dst has room for as many as raw
				w := binary.LittleEndian.Uint64(raw[i:])
				plain := bits.TrailingZeros64(special(w)|w&highs) >> 3
				dst = append(dst, raw[i:i+8]...)[:len(dst)+plain]
				if i += plain; plain < 8 {
					break
				}
			}
			for i < len(raw) && raw[i] < utf8.RuneSelf && raw[i] != '\\' {
				dst = append(dst, raw[i])
				i++
			}
		default:
			r, n := utf8.DecodeRune(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return dst
}

func unescape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default: // a quote, a backslash or a slash
		return c
	}
}

// hex4 reads four hex digits, which must be there.
func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		switch {
		case digit(c):
			c -= '0'
		default:
			c = c | 0x20 - 'a' + 10
		}
		r = r<<4 | rune(c)
	}
	return r
}
