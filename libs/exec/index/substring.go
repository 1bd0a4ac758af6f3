package index

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync/atomic"
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

const (
	longGram, shortGram = 4, 2

	// fewNeedles is up to how many needles it is faster to look for each by itself.
	fewNeedles = 3

	leastFilter    = 13 // log2 of the bits of the smallest filter: 1 KiB
	mostFilter     = 22
	bitsPerNeedle  = 64
	crowdedPenalty = 8 // of a gram for each needle that it has already
)

// substringSet is the [Set] of a Substring. A needle that comes is put behind the
// list, where no index that was made before looks; numbers are not given again
// before all are.
type substringSet struct {
	now    *needles
	shared bool // now is that of an index: its copy is to be changed
	listed bool // now.list is not that of an index
	dead   int  // of the list
}

func newSubstringSet(folded bool) *substringSet {
	return &substringSet{now: newNeedles(folded), listed: true}
}

func newNeedles(folded bool) *needles {
	return &needles{folded: folded, short: grams{pairs: true}}
}

// own makes what is held changeable, but for the elements of the list.
func (s *substringSet) own() *needles {
	if s.shared {
		c := *s.now
		c.single = slices.Clone(c.single)
		c.long.shared()
		c.short.shared()
		s.now, s.shared, s.listed = &c, false, false
	}
	return s.now
}

func (s *substringSet) Put(k Key, slot int32) {
	x := s.own()
	if i := x.find(k.Text); i >= 0 {
		if !s.listed {
			x.list, s.listed = slices.Clone(x.list), true
		}
		x.list[i].slot = slot
		return
	}
	n := needle{text: k.Text, slot: slot}
	if g, size := x.gramsOf(n.text); g != nil {
		n.offset = int32(g.choose(n.text, size))
	}
	x.add(n)
}

// add enters a needle that is not there.
func (x *needles) add(n needle) {
	i := int32(len(x.list))
	x.list = append(x.list, n)
	if g, size := x.gramsOf(n.text); g != nil {
		g.add(hashAt(n.text, int(n.offset), size), i, func(i int32) uint32 { return x.hashOf(i, size) })
	} else {
		x.single = append(x.single, i)
	}
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
	x.held--
	if s.dead++; s.dead > x.held || x.held <= fewNeedles {
		s.compact()
	}
}

// compact makes a list without dead needles.
func (s *substringSet) compact() {
	old := s.now
	live := slices.Clone(old.single)
	for _, g := range []*grams{&old.long, &old.short} {
		for _, i := range g.all() {
			live = append(live, i)
		}
	}
	slices.Sort(live)
	x := newNeedles(old.folded)
	x.list = make([]needle, 0, len(live))
	for _, i := range live {
		x.add(old.list[i])
	}
	*s = substringSet{now: x, listed: true}
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
		for i := range g.of(hashAt(text, at, size)) {
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
				if n := &x.list[i]; strings.Contains(s, n.text) { // few have no dead among them
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
		if x.short.held() > 0 {
			x.findShort(s, row, hits)
		}
		if x.long.held() > 0 {
			x.findLong(s, row, hits)
		}
	})
}

// findLong finds the needles of four bytes and more in s.
func (x *needles) findLong(s string, row int, hits *Hits) {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	filter, shift := x.long.filter, x.long.shift&31
	at := func(h uint32) uint64 { h >>= shift; return atomic.LoadUint64(&filter[h>>6]) >> (h & 63) }
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
	at := func(g uint64) uint64 { return atomic.LoadUint64(&filter[uint16(g)>>6]) >> (g & 63) }
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
	x.compareIn(g, &g.table, hash, s, i, row, hits)
	if g.young.held > 0 {
		x.compareIn(g, &g.young, hash, s, i, row, hits)
	}
}

func (x *needles) compareIn(g *grams, t *table, hash uint32, s string, i, row int, hits *Hits) {
	mask := uint32(len(t.cells) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		c := t.cells[at]
		if c.entry == 0 {
			return
		}
		if c.hash != hash {
			continue
		}
		n := &x.list[c.entry-1]
		if from := i - int(n.offset); from >= 0 && strings.HasPrefix(s[from:], n.text) && g.left(hash, c.entry-1) {
			hits.Set(n.slot, row)
		}
	}
}
