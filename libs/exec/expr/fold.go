package expr

import (
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// Fold returns s under Unicode's simple case folding: each rune becomes the
// least rune of its folding orbit, so two texts are equal but for case exactly
// if they fold to equal ones. The number of runes stays; bytes that are not
// UTF-8 stay as they are.
func Fold(s string) string { return string(appendFold(nil, s)) }

// appendFold appends s under Fold, which never has more bytes than s: the least
// rune of an orbit is the shortest.
func appendFold(dst []byte, s string) []byte {
	from := len(dst)
	dst = slices.Grow(dst, len(s))
	out := dst[:cap(dst)]
	src := unsafe.Slice(unsafe.StringData(s), len(s))
	n := from
	for i := 0; i < len(src); {
		if i+8 <= len(src) {
			if w := binary.LittleEndian.Uint64(src[i:]); w&highs == 0 {
				binary.LittleEndian.PutUint64(out[n:], upper(w))
				i, n = i+8, n+8
				continue
			}
		}
		c := src[i]
		if c < utf8.RuneSelf {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			out[n] = c
			i, n = i+1, n+1
			continue
		}
		if same := caselessRun(src[i:]); same > 0 {
			n += copy(out[n:], src[i:i+same])
			i += same
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 || caseless(r) {
			n += copy(out[n:], src[i:i+size])
		} else {
			n += utf8.EncodeRune(out[n:], foldRune(r))
		}
		i += size
	}
	return out[:n]
}

// caselessRun returns how many bytes at the beginning of s are runes without case
// of three bytes, most of kana, Han and Hangul, or emoji.
func caselessRun(s []byte) int {
	i := 0
	for i+4 <= len(s) {
		w := binary.LittleEndian.Uint32(s[i:])
		switch lead := byte(w); {
		case (0xE3 <= lead && lead <= 0xE9 || lead == 0xEB || lead == 0xEC) && w&0xC0C000 == 0x808000:
			i += 3
		case w&0xC0C0FFFF == 0x80809FF0:
			i += 4
		default:
			return i
		}
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// upper returns eight ASCII characters, each a byte of w, in upper case.
func upper(w uint64) uint64 {
	from, above := w+(0x80-'a')*ones, w+(0x80-'z'-1)*ones // high bits: from a on, above z
	return w - from&^above&highs>>2
}

// foldRune returns the least rune of r's orbit under unicode.SimpleFold.
func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// caseless reports, cheaply, that r is of a large block without case: Arabic and
// its neighbours, punctuation, CJK, kana, Hangul, emoji.
func caseless(r rune) bool {
	return 0x0590 <= r && r < 0x10A0 || 0x2000 <= r && r < 0x2100 || 0x2190 <= r && r < 0x2460 || 0x2500 <= r && r < 0x2C00 ||
		0x2E80 <= r && r < 0xA640 || 0xAC00 <= r && r < 0xFB00 || 0x1F000 <= r
}
