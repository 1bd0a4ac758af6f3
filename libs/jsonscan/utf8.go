package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// validText reports what utf8.Valid does, faster where there is more than ASCII.
func validText(b []byte) bool {
	i := 0
	for i+8 <= len(b) {
		high := binary.LittleEndian.Uint64(b[i:]) & highs
		if high == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(high) >> 3
		n := runes(b[i:])
		if n == 0 && i+4 <= len(b) {
			return false
		}
		if i += n; i+4 > len(b) {
			break
		}
	}
	return utf8.Valid(b[i:])
}

// runes returns how many bytes at the beginning of b are of characters that are
// not ASCII; it does not look at the last three.
func runes(b []byte) int {
	i := 0
	for i+4 <= len(b) {
		switch c := binary.LittleEndian.Uint32(b[i:]); {
		case c&0xc0c0f0 == 0x8080e0 && c&0x200f != 0 && c&0x200f != 0x200d: // neither too long nor half a pair
			i += 3
		case c&0xc0e0 == 0x80c0 && c&0x1e != 0:
			i += 2
		case c&0xc0c0c0f8 == 0x808080f0 && c&0x3007 != 0 && (c&4 == 0 || c&0x3003 == 0): // up to U+10FFFF
			i += 4
		default:
			return i
		}
	}
	return i
}
