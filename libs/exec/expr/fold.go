package expr

import (
	"unicode"
	"unicode/utf8"
)

// Fold returns s under Unicode's simple case folding: each rune becomes the
// least rune of its folding orbit, so two texts are equal but for case exactly
// if they fold to equal ones. The number of runes stays; bytes that are not
// UTF-8 stay as they are.
func Fold(s string) string { return string(appendFold(nil, s)) }

func appendFold(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
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

// foldRune returns the least rune of r's orbit under unicode.SimpleFold.
func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// caseless reports, cheaply, that r is of a large block without case: CJK, kana,
// Hangul, emoji.
func caseless(r rune) bool {
	return 0x2E80 <= r && r < 0xA640 || 0xAC00 <= r && r < 0xFB00 || 0x1F000 <= r
}
