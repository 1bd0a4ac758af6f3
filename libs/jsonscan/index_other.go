//go:build !amd64 || purego

package jsonscan

func indexBlocks(*byte, int, *byte, int, *block) (bad, look, flags uint64) {
	panic("jsonscan: no machine code for indexes")
}

func indexCompact(*byte, int, *byte, int, *block) (bad, look, flags uint64) {
	panic("jsonscan: no machine code for indexes")
}

func indexable() bool { return false }
