package main

import (
	. "github.com/mmcloughlin/avo/operand" //nolint:revive // operands read as in assembly
	"github.com/mmcloughlin/avo/reg"
)

// scalars finds the runs of bytes that are neither blank, structural nor in
// strings. Runs of digits without a leading 0, and the words true, false and
// null, are right; what else there is is left for package jsonscan to look at.
func (g *generator) scalars() {
	scalar := g.or(g.rawOps, g.inside)
	if !g.compact {
		g.ORQ(g.ws, scalar)
	}
	g.ORQ(g.quotes, scalar)
	g.NOTQ(scalar)

	g.starts = g.follow(scalar, g.scalar)
	g.ANDNQ(scalar, g.starts, g.starts)

	g.Comment("Digits: '0' to '9' become the greatest of the signed bytes.")
	digit := g.each(func(in, tmp reg.VecVirtual) {
		g.VPADDB(g.splat(0x7f-'9'), in, tmp)
		g.VPCMPGTB(g.splat(0x7f-10), tmp, tmp)
	})
	g.ANDQ(scalar, digit)
	zero := g.equal('0')
	g.ANDQ(g.starts, zero)
	behind := g.follow(zero, g.zero)
	g.ANDQ(digit, behind)
	g.fail(behind)

	g.Comment("To be looked at: what comes behind a digit and is none.")
	look := g.follow(digit, g.digit)
	g.ANDQ(scalar, look)
	g.ANDNQ(look, digit, look)
	g.Comment("And scalars that begin with no digit, unless they are words.")
	words := g.andNot(g.starts, digit)
	g.TESTQ(words, words)
	g.JZ(LabelRef("looked"))
	table := g.r()
	g.LEAQ(g.words(), table)
	g.Label("word")
	i, text, kind, bits := g.r(), g.r(), g.r(), g.r()
	g.TZCNTQ(words, i)
	g.BLSRQ(words, words)
	g.MOVQ(Mem{Base: g.ptr, Index: i, Scale: 1}, text)
	g.MOVQ(text, kind)
	g.SHRQ(U8(3), kind)
	g.ANDQ(U8(3), kind)
	at := func(disp int) Mem { return Mem{Base: table, Index: kind, Scale: 8, Disp: disp} }
	g.MOVQ(at(wordBits), bits)
	next := g.r()
	g.SHRXQ(bits, text, next)
	g.MOVBQZX(next.As8(), next)
	g.MOVBQZX(Mem{Base: table, Index: next, Scale: 1, Disp: wordNext}, next)
	g.ANDQ(at(wordMask), text)
	g.XORQ(at(wordValue), text)
	g.ORQ(next, text)
	g.JZ(LabelRef("isWord"))
	g.BTSQ(i, look)
	g.Label("isWord")
	g.TESTQ(words, words)
	g.JNZ(LabelRef("word"))
	g.Label("looked")
	out := g.r()
	g.MOVQ(g.out, out)
	g.MOVQ(look, Mem{Base: out, Disp: outLook})
	g.ORQ(look, g.look)
}
