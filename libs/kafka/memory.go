package kafka

import (
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"
)

// memory is what the record batches of a client are unpacked into, and again when all
// records of a batch have been recycled: fresh memory is cleared and later collected,
// which takes as long as unpacking. What nobody takes for a while is left to the
// collector.
type memory struct {
	free  sync.Pool
	ratio atomic.Int64 // by which batches shrink, in 256ths; 0: not known
}

// take returns empty memory with room for n bytes.
func (m *memory) take(n int) []byte {
	if b, ok := m.free.Get().(*[]byte); ok && cap(*b) >= n {
		return (*b)[:0]
	}
	return make([]byte, 0, n)
}

// expect returns how many bytes packed ones are likely to unpack into, at most: it is
// far slower to find in the middle that there is no room.
func (m *memory) expect(packed int) int {
	const usual = 6 << 8
	ratio := m.ratio.Load()
	if ratio == 0 {
		ratio = usual
	}
	return min(int(int64(packed)*ratio>>8), maxUnpacked) + 64
}

// learn takes the ratio of a batch for that of the next, and that of those before for
// as long as it was much greater.
func (m *memory) learn(packed, unpacked int) {
	const margin, memory = 9. / 8, 15. / 16
	if packed == 0 {
		return
	}
	ratio := float64(unpacked) / float64(packed) * 256 * margin
	m.ratio.Store(int64(max(ratio, float64(m.ratio.Load())*memory)))
}

// GetDecompressBytes implements [kgo.PoolDecompressBytes]: for what the client's own
// decompressor unpacks.
func (m *memory) GetDecompressBytes(packed []byte, _ kgo.CompressionCodecType) []byte {
	return m.take(m.expect(len(packed)))
}

// PutDecompressBytes implements [kgo.PoolDecompressBytes].
func (m *memory) PutDecompressBytes(b []byte) { m.free.Put(&b) }
