package kafka

import (
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"
)

// memory is what the record batches of a client are unpacked into, and again when all
// records of a batch have been recycled: memory that is always new is in no cache, and
// has to be collected. What nobody takes for a while is left to the collector.
type memory struct {
	free  sync.Pool
	ratio atomic.Int64 // by which batches shrink, about, in 256ths; 0: not known
}

const (
	usualRatio = 5       // until a batch has been unpacked
	mostRatio  = 8       // is expected of any; for more, more is taken as it comes
	mostAgain  = 4 << 20 // bytes of memory that is used again: whoever gets it has to clear all
)

// take returns empty memory with room for n bytes, and not for much more.
func (m *memory) take(n int) []byte {
	if b, ok := m.free.Get().(*[]byte); ok && cap(*b) >= n && cap(*b) <= 4*n+64<<10 {
		return (*b)[:0]
	}
	return make([]byte, 0, n)
}

// expect returns how many bytes packed ones are likely to unpack into, at most: to
// find in the middle of a block that there is no room is slow.
func (m *memory) expect(packed int) int {
	ratio := m.ratio.Load()
	if ratio == 0 {
		ratio = usualRatio << 8
	}
	const margin = 64
	return min(int(int64(packed)*ratio>>8), maxUnpacked) + packed/8 + margin
}

// learn takes a batch into the average of ratios, the latest of which count most.
func (m *memory) learn(packed, unpacked int) {
	if packed == 0 {
		return
	}
	const weight = 8
	ratio := min(int64(unpacked)<<8/int64(packed), mostRatio<<8)
	if was := m.ratio.Load(); was > 0 {
		ratio = was + (ratio-was)/weight
	}
	m.ratio.Store(ratio)
}

// GetDecompressBytes implements [kgo.PoolDecompressBytes]: for what the client's own
// decompressor unpacks.
func (m *memory) GetDecompressBytes(packed []byte, _ kgo.CompressionCodecType) []byte {
	return m.take(m.expect(len(packed)))
}

// PutDecompressBytes implements [kgo.PoolDecompressBytes].
func (m *memory) PutDecompressBytes(b []byte) {
	if cap(b) <= mostAgain {
		m.free.Put(&b)
	}
}
