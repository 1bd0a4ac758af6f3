package source

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// leastToJudge is how many bytes say something about how a text is encoded.
const leastToJudge = 64

// fewNULs is the share of NUL bytes, and bytes that are not UTF-8, up to which a
// content with NUL bytes is still text, some lines of which are broken.
const fewNULs = 16

// NotText says why a content that begins with head cannot be read as text at all,
// "" if it may be. What begins with an object, or an array of objects, is never
// refused: a line of it may be broken, the file is what it should be.
func NotText(head []byte) string {
	switch {
	case utf32(head):
		return "UTF-32 text, UTF-8 is expected: convert it (iconv -f UTF-32 -t UTF-8)"
	case utf16(head):
		return "UTF-16 text, UTF-8 is expected: convert it (iconv -f UTF-16 -t UTF-8)"
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	if inner, array := bytes.CutPrefix(text, []byte{'['}); array {
		text = bytes.TrimLeft(inner, " \t\r\n")
	}
	if bytes.HasPrefix(text, []byte{'{'}) {
		return ""
	}
	if name := wide(head); name != "" {
		return fmt.Sprintf("%[1]s text without a mark, it seems; UTF-8 is expected: convert it (iconv -f %[1]s -t UTF-8)", name)
	}
	const expected = "text is expected: JSON, csv, tsv or lines, in UTF-8"
	n := invalid(head)
	if nul := bytes.Count(head, []byte{0}); nul > 0 && nul+n > len(head)/fewNULs {
		return fmt.Sprintf("a binary file: NUL bytes among its first %d; %s", len(head), expected)
	}
	if len(head) >= leastToJudge && n > len(head)/4 {
		return fmt.Sprintf("no UTF-8 text: %d of its first %d bytes are not; %s", n, len(head), expected)
	}
	return ""
}

// utf16 reports whether the bytes are UTF-16, by the mark at their beginning or
// by the form of two characters of ASCII, with which JSON begins.
func utf16(b []byte) bool {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return true
	case len(b) < 4:
		return false
	}
	little := b[0] != 0 && b[1] == 0 && b[2] != 0 && b[3] == 0
	big := b[0] == 0 && b[1] != 0 && b[2] == 0 && b[3] != 0
	return (little || big) && utf8.Valid(b[:4])
}

// utf32 reports whether the bytes begin with the mark of UTF-32.
func utf32(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0xff, 0xfe, 0, 0}) && len(b)%4 == 0 && len(b) > 4 && b[7] == 0 || bytes.HasPrefix(b, []byte{0, 0, 0xfe, 0xff})
}

// wide names the form of UTF-16 that text without a mark has, by the characters
// of ASCII in it: a quarter at least, each with a NUL byte, always in the same
// half. It returns "" for all else.
func wide(b []byte) string {
	var nul [2]int
	for i, c := range b[:len(b)/2*2] {
		if c == 0 {
			nul[i%2]++
		}
	}
	switch enough := len(b) / 8; {
	case len(b) < leastToJudge:
		return ""
	case nul[0] == 0 && nul[1] > enough:
		return "UTF-16LE"
	case nul[1] == 0 && nul[0] > enough:
		return "UTF-16BE"
	default:
		return ""
	}
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
