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
	dst = slices.Grow(dst, len(s))
	for i := 0; i < len(s); {
		if i+8 <= len(s) {
			w := binary.LittleEndian.Uint64(unsafe.Slice(unsafe.StringData(s), len(s))[i:])
			if w&highs == 0 {
				dst = binary.LittleEndian.AppendUint64(dst, upper(w))
				i += 8
				continue
			}
		}
		if c := s[i]; c < utf8.RuneSelf {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || caseless(r) {
			dst = append(dst, s[i:i+n]...)
		} else {
			dst = utf8.AppendRune(dst, foldRune(r))
		}
		i += n
	}
	return dst
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
