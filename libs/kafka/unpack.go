package kafka

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kgo"
)

// unpacker unpacks record batches. Those of lz4 it takes block by block into the
// memory that their records will be in, and leaves the frame's checksums alone: the
// broker and the client have compared the batch's own, which covers all of it. What
// it does not know it leaves to the client's decompressor.
type unpacker struct {
	rest   kgo.Decompressor
	memory *memory
}

const (
	maxUnpacked   = 512 << 20 // bytes of a batch that is unpacked here; more is refused
	frameMagic    = 0x184D2204
	stored        = 1 << 31 // in a block's size: it is not compressed
	leastFrame    = 4 + 3
	blockChecksum = 4
)

// Decompress implements [kgo.Decompressor].
func (u unpacker) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	if codec == kgo.CodecLz4 {
		if f, ok := readFrame(src); ok {
			return f.unpack(u.memory)
		}
	}
	return u.rest.Decompress(src, codec)
}

var errUnpacked = errors.New("a record batch is larger unpacked than is taken")

// frame is an lz4 frame of independent blocks (LZ4 Frame Format, version 1.6).
type frame struct {
	blocks []byte // each its size (4 bytes), its data and, if there are any, a checksum
	most   int    // bytes of a block, unpacked
	check  int    // bytes of a block's checksum
	stored int    // bytes of blocks that are not compressed
}

// readFrame returns the frame that src is, false if it is another kind of frame,
// several, or broken.
func readFrame(src []byte) (f frame, ok bool) {
	if len(src) < leastFrame || binary.LittleEndian.Uint32(src) != frameMagic {
		return f, false
	}
	flags, size := src[4], src[5]>>4&7
	const version, versionMask, independent, blockChecksums, contentSize, contentChecksum, dictionary = 1 << 6, 3 << 6, 1 << 5, 1 << 4, 1 << 3, 1 << 2, 1
	if flags&versionMask != version || flags&independent == 0 || flags&dictionary != 0 || size < 4 {
		return f, false
	}
	at := leastFrame
	if flags&contentSize != 0 {
		at += 8
	}
	end := 4 // the size of no block
	if flags&contentChecksum != 0 {
		end += 4
	}
	f.most = 64 << 10 << (2 * (size - 4))
	if flags&blockChecksums != 0 {
		f.check = blockChecksum
	}
	from := at
	for {
		if len(src)-at < end {
			return f, false
		}
		n := binary.LittleEndian.Uint32(src[at:])
		if n == 0 {
			f.blocks = src[from:at]
			return f, at+end == len(src)
		}
		if uint64(n&^stored)+uint64(4+f.check) > uint64(len(src)-at) {
			return f, false
		}
		at += 4 + int(n&^stored) + f.check
		if n&stored != 0 {
			f.stored += int(n &^ stored)
		}
	}
}

func (f frame) unpack(m *memory) ([]byte, error) {
	packed := len(f.blocks) - f.stored
	out := m.take(min(f.stored+m.expect(packed), maxUnpacked))
	for b := f.blocks; len(b) > 0; {
		size := binary.LittleEndian.Uint32(b)
		data := b[4 : 4+size&^stored]
		b = b[4+len(data)+f.check:]
		if size&stored != 0 {
			out = append(out, data...)
			continue
		}
		for {
			room := out[len(out):cap(out)]
			n, err := lz4.UncompressBlock(data, room[:min(len(room), f.most)])
			if err == nil {
				out = out[:len(out)+n]
				break
			}
			if len(room) >= f.most {
				return nil, err
			}
			if len(out)+f.most > maxUnpacked {
				return nil, errUnpacked
			}
			out = slices.Grow(out, min(f.most, max(2*len(room), len(out), 64<<10)))
		}
	}
	m.learn(packed, len(out)-f.stored)
	return out, nil
}
