package jsonscan

import "math/bits"

// A bracket's bits: closing ones have bit 2 set, those of objects bit 5.
const (
	closes  = 2
	objects = 5
)

// atOnce is how many brackets can be open in one word.
const atOnce = 60

// pass goes from an opening bracket, inside depth open arrays and objects, to
// the one that closes it, whose position it returns. It holds that brackets
// match, and that one opens behind a colon in objects and only there.
func (s *scanner) pass(i, depth int) int {
	var (
		doc    = s.doc
		blocks = s.index.blocks
		word   = i / blockSize
		events = blocks[word].brackets & behind(i)
		open   = uint64(doc[i]>>objects) & 1 // 1: an object, the innermost in bit 0
		levels = 1
	)
	if depth > maxDepth-atOnce {
		return s.passDeep(i, depth)
	}
	for {
		for events == 0 {
			if word++; word >= len(blocks) {
				return failed
			}
			events = blocks[word].brackets
		}
		j := word*blockSize + bits.TrailingZeros64(events)
		events &= events - 1
		if j >= len(doc) {
			return failed
		}
		c, before := doc[j], doc[j-1]
		if before <= ' ' {
			before = doc[s.blanksBefore(j-1)]
		}
		closing, object := uint64(c>>closes)&1, uint64(c>>objects)&1
		inObject := object // what must be open, for a closing bracket
		if closing == 0 {
			inObject = 0
			if before == ':' {
				inObject = 1
			}
		}
		if open&1 != inObject {
			return failed
		}
		open = (open<<1 | object) >> (2 * closing)
		levels += 1 - 2*int(closing)
		if levels == 0 {
			return j
		}
		if levels >= atOnce {
			return s.passDeep(i, depth)
		}
	}
}

// passDeep is pass for any depth.
func (s *scanner) passDeep(i, depth int) int {
	var (
		doc    = s.doc
		word   = i / blockSize
		events = s.index.blocks[word].brackets & (behind(i) | 1<<(i%blockSize))
		outer  = depth
	)
	for {
		for events == 0 {
			if word++; word >= len(s.index.blocks) {
				return failed
			}
			events = s.index.blocks[word].brackets
		}
		i = word*blockSize + bits.TrailingZeros64(events)
		events &= events - 1
		object := doc[i] == '{' || doc[i] == '}'
		inObject := s.open[depth>>6]&(1<<(depth&63)) != 0
		if doc[i]>>closes&1 != 0 {
			if object != inObject {
				return failed
			}
			if depth--; depth == outer {
				return i
			}
			continue
		}
		if depth > outer && s.behindColon(i) != inObject {
			return failed
		}
		if depth++; depth > maxDepth {
			return failed
		}
		if s.open[depth>>6] &^= 1 << (depth & 63); object {
			s.open[depth>>6] |= 1 << (depth & 63)
		}
	}
}
