package jsonscan

// block holds bitmaps of 64 bytes of a document, the first the lowest bit.
// Strings are left out but for their quotes.
type block struct {
	events   uint64 // { } [ ] :
	brackets uint64 // { } [ ]
	quotes   uint64 // that begin and end strings
	look     uint64 // to be looked at: in a number that is not all digits, or in what is no value
}

// Flags of an index.
const (
	flagEscapes     = 1 // there is a backslash
	flagEscapedName = 2 // there may be one in a field's name
	flagHigh        = 4 // there is a byte that is not ASCII
	flagsUnknown    = flagEscapes | flagEscapedName | flagHigh
)

const (
	blockSize = 64
	overread  = 8 // as far as indexBlocks reads behind a block
)

// index is where things are in a document whose order of tokens is right, and
// how far the walk has come in it.
type index struct {
	blocks []block
	room   []block // what blocks is a part of
	tail   [2*blockSize + overread]byte

	blanks bool // there were some outside strings in the last document

	word int    // the block the walk is in
	bits uint64 // its events that are still to come
}

// What is put behind the end of a document: blanks or, where those are not looked
// for, brackets, which go on from brackets and make no document whole, because the
// walk does not go that far.
const (
	spaces  = "                                                                                                                                        "
	closing = "}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}"
)

// fill indexes the document; false: it is not JSON.
func (x *index) fill(doc []byte, compact bool) (look, flags uint64, ok bool) {
	if len(doc) < 2 {
		return 0, 0, false
	}
	n := max(0, len(doc)-overread) / blockSize
	rest := len(doc) - n*blockSize
	more := (rest + blockSize - 1) / blockSize
	if n+more > len(x.room) {
		x.room = make([]block, 2*(n+more)+16)
	}
	x.blocks = x.room[:n+more]
	copy(x.tail[:], doc[n*blockSize:])
	var bad uint64
	if compact {
		copy(x.tail[rest:], closing)
		bad, look, flags = indexCompact(&doc[0], n, &x.tail[0], more, &x.blocks[0])
	} else {
		copy(x.tail[rest:], spaces)
		bad, look, flags = indexBlocks(&doc[0], n, &x.tail[0], more, &x.blocks[0])
	}
	return look, flags, bad == 0
}
