package generate

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// writer appends JSON.
type writer struct {
	g     *Generator
	dst   []byte
	ascii bool // text as \uXXXX, as some exports have it
}

func (w *writer) raw(s string) { w.dst = append(w.dst, s...) }

func (w *writer) int(n int64) { w.dst = strconv.AppendInt(w.dst, n, 10) }

func (w *writer) bool(b bool) { w.dst = strconv.AppendBool(w.dst, b) }

// intString writes a number as a JSON string.
func (w *writer) intString(n int64) {
	w.dst = append(w.dst, '"')
	w.int(n)
	w.dst = append(w.dst, '"')
}

// time writes a time as v1.1 does.
func (w *writer) time(t time.Time) {
	w.dst = append(w.dst, '"')
	w.dst = t.AppendFormat(w.dst, time.RubyDate)
	w.dst = append(w.dst, '"')
}

// orNull writes a string, the empty one as null.
func (w *writer) orNull(s string) {
	if s == "" {
		w.raw("null")
		return
	}
	writeString(w, s)
}

const hexDigits = "0123456789abcdef"

// writeString writes valid UTF-8 as a JSON string.
func writeString[S string | []byte](w *writer, s S) {
	dst := append(w.dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && (!w.ascii || c != '/' && c < utf8.RuneSelf) {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch {
		case c == '\n':
			dst = append(dst, '\\', 'n')
			i++
		case c < utf8.RuneSelf:
			dst = append(dst, '\\', c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			dst = appendEscaped(dst, r)
			i += n
		}
		start = i
	}
	dst = append(dst, s[start:]...)
	w.dst = append(dst, '"')
}

// appendEscaped writes \uXXXX, twice for what does not fit into 16 bits.
func appendEscaped(dst []byte, r rune) []byte {
	if r >= 0x10000 {
		r -= 0x10000
		dst = appendEscaped(dst, 0xD800+r>>10)
		return appendEscaped(dst, 0xDC00+r&0x3FF)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
