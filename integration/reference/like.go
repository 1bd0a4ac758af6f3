package reference

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// pattern is a LIKE pattern cut at its %: a text matches when it starts with the
// first piece, ends with the last, and holds the others in between, in order
// and without overlap. Taking each at its leftmost place is enough, because the
// pieces to the right only gain room by it.
type pattern struct {
	pieces []piece // at least one; one piece alone must match the whole text
}

// piece is a run of characters; where any is set, any one character fits.
type piece struct {
	chars []rune
	any   []bool
	text  string // the characters, when none is a wildcard
	plain bool
}

var errPattern = errors.New("LIKE pattern ends with its escape character")

// compilePattern reads a pattern: % is any run, _ any one character, escape
// makes the next character stand for itself (0: there is no escape).
func compilePattern(src string, escape rune, folded bool) (*pattern, error) {
	p := &pattern{pieces: []piece{{}}}
	add := func(r rune, wild bool) {
		last := &p.pieces[len(p.pieces)-1]
		if folded && !wild {
			r = foldRune(r)
		}
		last.chars = append(last.chars, r)
		last.any = append(last.any, wild)
	}
	escaped := false
	for _, r := range src {
		switch {
		case escaped:
			add(r, false)
			escaped = false
		case escape != 0 && r == escape:
			escaped = true
		case r == '%':
			p.pieces = append(p.pieces, piece{})
		case r == '_':
			add(0, true)
		default:
			add(r, false)
		}
	}
	if escaped {
		return nil, errPattern
	}
	for i := range p.pieces {
		pc := &p.pieces[i]
		pc.plain = true
		for _, w := range pc.any {
			pc.plain = pc.plain && !w
		}
		if pc.plain {
			pc.text = string(pc.chars)
		}
	}
	return p, nil
}

// match reports whether the whole of s matches.
func (p *pattern) match(s string) bool {
	first, last := &p.pieces[0], &p.pieces[len(p.pieces)-1]
	n, ok := first.prefix(s)
	if !ok {
		return false
	}
	if len(p.pieces) == 1 {
		return n == len(s)
	}
	s = s[n:]
	for i := 1; i < len(p.pieces)-1; i++ {
		end, found := p.pieces[i].find(s)
		if !found {
			return false
		}
		s = s[end:]
	}
	return last.suffix(s)
}

// prefix reports whether s starts with the piece, and how many bytes it took.
func (c *piece) prefix(s string) (int, bool) {
	if c.plain {
		return len(c.text), strings.HasPrefix(s, c.text)
	}
	at := 0
	for i, want := range c.chars {
		if at == len(s) {
			return 0, false
		}
		r, w := utf8.DecodeRuneInString(s[at:])
		if !c.any[i] && r != want {
			return 0, false
		}
		at += w
	}
	return at, true
}

// find returns the end of the piece's leftmost occurrence in s.
func (c *piece) find(s string) (int, bool) {
	if c.plain {
		i := strings.Index(s, c.text)
		return i + len(c.text), i >= 0
	}
	for at := 0; ; {
		if n, ok := c.prefix(s[at:]); ok {
			return at + n, true
		}
		if at == len(s) {
			return 0, false
		}
		_, w := utf8.DecodeRuneInString(s[at:])
		at += w
	}
}

// suffix reports whether s ends with the piece.
func (c *piece) suffix(s string) bool {
	if c.plain {
		return strings.HasSuffix(s, c.text)
	}
	at := len(s)
	for range c.chars {
		if at == 0 {
			return false
		}
		_, w := utf8.DecodeLastRuneInString(s[:at])
		at -= w
	}
	n, ok := c.prefix(s[at:])
	return ok && at+n == len(s)
}
