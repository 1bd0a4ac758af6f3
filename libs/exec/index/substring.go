package index

import (
	"maps"
	"math/bits"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
)

// Substring is an index of needles that a text may contain.
type Substring struct {
	col    int
	folded bool
	held   int // needles

	// filter has a bit for the hash of each needle's gram; shift makes a hash of
	// a product.
	filter []uint64
	shift  uint
	grams  map[uint32][]needle
}

// needle is a text that is looked for where its gram stands.
type needle struct {
	text   string
	offset int // of the gram
	slot   int32
}

const (
	hashFactor     = 0x9E3779B1 // 2^32 divided by the golden ratio
	leastFilter    = 16         // log2 of the bits of the smallest filter: 8 KiB
	mostFilter     = 22
	bitsPerNeedle  = 64
	crowdedPenalty = 8 // of a gram for each needle that it has already
)

func newSubstring(col int, folded bool, l *Literals) *Substring {
	size := min(max(bits.Len(uint(bitsPerNeedle*len(l.texts))), leastFilter), mostFilter)
	x := &Substring{
		col: col, folded: folded, held: len(l.texts),
		filter: make([]uint64, 1<<size/64), shift: uint(32 - size),
		grams: make(map[uint32][]needle, len(l.texts)),
	}
	for _, text := range slices.Sorted(maps.Keys(l.texts)) {
		offset := x.choose(text)
		g := gramAt(text, offset)
		x.grams[g] = append(x.grams[g], needle{text: text, offset: offset, slot: l.texts[text]})
		h := x.hash(g)
		x.filter[h>>6] |= 1 << (h & 63)
	}
	return x
}

func (x *Substring) hash(g uint32) uint32 { return g * hashFactor >> x.shift }

func gramAt(s string, i int) uint32 {
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}

// choose returns the offset of the gram of text that is likely to be rarest in
// texts, and least crowded among needles.
func (x *Substring) choose(text string) int {
	best, least := 0, 1<<30
	for i := 0; i+gram <= len(text); i++ {
		cost := crowdedPenalty * len(x.grams[gramAt(text, i)])
		for _, c := range []byte(text[i : i+gram]) {
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

// Eval implements [Index].
func (x *Substring) Eval(in *expr.Input, others *expr.Truths, hit func(slot int32, row int)) {
	others.Fill(in.Len, record.False)
	if nulls, some := in.Nulls(x.col); some {
		copy(others.Lo, nulls)
	}
	texts := in.Columns[x.col].Strs
	if x.folded {
		texts = in.Folded(x.col)
	}
	for row, s := range texts[:in.Len] {
		if len(s) >= gram {
			x.scan(s, row, hit)
		}
	}
}

// Len implements [Index].
func (x *Substring) Len() int { return x.held }

// scan finds the needles in s.
func (x *Substring) scan(s string, row int, hit func(slot int32, row int)) {
	filter, shift := x.filter, x.shift
	g := gramAt(s, 0) << 8
	for i := gram - 1; i < len(s); i++ {
		g = g>>8 | uint32(s[i])<<24
		h := g * hashFactor >> (shift & 31)
		if filter[h>>6]>>(h&63)&1 == 0 {
			continue
		}
		for _, n := range x.grams[g] {
			if from := i - (gram - 1) - n.offset; from >= 0 && strings.HasPrefix(s[from:], n.text) {
				hit(n.slot, row)
			}
		}
	}
}
