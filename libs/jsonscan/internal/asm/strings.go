package main

import (
	. "github.com/mmcloughlin/avo/operand" //nolint:revive // operands read as in assembly
	"github.com/mmcloughlin/avo/reg"
)

// strings finds the quotes that begin and end strings, and what is between. It
// leaves in g.quotes and g.inside (from the opening quote to before the closing
// one) where they are, and refuses control characters and wrong escapes.
func (g *generator) strings() {
	g.quotes = g.equal('"')
	g.inside = g.r()
	backslashes := g.equal('\\')
	g.or(backslashes, g.pending)
	g.JNZ(LabelRef("escapes"))
	g.within()
	g.JMP(LabelRef("classified"))
	g.Label("escapes")
	g.escapes(backslashes)
	g.Label("classified")

	if g.compact {
		return
	}
	g.Comment("No control character may be in a string, nor outside but for blanks.")
	control := g.each(func(in, tmp reg.VecVirtual) {
		g.VPMINUB(g.splat(0x1f), in, tmp)
		g.VPCMPEQB(in, tmp, tmp)
	})
	allowed := g.andNot(g.ws, g.inside)
	g.fail(g.andNot(control, allowed))
}

// within makes g.inside of g.quotes: the exclusive or of all bits up to each.
func (g *generator) within() {
	quotes, all := g.XMM(), g.XMM()
	g.VMOVQ(g.quotes, quotes)
	g.VPCMPEQB(all, all, all)
	g.VPCLMULQDQ(U8(0), all, quotes, quotes)
	g.VMOVQ(quotes, g.inside)
	g.XORQ(g.inString, g.inside)
	last := g.r()
	g.MOVQ(g.inside, last)
	g.SARQ(U8(63), last)
	g.MOVQ(last, g.inString)
}

// escapes does what is to be done where there are backslashes, or were just
// before: it takes escaped quotes out of g.quotes, checks the escape sequences,
// and notes whether a field's name may have any.
func (g *generator) escapes(backslashes reg.GPVirtual) {
	g.ORQ(U8(flagEscapes), g.flags)
	g.Comment("Which bytes are escaped: those behind an odd number of backslashes (simdjson's way).")
	odd := g.r()
	g.MOVQ(U64(0xAAAAAAAAAAAAAAAA), odd)
	starts := g.r() // backslashes that are not escaped by the last block
	g.MOVQ(g.escaped, starts)
	g.NOTQ(starts)
	g.ANDQ(backslashes, starts)
	code := g.shl(starts, 1)
	g.ORQ(odd, code)
	g.SUBQ(starts, code)
	g.XORQ(odd, code)
	escaped := g.or(backslashes, g.escaped)
	g.XORQ(code, escaped)
	g.ANDQ(backslashes, code) // the backslashes that escape
	g.SHRQ(U8(63), code)
	g.MOVQ(code, g.escaped)
	g.ANDNQ(g.quotes, escaped, g.quotes)
	pending := code

	g.within()

	g.Comment("What a backslash is followed by.")
	low, high := g.lookup("escapeLow", escapeLow()), g.lookup("escapeHigh", escapeHigh())
	var class [2]reg.VecVirtual
	for i, in := range g.in {
		class[i] = g.YMM()
		nibble := g.YMM()
		g.VPSRLW(U8(4), in, nibble)
		g.VPAND(g.splat(0x0f), nibble, nibble)
		g.VPSHUFB(nibble, high, nibble)
		g.VPSHUFB(in, low, class[i])
		g.VPAND(nibble, class[i], class[i])
	}
	not := func(classes byte) reg.GPVirtual {
		zero := g.YMM()
		g.VPXOR(zero, zero, zero)
		i := -1
		return g.each(func(_, tmp reg.VecVirtual) {
			i++
			g.VPAND(g.splat(classes), class[i], tmp)
			g.VPCMPEQB(zero, tmp, tmp)
		})
	}
	wrong := not(escapeClasses)
	g.ANDQ(escaped, wrong)
	g.fail(wrong)

	g.Comment("Four hex digits follow \\u: bits 0 to 3 behind each, those of the last block, too.")
	u := g.equal('u')
	g.ANDQ(escaped, u)
	digits := g.or(u, g.shl(u, 1))
	g.ORQ(g.shl(digits, 2), digits)
	g.SHLQ(U8(1), digits)
	before := g.r()
	g.MOVQ(g.unicode, before)
	g.ORQ(before, digits)
	g.SHRQ(U8(1), before)
	g.ORQ(before, digits)
	g.SHRQ(U8(1), before)
	g.ORQ(before, digits)
	g.SHRQ(U8(1), before)
	g.ORQ(before, digits)
	g.SHRQ(U8(60), u)
	g.MOVQ(u, g.unicode)
	g.ORQ(u, pending)
	noHex := not(hexClasses)
	g.ANDQ(noHex, digits)
	g.fail(digits)

	g.Comment("Strings with escapes, by their closing quotes: a bit added to a run of bits carries to its end.",
		"A field's name may be one where a colon or a blank follows.")
	ends := g.and(backslashes, g.inside)
	carry := g.r()
	g.MOVQ(g.escString, carry)
	g.NEGQ(carry) // sets the carry flag unless it is 0
	g.ADCQ(g.inside, ends)
	g.MOVQ(U32(0), carry)
	g.ADCQ(U8(0), carry)
	g.MOVQ(carry, g.escString)
	g.ORQ(carry, pending)
	g.ANDNQ(ends, g.inside, ends)
	g.ANDQ(g.quotes, ends)
	behind := g.follow(ends, g.escClosed)
	g.SHRQ(U8(63), ends)
	g.ORQ(ends, pending)
	g.MOVQ(pending, g.pending)
	colons := g.equal(':')
	if !g.compact {
		g.ORQ(g.ws, colons)
	}
	g.TESTQ(colons, behind)
	g.JZ(LabelRef("plainNames"))
	g.ORQ(U8(flagEscapedName), g.flags)
	g.Label("plainNames")
}
