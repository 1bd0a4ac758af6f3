package expr

import (
	"strings"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/sql/plan"
)

// folds reports whether the operator ignores case.
func folds(fn string) bool { return fn == plan.FuncILike || fn == plan.FuncIContains }

// foldedMatcher returns the test of one of the text operators against a constant
// pattern or needle. Where the operator ignores case it takes text under [Fold].
func foldedMatcher(fn, pattern string) func(text string) bool {
	if folds(fn) {
		pattern = Fold(pattern)
	}
	if fn == plan.FuncLike || fn == plan.FuncILike {
		return compileLike(pattern).match
	}
	return func(s string) bool { return strings.Contains(s, pattern) }
}

// likePattern is a LIKE pattern cut at its % signs. Without one there is one
// segment, which must match the whole text; else the first segment must match
// at its start, the last at its end, and the others between them in order. First
// and last may be empty.
type likePattern struct {
	segments []likeSegment
}

// likeSegment is a run of literal text and underscores.
type likeSegment struct {
	pieces []likePiece
	runes  int // how many code points it takes
}

// likePiece is literal text, or where that is empty any skip code points.
type likePiece struct {
	literal string
	skip    int
}

// compileLike reads a well-formed pattern: % any run, _ one code point, backslash
// takes the next character literally.
func compileLike(pattern string) *likePattern {
	p := &likePattern{}
	var seg likeSegment
	var literal strings.Builder
	endLiteral := func() {
		if literal.Len() > 0 {
			seg.pieces = append(seg.pieces, likePiece{literal: literal.String()})
			seg.runes += utf8.RuneCountInString(literal.String())
			literal.Reset()
		}
	}
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '%':
			endLiteral()
			if len(p.segments) == 0 || len(seg.pieces) > 0 {
				p.segments = append(p.segments, seg)
			}
			seg = likeSegment{}
			if i == len(pattern)-1 {
				p.segments = append(p.segments, seg)
				return p
			}
		case '_':
			endLiteral()
			if n := len(seg.pieces); n > 0 && seg.pieces[n-1].literal == "" {
				seg.pieces[n-1].skip++
			} else {
				seg.pieces = append(seg.pieces, likePiece{skip: 1})
			}
			seg.runes++
		case '\\':
			if i+1 < len(pattern) {
				i++
			}
			literal.WriteByte(pattern[i])
		default:
			literal.WriteByte(c)
		}
	}
	endLiteral()
	p.segments = append(p.segments, seg)
	return p
}

func (p *likePattern) match(s string) bool {
	first := p.segments[0]
	n, ok := first.at(s)
	if !ok {
		return false
	}
	if len(p.segments) == 1 {
		return n == len(s)
	}
	s = s[n:]
	last := len(p.segments) - 1
	for _, seg := range p.segments[1:last] {
		if n, ok = seg.find(s); !ok {
			return false
		}
		s = s[n:]
	}
	return p.segments[last].atEnd(s)
}

// at reports whether the segment matches at the start of s and how many bytes
// it takes.
func (g *likeSegment) at(s string) (int, bool) {
	n := 0
	for _, p := range g.pieces {
		if p.literal != "" {
			if !strings.HasPrefix(s[n:], p.literal) {
				return 0, false
			}
			n += len(p.literal)
			continue
		}
		for range p.skip {
			_, w := utf8.DecodeRuneInString(s[n:])
			if w == 0 {
				return 0, false
			}
			n += w
		}
	}
	return n, true
}

// find returns the end of the segment's first match in s.
func (g *likeSegment) find(s string) (int, bool) {
	head := g.pieces[0].literal
	for from := 0; ; {
		if head != "" {
			i := strings.Index(s[from:], head)
			if i < 0 {
				return 0, false
			}
			from += i
		}
		if n, ok := g.at(s[from:]); ok {
			return from + n, true
		}
		_, w := utf8.DecodeRuneInString(s[from:])
		if w == 0 {
			return 0, false
		}
		from += w
	}
}

// atEnd reports whether the segment matches a tail of s.
func (g *likeSegment) atEnd(s string) bool {
	from := len(s)
	for range g.runes {
		_, w := utf8.DecodeLastRuneInString(s[:from])
		if w == 0 {
			return false
		}
		from -= w
	}
	n, ok := g.at(s[from:])
	return ok && from+n == len(s)
}
