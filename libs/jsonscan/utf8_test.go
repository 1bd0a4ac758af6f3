package jsonscan

import (
	"slices"
	"testing"
	"unicode/utf8"
)

// TestValidText compares with utf8.Valid: all sequences of bytes around the
// limits of what may come where, behind and before others.
func TestValidText(t *testing.T) {
	edges := []byte{'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff}
	for n := range len(edges) * len(edges) * len(edges) * len(edges) {
		middle := make([]byte, 0, 4)
		for ; len(middle) < 4; n /= len(edges) {
			middle = append(middle, edges[n%len(edges)])
		}
		for _, around := range [][2]string{{"", ""}, {"", "abcdefgh"}, {"水車", ""}, {"abcde", "車🌾é"}} {
			b := slices.Concat([]byte(around[0]), middle, []byte(around[1]))
			if got := validText(b); got != utf8.Valid(b) {
				t.Fatalf("%x: %t", b, got)
			}
		}
	}
}
