package index

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"unsafe"

	"github.com/millrace/millrace/libs/exec/expr"
)

// Substring is an index of needles that a text may contain. Of a needle of four
// bytes or more one gram of four bytes, a rare one, stands in a filter of bits by
// hash: a text is looked through once, gram by gram, and a needle is compared
// only where its gram may be. Needles of two and three bytes are found the same
// way by two of their bytes, those of one byte each by itself.
type Substring struct {
	column int
	*needles
}

// needles are what a Substring holds.
type needles struct {
	folded bool
	list   []needle
	long   grams // of four bytes
	short  grams // of two
	single []int32
	held   int
}

// needle is a text that is looked for where its gram stands.
type needle struct {
	text   string
	offset int32 // of the gram
	slot   int32
}

// grams finds needles by the hashes of their grams.
type grams struct {
	table  table // of numbers in needles.list, by hash of the gram
	filter []uint64
	shift  uint // makes a bit of the filter of a hash
	stale  int  // removals since the filter was made
	pairs  bool // of two bytes
}

const (
	longGram, shortGram = 4, 2

	// fewNeedles is up to how many needles it is faster to look for each by itself.
	fewNeedles = 3

	leastFilter    = 13 // log2 of the bits of the smallest filter: 1 KiB
	mostFilter     = 22
	bitsPerNeedle  = 64
	crowdedPenalty = 8 // of a gram for each needle that it has already
)

// substringSet is the [Set] of a Substring.
type substringSet struct {
	now    *needles
	shared bool
	free   []int32
}

func newSubstringSet(folded bool) *substringSet {
	return &substringSet{now: &needles{folded: folded, short: grams{pairs: true}}}
}

// own makes what is held changeable.
func (s *substringSet) own() *needles {
	if s.shared {
		c := *s.now
		c.list, c.single = slices.Clone(c.list), slices.Clone(c.single)
		c.long, c.short = c.long.clone(), c.short.clone()
		s.now, s.shared = &c, false
	}
	return s.now
}

func (g *grams) clone() grams {
	c := *g
	c.table, c.filter = g.table.clone(), slices.Clone(g.filter)
	return c
}

func (s *substringSet) Put(k Key, slot int32) {
	x := s.own()
	if i := x.find(k.Text); i >= 0 {
		x.list[i].slot = slot
		return
	}
	i := int32(len(x.list))
	if n := len(s.free); n > 0 {
		i, s.free = s.free[n-1], s.free[:n-1]
	} else {
		x.list = append(x.list, needle{})
	}
	n := needle{text: k.Text, slot: slot}
	if g, size := x.gramsOf(n.text); g != nil {
		n.offset = int32(g.choose(n.text, size))
		g.add(hashAt(n.text, int(n.offset), size), i, func(i int32) uint32 { return x.hashOf(i, size) })
	} else {
		x.single = append(x.single, i)
	}
	x.list[i] = n
	x.held++
}

func (s *substringSet) Delete(k Key) {
	i := s.now.find(k.Text)
	if i < 0 {
		return
	}
	x := s.own()
	if g, size := x.gramsOf(k.Text); g != nil {
		g.remove(x.hashOf(i, size), i)
	} else {
		at := slices.Index(x.single, i)
		x.single = slices.Delete(x.single, at, at+1)
	}
	x.list[i] = needle{}
	s.free = append(s.free, i)
	x.held--
}

// find returns the number of a needle, or -1.
func (x *needles) find(text string) int32 {
	g, size := x.gramsOf(text)
	if g == nil {
		for _, i := range x.single {
			if x.list[i].text == text {
				return i
			}
		}
		return -1
	}
	for at := 0; at+size <= len(text); at++ {
		for i := range g.table.of(hashAt(text, at, size)) {
			if n := &x.list[i]; int(n.offset) == at && n.text == text {
				return i
			}
		}
	}
	return -1
}

func (s *substringSet) Len() int { return s.now.held }

func (s *substringSet) Index(column int) Index {
	s.shared = true
	return &Substring{column, s.now}
}

// gramsOf returns where a text is found, and by grams of which size; nil for a
// text of one byte.
func (x *needles) gramsOf(text string) (*grams, int) {
	switch {
	case len(text) >= longGram:
		return &x.long, longGram
	case len(text) >= shortGram:
		return &x.short, shortGram
	default:
		return nil, 0
	}
}

func (x *needles) hashOf(i int32, size int) uint32 {
	return hashAt(x.list[i].text, int(x.list[i].offset), size)
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
	g.table.add(hash, i)
	size := min(max(bits.Len(uint(bitsPerNeedle*g.table.held)), leastFilter), mostFilter)
	if g.pairs {
		size = 16 // a bit for each
	}
	if len(g.filter) != 1<<size/64 && (len(g.filter) < 1<<size/64 || g.stale > g.table.held) {
		g.filter, g.shift, g.stale = make([]uint64, 1<<size/64), uint(32-size), 0
		for _, c := range g.table.cells {
			if c.entry != 0 && c.entry-1 != i {
				g.mark(hashOf(c.entry - 1))
			}
		}
	}
	g.mark(hash)
}

func (g *grams) mark(hash uint32) {
	h := hash >> g.shift
	g.filter[h>>6] |= 1 << (h & 63)
}

// remove forgets a needle; its bit stays until there is a new filter.
func (g *grams) remove(hash uint32, i int32) {
	g.table.remove(hash, i)
	g.stale++
}

// crowd returns how many needles there are of a hash.
func (g *grams) crowd(hash uint32) (n int) {
	for range g.table.of(hash) {
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

// Len implements [Index].
func (x *Substring) Len() int { return x.held }

// Nulls implements [Index].
func (x *Substring) Nulls(in *expr.Input, rows []uint64) { addNulls(in, x.column, rows) }

// Eval implements [Index].
func (x *Substring) Eval(in *expr.Input, rows []uint64, hits *Hits) {
	if x.held == 0 {
		return
	}
	texts := in.Columns[x.column].Strs // empty where NULL
	if x.folded {
		texts = in.Folded(x.column)
	}
	each(in.Len, rows, func(row int) {
		s := texts[row]
		if x.held <= fewNeedles {
			for i := range x.list {
				if n := &x.list[i]; n.text != "" && strings.Contains(s, n.text) {
					hits.Set(n.slot, row)
				}
			}
			return
		}
		for _, i := range x.single {
			if n := &x.list[i]; strings.IndexByte(s, n.text[0]) >= 0 {
				hits.Set(n.slot, row)
			}
		}
		if x.short.table.held > 0 {
			x.findShort(s, row, hits)
		}
		if x.long.table.held > 0 {
			x.findLong(s, row, hits)
		}
	})
}

// findLong finds the needles of four bytes and more in s.
func (x *needles) findLong(s string, row int, hits *Hits) {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	filter, shift := x.long.filter, x.long.shift&31
	at := func(h uint32) uint64 { h >>= shift; return filter[h>>6] >> (h & 63) }
	i := 0
	for ; i+8 <= len(b); i += 5 { // five grams to eight bytes
		w := binary.LittleEndian.Uint64(b[i:])
		h0, h1, h2 := hashGram(uint32(w)), hashGram(uint32(w>>8)), hashGram(uint32(w>>16))
		h3, h4 := hashGram(uint32(w>>24)), hashGram(uint32(w>>32))
		b0, b1, b2, b3, b4 := at(h0), at(h1), at(h2), at(h3), at(h4)
		if (b0|b1|b2|b3|b4)&1 == 0 {
			continue
		}
		if b0&1 != 0 {
			x.compare(&x.long, h0, s, i, row, hits)
		}
		if b1&1 != 0 {
			x.compare(&x.long, h1, s, i+1, row, hits)
		}
		if b2&1 != 0 {
			x.compare(&x.long, h2, s, i+2, row, hits)
		}
		if b3&1 != 0 {
			x.compare(&x.long, h3, s, i+3, row, hits)
		}
		if b4&1 != 0 {
			x.compare(&x.long, h4, s, i+4, row, hits)
		}
	}
	for ; i+longGram <= len(b); i++ {
		if h := hashGram(binary.LittleEndian.Uint32(b[i:])); at(h)&1 != 0 {
			x.compare(&x.long, h, s, i, row, hits)
		}
	}
}

// findShort finds the needles of two and three bytes in s.
func (x *needles) findShort(s string, row int, hits *Hits) {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	filter := (*[1 << 16 / 64]uint64)(x.short.filter)
	at := func(g uint64) uint64 { return filter[uint16(g)>>6] >> (g & 63) }
	i := 0
	for ; i+8 <= len(b); i += 7 { // seven grams to eight bytes
		w := binary.LittleEndian.Uint64(b[i:])
		if (at(w)|at(w>>8)|at(w>>16)|at(w>>24)|at(w>>32)|at(w>>40)|at(w>>48))&1 == 0 {
			continue
		}
		for j := range 7 {
			if at(w>>(8*j))&1 != 0 {
				x.compare(&x.short, hashShort(uint32(uint16(w>>(8*j)))), s, i+j, row, hits)
			}
		}
	}
	for ; i+shortGram <= len(b); i++ {
		if g := binary.LittleEndian.Uint16(b[i:]); at(uint64(g))&1 != 0 {
			x.compare(&x.short, hashShort(uint32(g)), s, i, row, hits)
		}
	}
}

// compare looks whether needles with a gram of that hash, which stands at i, are
// in s there.
func (x *needles) compare(g *grams, hash uint32, s string, i, row int, hits *Hits) {
	mask := uint32(len(g.table.cells) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		c := g.table.cells[at]
		if c.entry == 0 {
			return
		}
		if c.hash != hash {
			continue
		}
		n := &x.list[c.entry-1]
		if from := i - int(n.offset); from >= 0 && strings.HasPrefix(s[from:], n.text) {
			hits.Set(n.slot, row)
		}
	}
}
