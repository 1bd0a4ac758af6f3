package main

import (
	"encoding/binary"
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/operand" //nolint:revive // operands read as in assembly
	"github.com/mmcloughlin/avo/reg"
)

// splat returns 32 times the byte v.
func (g *generator) splat(v byte) Mem {
	var b [32]byte
	for i := range b {
		b[i] = v
	}
	return g.data(fmt.Sprintf("splat%02x", v), b[:])
}

// lookup returns a register that holds a table for VPSHUFB, in both its lanes:
// table[i] is for the bytes below 0x80 whose low four bits are i.
func (g *generator) lookup(name string, table map[byte]byte) reg.VecVirtual {
	v := g.YMM()
	g.VMOVDQU(g.table(name, table), v)
	return v
}

func (g *generator) table(name string, table map[byte]byte) Mem {
	var b [32]byte
	for i, v := range table {
		b[i], b[i+16] = v, v
	}
	return g.data(name, b[:])
}

// structural holds the structural characters with bit 5 set.
func structural() map[byte]byte {
	return map[byte]byte{0xa: ':', 0xb: '{', 0xc: ',', 0xd: '}'}
}

// blanks holds the blanks, and elsewhere what a byte that looks there is not.
func blanks() map[byte]byte {
	return map[byte]byte{0: ' ', 1: 0xff, 9: '\t', 0xa: '\n', 0xd: '\r'}
}

// Classes of bytes that follow a backslash: a byte is in those that both its
// low and its high four bits are in.
const (
	escapeClasses = 0x0f
	hexClasses    = 0x30
)

// escapeLow and escapeHigh tell " / \ b f n r t u (by high four bits: 2, 5, 6
// and 7 are the classes 1, 2, 4 and 8) and hex digits (3 is 0x10; 4, 6 are 0x20).
func escapeLow() map[byte]byte {
	t := map[byte]byte{}
	for _, c := range []byte(`"/\bfnrtu`) {
		t[c&15] |= map[byte]byte{2: 1, 5: 2, 6: 4, 7: 8}[c>>4]
	}
	for i := range byte(10) {
		t[i] |= 0x10
	}
	for i := byte(1); i <= 6; i++ {
		t[i] |= 0x20
	}
	return t
}

func escapeHigh() map[byte]byte {
	return map[byte]byte{2: 1, 3: 0x10, 4: 0x20, 5: 2, 6: 4 | 0x20, 7: 8}
}

// Places in the table of words, in which false, null and true are found by bits
// 3 and 4 of their first letter.
const (
	wordMask  = 0  // the bits of the word in 8 bytes
	wordValue = 32 // what they are
	wordBits  = 64 // how many
	wordNext  = 96 // by byte: not 0 if it goes on a scalar
	wordsSize = 96 + 256
)

func (g *generator) words() Mem {
	b := make([]byte, wordsSize)
	for i, w := range []string{"false", "null", "true", ""} {
		var v [8]byte
		copy(v[:], w)
		value, mask := binary.LittleEndian.Uint64(v[:]), uint64(1)<<(8*len(w))-1
		if w == "" {
			value, mask = 1, 0 // never equal
		}
		binary.LittleEndian.PutUint64(b[wordMask+8*i:], mask)
		binary.LittleEndian.PutUint64(b[wordValue+8*i:], value)
		binary.LittleEndian.PutUint64(b[wordBits+8*i:], uint64(8*len(w)))
	}
	for i := range 256 {
		b[wordNext+i] = 1
	}
	for _, c := range []byte("{}[]:,\"") {
		b[wordNext+int(c)] = 0
	}
	if g.compact { // a blank is to be looked at
		return g.data("wordsCompact", b)
	}
	for _, c := range []byte(" \t\r\n") {
		b[wordNext+int(c)] = 0
	}
	return g.data("words", b)
}

// data returns read-only data of the name, made when first asked for.
func (g *generator) data(name string, b []byte) Mem {
	if m, ok := g.made[name]; ok {
		return m
	}
	m := g.StaticGlobal(name)
	g.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := 0; i < len(b); i += 8 {
		g.AddDatum(i, U64(binary.LittleEndian.Uint64(b[i:])))
	}
	g.made[name] = m
	return m
}
