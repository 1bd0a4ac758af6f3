package source

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// leastToJudge is how many bytes say something about how a text is encoded.
const leastToJudge = 64

// NotLines says why a content that begins with head cannot be JSON lines at all,
// "" if it may be. What begins with an object is never refused: a line of it may
// be broken, the file is what it should be.
func NotLines(head []byte) string {
	if utf16(head) {
		return "UTF-16 text, UTF-8 is expected: convert it (iconv -f UTF-16 -t UTF-8)"
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	if bytes.HasPrefix(text, []byte{'{'}) {
		return ""
	}
	const expected = "files of JSON lines are expected"
	if bytes.IndexByte(head, 0) >= 0 {
		return fmt.Sprintf("a binary file: NUL bytes among its first %d; %s", len(head), expected)
	}
	if n := invalid(head); len(head) >= leastToJudge && n > len(head)/4 {
		return fmt.Sprintf("no UTF-8 text: %d of its first %d bytes are not; %s", n, len(head), expected)
	}
	return ""
}

// utf16 reports whether the bytes are UTF-16, by the mark at their beginning or
// by the form of two characters of ASCII, with which JSON begins.
func utf16(b []byte) bool {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe, 0, 0}): // UTF-32, or UTF-16 that begins with a NUL
		return false
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return true
	case len(b) < 4:
		return false
	}
	little := b[0] != 0 && b[1] == 0 && b[2] != 0 && b[3] == 0
	big := b[0] == 0 && b[1] != 0 && b[2] == 0 && b[3] != 0
	return (little || big) && utf8.Valid(b[:4])
}

// invalid counts the bytes that are no part of UTF-8. What is cut off at the end
// is none of them.
func invalid(b []byte) (n int) {
	for len(b) > 0 && utf8.FullRune(b) {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			n++
		}
		b = b[size:]
	}
	return n
}
