package main

import (
	. "github.com/mmcloughlin/avo/operand" //nolint:revive // operands read as in assembly
	"github.com/mmcloughlin/avo/reg"
)

// function writes the loop over the blocks, which are those of doc, then those
// of tail, a padded copy of the rest.
func (g *generator) function() {
	g.ptr, g.bad = g.r(), g.r()
	g.high = g.YMM()
	g.structural = g.lookup("structural", structural())
	if g.compact {
		g.least = g.YMM()
		g.VPCMPEQB(g.least, g.least, g.least)
	} else {
		g.blanks = g.lookup("blanks", blanks())
	}
	g.locals()
	g.Load(g.Param("doc"), g.ptr)
	g.XORQ(g.bad, g.bad)
	g.VPXOR(g.high, g.high, g.high)

	g.CMPQ(g.left, U8(0))
	g.JNE(LabelRef("block"))
	g.Label("tail")
	g.Comment("The blocks of the document are done: those of its copied end follow.")
	n := g.r()
	g.MOVQ(g.more, n)
	g.TESTQ(n, n)
	g.JZ(LabelRef("done"))
	g.MOVQ(n, g.left)
	g.MOVQ(U32(0), g.more)
	g.MOVQ(g.tail, g.ptr)

	g.Label("block")
	g.load()
	g.strings()
	g.scalars()
	g.grammar()
	g.ADDQ(U8(64), g.ptr)
	g.ADDQ(U8(outSize), g.out)
	g.DECQ(g.left)
	g.JNZ(LabelRef("block"))
	g.JMP(LabelRef("tail"))

	g.Label("done")
	g.Comment("A string that is still open is one that does not end.")
	g.ORQ(g.inString, g.bad)
	g.check()
	flags, mask := g.r(), g.GP32()
	g.MOVQ(g.flags, flags)
	g.VPMOVMSKB(g.high, mask)
	g.TESTL(mask, mask)
	g.JZ(LabelRef("ascii"))
	g.ORQ(U8(flagHigh), flags)
	g.Label("ascii")
	if g.compact {
		g.Comment("No byte may be less than a blank.")
		g.VPMINUB(g.splat(0x1f), g.least, g.high)
		g.VPCMPEQB(g.least, g.high, g.high)
		g.VPMOVMSKB(g.high, mask)
		g.ORQ(mask.As64(), g.bad)
	}
	look := g.r()
	g.MOVQ(g.look, look)
	g.Store(g.bad, g.Return("bad"))
	g.Store(look, g.Return("look"))
	g.Store(flags, g.Return("flags"))
	g.VZEROUPPER()
	g.RET()
}

// locals makes and fills the locals.
func (g *generator) locals() {
	zero := g.r()
	g.XORQ(zero, zero)
	for _, m := range []*Mem{
		&g.look, &g.flags, &g.inString, &g.scalar, &g.digit, &g.zero,
		&g.pending, &g.escaped, &g.escString, &g.unicode, &g.escClosed, &g.fill, &g.rest,
	} {
		*m = g.m()
		g.MOVQ(zero, *m)
	}
	for _, m := range []*Mem{&g.a, &g.b, &g.c, &g.phase} {
		*m = g.m()
	}
	g.left, g.more, g.tail, g.out = g.m(), g.m(), g.m(), g.m()
	t := g.r()
	g.Load(g.Param("n"), t)
	g.MOVQ(t, g.left)
	g.Load(g.Param("more"), t)
	g.MOVQ(t, g.more)
	g.Load(g.Param("tail"), t)
	g.MOVQ(t, g.tail)
	g.Load(g.Param("out"), t)
	g.MOVQ(t, g.out)
	g.history()
}

// ahead is how many bytes ahead memory is fetched into the caches: about two
// documents, which follow each other in a batch. What a processor fetches ahead by
// itself ends with a page of 4 KiB.
const ahead = 9216

// load reads a block and finds structural characters and blanks, inside strings
// and outside.
func (g *generator) load() {
	g.PREFETCHT0(Mem{Base: g.ptr, Disp: ahead})
	for i := range g.in {
		g.in[i] = g.YMM()
		g.VMOVDQU(Mem{Base: g.ptr, Disp: 32 * i}, g.in[i])
		g.VPOR(g.in[i], g.high, g.high)
		if g.compact {
			g.VPMINUB(g.in[i], g.least, g.least)
		}
	}
	g.Comment("Structural characters: with bit 5 set, they are told by their low four bits.",
		"This takes two control characters for some; they are refused elsewhere.")
	g.rawOps = g.each(func(in, tmp reg.VecVirtual) {
		folded := g.YMM()
		g.VPOR(g.splat(0x20), in, folded)
		g.VPSHUFB(in, g.structural, tmp)
		g.VPCMPEQB(folded, tmp, tmp)
	})
	if g.compact {
		return
	}
	g.ws = g.each(func(in, tmp reg.VecVirtual) {
		g.VPSHUFB(in, g.blanks, tmp)
		g.VPCMPEQB(in, tmp, tmp)
	})
}
