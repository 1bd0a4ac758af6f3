//go:build amd64 && !purego

package jsonscan

import "golang.org/x/sys/cpu"

//go:generate go run ./internal/asm index_amd64.s

// indexBlocks fills out with the bitmaps of n blocks of a document that begins
// at doc, then of the blocks of its end that are at tail. It reads up to 7 bytes
// behind both. A document for which bad is not 0 is not JSON. Where look is not
// 0, some block has bits in look.
//
//go:noescape
func indexBlocks(doc *byte, n int, tail *byte, more int, out *block) (bad, look, flags uint64)

// indexCompact does the same, faster, for documents without control characters
// and with no blanks outside strings. Of others it says that they are not JSON,
// or has bits in look at blanks.
//
//go:noescape
func indexCompact(doc *byte, n int, tail *byte, more int, out *block) (bad, look, flags uint64)

// indexable reports whether this machine can run indexBlocks.
func indexable() bool {
	x := &cpu.X86
	return x.HasAVX2 && x.HasBMI1 && x.HasBMI2 && x.HasPCLMULQDQ && x.HasPOPCNT
}
