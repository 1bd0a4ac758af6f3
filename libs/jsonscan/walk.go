package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// walk reads the whole document by way of an index; false: it is malformed, and
// s.document says how. The index vouches for the order of tokens; that brackets
// match and are where they may be is seen to here.
func (s *scanner) walk() bool {
	x := s.index
	switch {
	case (!x.blanks || s.serial%retry == 0) && s.ordered(true):
		x.blanks = false
	case s.ordered(false):
		x.blanks = true
	default:
		return false
	}
	return s.fields()
}

// retry is after how many documents with blanks it is tried whether there are
// still some.
const retry = 32

// ordered reports whether the order of the document's tokens is right, with
// compact if there are no blanks outside strings.
func (s *scanner) ordered(compact bool) bool {
	look, flags, ok := s.index.fill(s.doc, compact)
	s.flags = flags
	return ok && (look == 0 || s.inspect(compact))
}

// fields walks all of the document.
func (s *scanner) fields() bool {
	doc := s.doc
	i := s.blanks(0)
	if i >= len(doc) || doc[i] != '{' {
		return false
	}
	s.index.after(i)
	if i = s.level(s.root, 1); i == failed {
		return false
	}
	return i+1 == len(doc) || s.blanks(i+1) == len(doc)
}

// after sets the walk behind the byte at i.
func (x *index) after(i int) {
	x.word = i / blockSize
	x.bits = x.blocks[x.word].events & behind(i)
}

// behind returns the bits of a block that are behind the byte at i.
func behind(i int) uint64 { return ^uint64(1) << (i % blockSize) }

// level walks the fields of an object, the depth-th of the arrays and objects
// that are open, to its closing bracket, whose position it returns.
func (s *scanner) level(n *node, depth int) int {
	var (
		doc    = s.doc
		x      = s.index
		blocks = x.blocks
		word   = x.word
		events = x.bits
		at     = &n.steps.start
		child  *node
		// Names with escapes are not told by their ends.
		careful = s.flags&flagEscapedName != 0
	)
	if depth > maxDepth {
		return failed
	}
	for {
		for events == 0 {
			if word++; word >= len(blocks) {
				return failed
			}
			events = blocks[word].events
		}
		i := word*blockSize + bits.TrailingZeros64(events)
		events &= events - 1
		if i >= len(doc) {
			return failed
		}
		switch doc[i] {
		case ':':
			if end := i - 1; end >= 8 && doc[end] == '"' && !careful {
				last := binary.LittleEndian.Uint64(doc[end-8:])
				next := at.next
				if next == nil || last&next.mask != next.text {
					next = n.after(at, last)
				}
				if at = next; next.entry == nil {
					continue
				}
				child = next.entry.at(doc, end)
			} else {
				child = s.named(n, i)
			}
			if child == nil {
				continue
			}
			x.word, x.bits = word, events
			if !s.take(child, i, depth) {
				return failed
			}
		case '}':
			x.word, x.bits = word, events
			return i
		case ']':
			return failed
		default:
			if !s.behindColon(i) {
				return failed
			}
			if i = s.pass(i, depth); i == failed {
				return failed
			}
			x.after(i)
		}
		word, events = x.word, x.bits
	}
}

// named returns the child of n that has the name before the colon, or nil.
func (s *scanner) named(n *node, colon int) *node {
	end := s.blanksBefore(colon - 1)
	from := s.index.quoteBefore(end) + 1
	if child := n.find(s.doc, from, end); child != nil {
		return child
	}
	return n.find(s.unquoted(from, end))
}

// blanksBefore returns the position of the last byte up to i that is no blank.
func (s *scanner) blanksBefore(i int) int {
	for i > 0 && s.doc[i] <= ' ' {
		i--
	}
	return i
}

// behindColon reports whether the token before i is a colon.
func (s *scanner) behindColon(i int) bool {
	return i > 0 && (s.doc[i-1] == ':' || s.doc[s.blanksBefore(i-1)] == ':')
}

// take reads the value behind the colon, of a field on a wanted path.
func (s *scanner) take(n *node, colon, depth int) bool {
	if n.seen == s.serial {
		s.unsee(n)
	}
	n.seen = s.serial
	from := colon + 1
	if from < len(s.doc) && s.doc[from] <= ' ' {
		from = s.blanks(from)
	}
	if from >= len(s.doc) {
		return false
	}
	var last int
	kind := s.doc[from]
	switch {
	case kind == '{' && len(n.children) > 0:
		s.index.after(from)
		last = s.level(n, depth+1)
	case kind == '{', kind == '[':
		if last = s.pass(from, depth); last != failed {
			s.index.after(last)
		}
	case n.slot == noSlot:
		return true
	case kind == '"':
		last = s.index.quoteAfter(from)
	default:
		last = from
		for last+1 < len(s.doc) && !endsScalar(s.doc[last+1]) {
			last++
		}
	}
	if last == failed {
		return false
	}
	if n.slot != noSlot {
		s.slots[n.slot] = span{from, last + 1, kind}
	}
	return true
}

// endsScalar reports whether c cannot go on a number or a word.
func endsScalar(c byte) bool {
	switch c {
	case ',', '}', ']', ':', '{', '[', '"', ' ', '\t', '\r', '\n':
		return true
	default:
		return false
	}
}

// quoteAfter returns the position of the closing quote of a string.
func (x *index) quoteAfter(from int) int {
	w := from / blockSize
	q := x.blocks[w].quotes & behind(from)
	for q == 0 {
		if w++; w >= len(x.blocks) {
			return failed
		}
		q = x.blocks[w].quotes
	}
	return w*blockSize + bits.TrailingZeros64(q)
}

// quoteBefore returns the position of the opening quote of a string.
func (x *index) quoteBefore(end int) int {
	w := end / blockSize
	q := x.blocks[w].quotes &^ (^uint64(0) << (end % blockSize))
	for q == 0 && w > 0 {
		w--
		q = x.blocks[w].quotes
	}
	return w*blockSize + 63 - bits.LeadingZeros64(q)
}

// inspect looks at what the index does not vouch for: numbers that are not
// plain digits, and what is no value. With compact the index has taken blanks
// for parts of scalars, so that a scalar before one is not vouched for either.
func (s *scanner) inspect(compact bool) bool {
	for w := range s.index.blocks {
		for look := s.index.blocks[w].look; look != 0; look &= look - 1 {
			i := w*blockSize + bits.TrailingZeros64(look)
			if i >= len(s.doc) {
				return false
			}
			for i > 0 && !endsScalar(s.doc[i-1]) {
				i--
			}
			if i = s.number(i); i == failed {
				return false
			}
			if i < len(s.doc) && (!endsScalar(s.doc[i]) || compact && s.doc[i] <= ' ') {
				return false
			}
		}
	}
	return true
}
