package main

import (
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand" //nolint:revive // operands read as in assembly
	"github.com/mmcloughlin/avo/reg"
)

// Flags, as package jsonscan knows them.
const (
	flagEscapes     = 1 // there is a backslash
	flagEscapedName = 2 // there may be one in a field's name
	flagHigh        = 4 // there is a byte that is not ASCII
)

// Offsets in a block of the output, as package jsonscan knows them.
const (
	outEvents   = 0  // brackets and colons
	outBrackets = 8  // { } [ ]
	outQuotes   = 16 // quotes that begin and end strings
	outLook     = 24 // numbers that are not plain digits, or what is no value
	outSize     = 32
)

// generator writes the function. What one block leaves for the next is in
// locals on the stack, for there are not registers enough.
type generator struct {
	*build.Context

	ptr, bad reg.GPVirtual
	high     reg.VecVirtual // of all blocks' bytes, or-ed

	left, more, tail Mem // blocks to do here, then there
	out              Mem // where this block's bitmaps go
	look, flags      Mem // or-ed over all blocks

	inString   Mem    // all ones in a string
	scalar     Mem    // the last block's scalars
	digit      Mem    // its digits
	zero       Mem    // its scalars that begin with 0
	pending    Mem    // not 0: what the four below hold is
	escaped    Mem    // 1: the next byte is escaped
	escString  Mem    // 1: the string that goes on has escapes
	unicode    Mem    // the u of \u among the last bytes
	escClosed  Mem    // the quotes that closed strings with escapes
	planes     [3]Mem // the tokens gathered, and some before them
	fill       Mem    // how many tokens they hold that are to be checked
	phase      Mem    // how many blocks more are to be gathered
	a, b, c    Mem    // the planes of a block of which
	rest       Mem    // these tokens are still to be gathered
	in         [2]reg.VecVirtual
	rawOps, ws reg.GPVirtual // structural characters, blanks: in strings, too

	quotes, inside reg.GPVirtual // that begin and end strings; from each first to before the second
	starts         reg.GPVirtual // of scalars

	compact            bool           // there are neither blanks nor control characters
	structural, blanks reg.VecVirtual // tables for VPSHUFB
	least              reg.VecVirtual // of all blocks' bytes, the least
	made               map[string]Mem // data, by name
}

// r returns a new register, m a new local.
func (g *generator) r() reg.GPVirtual { return g.GP64() }
func (g *generator) m() Mem           { return g.AllocLocal(8) }

// op writes dst = x OP y into a new register.
func (g *generator) and(x, y Op) reg.GPVirtual { return g.op(g.ANDQ, x, y) }
func (g *generator) or(x, y Op) reg.GPVirtual  { return g.op(g.ORQ, x, y) }

func (g *generator) op(f func(imr, mr Op), x, y Op) reg.GPVirtual {
	z := g.r()
	g.MOVQ(x, z)
	f(y, z)
	return z
}

// andNot returns x &^ not.
func (g *generator) andNot(x Op, not reg.Register) reg.GPVirtual {
	z := g.r()
	g.ANDNQ(x, not, z)
	return z
}

// shl returns x << n.
func (g *generator) shl(x Op, n uint8) reg.GPVirtual {
	z := g.r()
	g.MOVQ(x, z)
	g.SHLQ(U8(n), z)
	return z
}

// follow returns x << 1 with the last bit of the block before, of which before
// holds what x was there.
func (g *generator) follow(x reg.GPVirtual, before Mem) reg.GPVirtual {
	z := g.r()
	g.MOVQ(x, z)
	g.BTQ(U8(63), before)
	g.ADCQ(z, z)
	g.MOVQ(x, before)
	return z
}

// fail adds the bits of x to what is wrong with the document.
func (g *generator) fail(x reg.GPVirtual) { g.ORQ(x, g.bad) }

// each applies f to both halves of the block and returns the bitmap of the
// bytes whose high bit is set in what it returns.
func (g *generator) each(f func(in, tmp reg.VecVirtual)) reg.GPVirtual {
	var half [2]reg.GPVirtual
	for i := range half {
		tmp := g.YMM()
		f(g.in[i], tmp)
		half[i] = g.r()
		g.VPMOVMSKB(tmp, half[i].As32())
	}
	g.SHLQ(U8(32), half[1])
	g.ORQ(half[1], half[0])
	return half[0]
}

// equal returns the bitmap of the bytes that are v.
func (g *generator) equal(v byte) reg.GPVirtual {
	return g.each(func(in, tmp reg.VecVirtual) { g.VPCMPEQB(g.splat(v), in, tmp) })
}

// bit returns the bitmap of bit n of the bytes.
func (g *generator) bit(n uint8) reg.GPVirtual {
	return g.each(func(in, tmp reg.VecVirtual) { g.VPSLLW(U8(7-n), in, tmp) })
}
