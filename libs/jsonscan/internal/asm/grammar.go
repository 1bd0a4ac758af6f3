package main

import (
	. "github.com/mmcloughlin/avo/operand" //nolint:revive // operands read as in assembly
	"github.com/mmcloughlin/avo/reg"
)

// memory is how many tokens before the block's first the rules below look at.
const memory = 4

// together is how many blocks' tokens are checked at once, where they fit.
const together = 3

// history sets the tokens that are taken to come before the document, `{ "" :`,
// behind which a value is expected. The last token has the highest bit.
func (g *generator) history() {
	for i, bits := range []uint32{0b0010, 0b1010, 0b0000} {
		g.planes[i] = g.m()
		g.MOVQ(U32(bits), g.planes[i])
	}
	g.MOVQ(U32(together), g.phase)
}

// grammar checks the order of tokens. A token is named by one bit in each of
// three planes, a, b and c, which for structural characters are bits 6, 5 and 2
// of the byte:
//
//	{ 110   [ 100   : 010   string 000
//	} 111   ] 101   , 011   scalar 001
//
// The bits of the block's tokens, which lie at the tokens' first bytes, are
// packed together, so that a token's neighbour is one bit away, however long it
// is and whatever blanks are between.
//
// The rules find all that is wrong but brackets that do not match and commas
// behind brackets where that of the enclosing array or object would not do:
// both come out when opening and closing brackets are followed with a stack, and
// at each opening one the one on top is an object's if, and only if, it comes
// behind a colon. For what is between two brackets is, by the rules, all of an
// object or all of an array, and says so at its end.
func (g *generator) grammar() {
	ops := g.rawOps // their last use
	g.ANDNQ(ops, g.inside, ops)
	tokens := g.quotes
	out := g.r()
	g.MOVQ(g.out, out)
	g.MOVQ(tokens, Mem{Base: out, Disp: outQuotes})
	g.ANDQ(g.inside, tokens) // opening quotes
	g.ORQ(ops, tokens)
	g.ORQ(g.starts, tokens)
	a, b, c := g.bit(6), g.bit(5), g.bit(2)
	g.ANDQ(ops, a)
	g.ANDQ(ops, b)
	g.ANDQ(ops, c)
	g.MOVQ(a, Mem{Base: out, Disp: outBrackets})
	g.ANDNQ(ops, c, ops)
	g.ORQ(a, ops)
	g.MOVQ(ops, Mem{Base: out, Disp: outEvents})
	g.ORQ(g.starts, c)

	g.Comment("Tokens are gathered from some blocks before they are checked.")
	g.Label("add")
	count, fill := g.r(), g.r()
	g.POPCNTQ(tokens, count)
	g.MOVQ(g.fill, fill)
	g.ADDQ(fill, count)
	g.CMPQ(count, U8(64-memory))
	g.JG(LabelRef("full"))
	g.MOVQ(count, g.fill)
	for i, p := range []reg.GPVirtual{a, b, c} {
		g.PEXTQ(tokens, p, p)
		g.SHLXQ(fill, p, p)
		g.SHLQ(U8(memory), p)
		g.ORQ(p, g.planes[i])
	}
	g.DECQ(g.phase)
	g.JNZ(LabelRef("next"))
	g.Label("check")
	g.check()
	g.MOVQ(U32(together), g.phase)
	g.MOVQ(g.rest, tokens)
	g.TESTQ(tokens, tokens)
	g.JZ(LabelRef("next"))
	rest := g.r()
	g.XORQ(rest, rest)
	g.MOVQ(rest, g.rest)
	for i, p := range []reg.GPVirtual{a, b, c} {
		g.MOVQ([]Mem{g.a, g.b, g.c}[i], p)
	}
	g.JMP(LabelRef("add"))

	g.Label("full")
	g.Comment("Too many for one word: those before are checked first, then, where it is too many still,",
		"half of the block.")
	for i, p := range []reg.GPVirtual{a, b, c} {
		g.MOVQ(p, []Mem{g.a, g.b, g.c}[i])
	}
	g.MOVQ(tokens, g.rest)
	g.TESTQ(fill, fill)
	g.JNZ(LabelRef("check"))
	g.SHLQ(U8(32), tokens)
	g.SHRQ(U8(32), tokens)
	g.XORQ(tokens, g.rest)
	g.MOVQ(U32(1), g.phase)
	g.JMP(LabelRef("add"))
	g.Label("next")
}

// check applies the rules to the tokens gathered, and keeps the last of them.
func (g *generator) check() {
	var p [3]reg.GPVirtual
	for i := range p {
		p[i] = g.r()
		g.MOVQ(g.planes[i], p[i])
	}
	wrong := g.rules(p[0], p[1], p[2])
	g.Comment("Only new tokens count.")
	fill := g.r()
	g.MOVQ(g.fill, fill)
	g.SHRQ(U8(memory), wrong)
	g.BZHIQ(fill, wrong, wrong)
	g.fail(wrong)
	for _, m := range g.planes {
		last := g.r()
		g.SHRXQ(fill, m, last)
		g.MOVQ(last, m)
	}
	g.XORQ(fill, fill)
	g.MOVQ(fill, g.fill)
}

// rules returns the tokens that may not follow those before them.
func (g *generator) rules(a, b, c reg.GPVirtual) reg.GPVirtual {
	open, shut := g.andNot(a, c), g.and(a, c)
	sep := g.andNot(b, a)
	plain := g.or(a, b) // becomes: a string or a scalar
	g.NOTQ(plain)
	plain1 := g.shl(plain, 1)

	g.Comment("Behind { [ : , comes a value or a name, behind others what does not begin one,",
		"but brackets close at once. (What is a value or begins one is, but for brackets, no separator.)")
	right := g.or(open, sep)
	before := g.shl(right, 1)
	g.XORQ(before, right)
	g.XORQ(a, right)
	atOnce := g.shl(b, 1)
	g.XORQ(b, atOnce)
	g.ANDNQ(shut, atOnce, atOnce)
	g.ANDQ(g.shl(open, 1), atOnce)
	g.ORQ(atOnce, right)
	wrong := right
	g.NOTQ(wrong)

	colon := g.andNot(sep, c)
	g.ANDQ(c, sep)
	comma := sep

	g.Comment("A colon comes behind a string that comes behind { or a comma.")
	name := a // its last use
	g.XORQ(c, name)
	g.ANDQ(b, name)
	g.SHLQ(U8(2), name)
	g.ANDQ(plain1, name)
	g.SHLQ(U8(1), c) // its last use
	g.ANDNQ(name, c, name)
	g.ANDNQ(colon, name, name)
	g.ORQ(name, wrong)

	g.Comment("Behind { comes neither { nor [, and what comes behind { and a string is a colon.")
	object := g.and(open, b)
	g.SHLQ(U8(1), object)
	g.ANDQ(object, open) // its last use
	g.ORQ(open, wrong)
	g.SHLQ(U8(1), object)
	g.ANDQ(plain1, object)
	g.ANDNQ(object, colon, object)
	g.ORQ(object, wrong)

	g.Comment("A string or a scalar before } comes behind a colon, one before ] does not.")
	last := g.shl(colon, 2)
	g.XORQ(b, last)
	g.ANDQ(shut, last)
	g.ANDQ(plain1, last)
	g.ORQ(last, wrong)

	g.Comment("Two tokens behind a comma behind a string or a scalar comes a colon if one came before those.")
	same := g.shl(colon, 4)
	g.XORQ(colon, same)
	g.SHLQ(U8(3), plain)
	g.ANDQ(plain, same)
	g.SHLQ(U8(2), comma)
	g.ANDQ(comma, same)
	g.ORQ(same, wrong)
	return wrong
}
