package index

import (
	"math/bits"
	"strings"
	"sync/atomic"
)

// grams finds needles by the hashes of their grams: their numbers in needles.list. What
// an index has is not changed. Only the filter is, and atomically: a bit more leads an
// index to look for what it does not have.
type grams struct {
	layers
	filter []uint64
	shift  uint // makes a bit of the filter of a hash
	stale  int  // removals since the filter was made
	pairs  bool // of two bytes
}

// hashAt returns the hash of the gram at i.
func hashAt(s string, i, size int) uint32 {
	g := uint32(s[i]) | uint32(s[i+1])<<8
	if size == shortGram {
		return hashShort(g)
	}
	return hashGram(g | uint32(s[i+2])<<16 | uint32(s[i+3])<<24)
}

// hashShort returns the hash of a gram of two bytes: itself, at both ends.
func hashShort(g uint32) uint32 { return g<<16 | g }

func hashGram(g uint32) uint32 { return uint32(uint64(g) * 0x9E3779B97F4A7C15 >> 32) }

// add enters a needle; hashOf tells the hashes of those that are there, of which
// a larger filter is made.
func (g *grams) add(hash uint32, i int32, hashOf func(i int32) uint32) {
	g.enter(hash, i)
	size := min(max(bits.Len(uint(bitsPerNeedle*g.held())), leastFilter), mostFilter)
	if g.pairs {
		size = 16 // a bit for each
	}
	if len(g.filter) != 1<<size/64 && (len(g.filter) < 1<<size/64 || g.stale > g.held()) {
		g.filter, g.shift, g.stale = make([]uint64, 1<<size/64), uint(32-size), 0
		for _, other := range g.all() {
			if other != i {
				g.mark(hashOf(other))
			}
		}
	}
	g.mark(hash)
}

func (g *grams) mark(hash uint32) {
	h := hash >> g.shift
	atomic.OrUint64(&g.filter[h>>6], 1<<(h&63))
}

// remove forgets a needle; its bit stays until there is a new filter.
func (g *grams) remove(hash uint32, i int32) {
	g.layers.remove(hash, i)
	g.stale++
}

// crowd returns how many needles there are of a hash.
func (g *grams) crowd(hash uint32) (n int) {
	for range g.of(hash) {
		n++
	}
	return n
}

// choose returns the offset of the gram of text that is likely to be rarest in
// texts, and least crowded among needles.
func (g *grams) choose(text string, size int) int {
	best, least := 0, 1<<30
	for i := 0; i+size <= len(text); i++ {
		cost := crowdedPenalty * g.crowd(hashAt(text, i, size))
		for _, c := range []byte(text[i : i+size]) {
			cost += frequency(c)
		}
		if cost < least {
			best, least = i, cost
		}
	}
	return best
}

// frequency is, very roughly, how often a byte stands in posts.
func frequency(c byte) int {
	switch {
	case strings.IndexByte(" eEtTaAoOiInN", c) >= 0:
		return 8
	case strings.IndexByte("sSrRhHlLdDcCuUmM/:.", c) >= 0:
		return 5
	case 0xE3 <= c && c <= 0xE9: // leads of kana and Han
		return 7
	case 0x80 <= c && c < 0xC0:
		return 4
	default:
		return 2
	}
}
