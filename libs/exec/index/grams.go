package index

import (
	"iter"
	"math/bits"
	"strings"
	"sync/atomic"
)

// grams finds needles by the hashes of their grams. Those that came last are in a
// table of their own, for it is copied whenever one comes: what an index has is not
// changed. Only the filter is, and atomically: a bit more leads an index to look for
// what it does not have.
type grams struct {
	table, young table // of numbers in needles.list, by hash of the gram
	filter       []uint64
	shift        uint // makes a bit of the filter of a hash
	stale        int  // removals since the filter was made
	pairs        bool // of two bytes
	own          owned
}

// owned says what no index has.
type owned struct{ table, young bool }

// A table of no more than smallTable needles is copied itself, and mostYoung are
// entered into a larger one together.
const smallTable, mostYoung = 1024, 512

func (g *grams) held() int { return g.table.held + g.young.held }

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
		for _, t := range [...]*table{&g.table, &g.young} {
			for _, c := range t.cells {
				if c.entry != 0 && c.entry-1 != i {
					g.mark(hashOf(c.entry - 1))
				}
			}
		}
	}
	g.mark(hash)
}

// enter puts a needle into one of the tables.
func (g *grams) enter(hash uint32, i int32) {
	if !g.own.table && g.table.held > smallTable && g.young.held < mostYoung {
		g.ownYoung()
		g.young.add(hash, i)
		return
	}
	g.ownTable()
	for _, c := range g.young.cells {
		if c.entry != 0 {
			g.table.add(c.hash, c.entry-1)
		}
	}
	g.young, g.own.young = table{}, true
	g.table.add(hash, i)
}

func (g *grams) ownTable() {
	if !g.own.table {
		g.table, g.own.table = g.table.clone(), true
	}
}

func (g *grams) ownYoung() {
	if !g.own.young {
		g.young, g.own.young = g.young.clone(), true
	}
}

func (g *grams) mark(hash uint32) {
	h := hash >> g.shift
	atomic.OrUint64(&g.filter[h>>6], 1<<(h&63))
}

// remove forgets a needle; its bit stays until there is a new filter.
func (g *grams) remove(hash uint32, i int32) {
	if g.young.has(hash, i) {
		g.ownYoung()
		g.young.remove(hash, i)
	} else {
		g.ownTable()
		g.table.remove(hash, i)
	}
	g.stale++
}

// of returns the needles of a hash.
func (g *grams) of(hash uint32) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for _, t := range [...]*table{&g.table, &g.young} {
			for i := range t.of(hash) {
				if !yield(i) {
					return
				}
			}
		}
	}
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
