package function

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Pattern is a pattern of LIKE: % stands for any run of characters, _ for one
// code point, all else for itself. It matches the whole text.
type Pattern struct {
	// parts are what stands between the %s, so one more than there are of them;
	// in them, one is the _.
	parts [][]rune
}

const one = -1 // _ in a Pattern

// NoEscape is an escape for [ParsePattern] that no character is.
const NoEscape rune = -1

// ErrPattern is wrapped by the errors of [ParsePattern].
var ErrPattern = errors.New("malformed pattern")

// Quoted returns the pattern, with backslash as escape, that only the text matches.
func Quoted(text string) string { return Pattern{parts: [][]rune{[]rune(text)}}.String() }

// ParsePattern reads a pattern in which the character after escape stands for
// itself.
func ParsePattern(text string, escape rune) (Pattern, error) {
	parts := [][]rune{nil}
	escaped := false
	for _, r := range text {
		last := &parts[len(parts)-1]
		switch {
		case escaped:
			*last = append(*last, r)
			escaped = false
		case r == escape:
			escaped = true
		case r == '%':
			parts = append(parts, nil)
		case r == '_':
			*last = append(*last, one)
		default:
			*last = append(*last, r)
		}
	}
	if escaped {
		return Pattern{}, fmt.Errorf("%w: nothing follows the last %q", ErrPattern, escape)
	}
	return Pattern{parts: canonical(parts)}, nil
}

// canonical writes every run of wildcards in one way, the _s first and then one
// %, so that patterns that differ only in that become equal.
func canonical(parts [][]rune) [][]rune {
	out := parts[:1]
	for _, p := range parts[1:] {
		n := 0
		for n < len(p) && p[n] == one {
			n++
		}
		last := len(out) - 1
		out[last] = append(out[last], p[:n]...)
		p = p[n:]
		if last > 0 && wild(out[last]) {
			// %___% is ___%: the _s go left, over the % before them.
			out[last-1] = append(out[last-1], out[last]...)
			out[last] = p
			continue
		}
		out = append(out, p)
	}
	return out
}

// wild reports whether p has nothing but _s.
func wild(p []rune) bool {
	for _, r := range p {
		if r != one {
			return false
		}
	}
	return true
}

// String writes the pattern in canonical spelling, with backslash as escape and
// only where one is needed. [ParsePattern] reads it back.
func (p Pattern) String() string {
	var b strings.Builder
	for i, part := range p.parts {
		if i > 0 {
			b.WriteByte('%')
		}
		for _, r := range part {
			switch r {
			case one:
				b.WriteByte('_')
			case '%', '_', '\\':
				b.WriteByte('\\')
				fallthrough
			default:
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// Text returns the only text that a pattern without wildcards matches.
func (p Pattern) Text() (string, bool) {
	if len(p.parts) != 1 {
		return "", false
	}
	return plainText(p.parts[0])
}

// Needle returns the text that a pattern of the form %text% looks for, "" for
// one that matches every text.
func (p Pattern) Needle() (string, bool) {
	switch {
	case len(p.parts) == 2 && len(p.parts[0]) == 0 && len(p.parts[1]) == 0:
		return "", true
	case len(p.parts) == 3 && len(p.parts[0]) == 0 && len(p.parts[2]) == 0:
		return plainText(p.parts[1])
	default:
		return "", false
	}
}

func plainText(part []rune) (string, bool) {
	for _, r := range part {
		if r == one {
			return "", false
		}
	}
	return string(part), true
}

// Fold returns the pattern with every character folded: it matches [Fold](text)
// if and only if p matches text but for case.
func (p Pattern) Fold() Pattern {
	folded := make([][]rune, len(p.parts))
	for i, part := range p.parts {
		folded[i] = make([]rune, len(part))
		for j, r := range part {
			folded[i][j] = r
			if r != one {
				folded[i][j] = FoldRune(r)
			}
		}
	}
	return Pattern{parts: folded}
}

// Caseless reports whether folding makes no difference to what p matches.
func (p Pattern) Caseless() bool {
	for _, part := range p.parts {
		for _, r := range part {
			if r != one && !Caseless(string(r)) {
				return false
			}
		}
	}
	return true
}

// Match reports whether the whole text matches.
func (p Pattern) Match(text string) bool {
	first, last := p.parts[0], p.parts[len(p.parts)-1]
	rest, ok := cutPrefix(text, first)
	if !ok || len(p.parts) == 1 {
		return ok && rest == ""
	}
	for _, part := range p.parts[1 : len(p.parts)-1] {
		if rest, ok = cutThrough(rest, part); !ok {
			return false
		}
	}
	return hasSuffix(rest, last)
}

// cutPrefix removes what part matches at the beginning of text.
func cutPrefix(text string, part []rune) (string, bool) {
	for _, r := range part {
		c, size := utf8.DecodeRuneInString(text)
		if size == 0 || r != one && c != r {
			return "", false
		}
		text = text[size:]
	}
	return text, true
}

// cutThrough removes text up to the end of the first match of part.
func cutThrough(text string, part []rune) (string, bool) {
	for {
		if rest, ok := cutPrefix(text, part); ok {
			return rest, true
		}
		_, size := utf8.DecodeRuneInString(text)
		if size == 0 {
			return "", false
		}
		text = text[size:]
	}
}

func hasSuffix(text string, part []rune) bool {
	for i := len(part) - 1; i >= 0; i-- {
		c, size := utf8.DecodeLastRuneInString(text)
		if size == 0 || part[i] != one && c != part[i] {
			return false
		}
		text = text[:len(text)-size]
	}
	return true
}

// Prefix returns the text that a pattern of the form text% wants at the beginning.
func (p Pattern) Prefix() (string, bool) {
	if len(p.parts) != 2 || len(p.parts[1]) != 0 {
		return "", false
	}
	return plainText(p.parts[0])
}

// Literal returns the longest text, in bytes, that every text has somewhere in it
// that the pattern matches, "" if there is none.
func (p Pattern) Literal() string {
	longest := ""
	for _, part := range p.parts {
		from := 0
		for i := 0; i <= len(part); i++ {
			if i < len(part) && part[i] != one {
				continue
			}
			if text := string(part[from:i]); len(text) > len(longest) {
				longest = text
			}
			from = i + 1
		}
	}
	return longest
}
