package function

import (
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"
)

// mostAgain bounds what looking for all matches in a text may look at, in states times
// bytes, beyond what going through it twice does. Each match is looked for from the end of
// the one before, and may be decided only by the end of the text: of a.*b|a, in a text of
// as, the next one is known when all that is left has been read.
const mostAgain = 10_000_000

// all returns the matches that do not overlap, up to most of them if that is not negative:
// where each begins and ends and, if groups are asked for, where each group does. An error
// says that it takes too long; it depends on nothing but the pattern and the text.
func (e *expression) all(text string, most int, groups bool) ([][]int, error) {
	budget := 2*len(text) + mostAgain/e.states // bytes that may be read
	cheap := e.cheap(len(text), budget/2)
	if most < 0 || most > cheap {
		matches := e.find(text, cheap, groups)
		if len(matches) < cheap {
			return matches, nil
		}
		return e.more(text, matches, most, budget/2)
	}
	return e.find(text, most, groups), nil
}

func (e *expression) find(text string, most int, groups bool) [][]int {
	if groups {
		return e.FindAllStringSubmatchIndex(text, most)
	}
	return e.FindAllStringIndex(text, most)
}

// cheap returns how many matches can be found in a text of so many bytes, at least one,
// without more being read than the budget, whatever they are. Between two matches there is
// at most one that does not count, empty and at the end of the first.
func (e *expression) cheap(length, budget int) int {
	n := budget / (2 * (length + 1))
	if e.bounded { // no match is looked for much beyond itself
		n = max(n, (budget-length)/(2*(e.longest+utf8.UTFMax)))
	}
	return max(n-1, 1)
}

// more goes on after matches, up to most, and counts the bytes that it reads. What stands
// before the place where a match is looked for may matter to it: so the text is read from
// one character before that on, by a pattern that begins with any character.
func (e *expression) more(text string, matches [][]int, most, budget int) ([][]int, error) {
	again, err := e.again()
	if err != nil {
		return nil, err
	}
	last := matches[len(matches)-1]
	pos, end := after(text, last[0], last[1]), last[1]
	r := &counted{left: budget}
	for pos <= len(text) && (most < 0 || len(matches) < most) {
		_, size := utf8.DecodeLastRuneInString(text[:pos])
		from := pos - size
		r.text, r.left = text[from:], r.left+size+utf8.UTFMax // what is read in any case is no loss
		m := again.FindReaderSubmatchIndex(r)
		if r.over {
			return nil, fmt.Errorf("the pattern has %d states, and finding its matches in a text of %d bytes takes too long: each is looked for from the end of the one before, to the end of the text perhaps", e.states, len(text))
		}
		if m == nil {
			break
		}
		m = m[2:] // without the character before
		for i := range m {
			if m[i] >= 0 {
				m[i] += from
			}
		}
		if m[1] > m[0] || m[0] != end {
			matches = append(matches, m)
		}
		pos, end = max(after(text, m[0], m[1]), pos), m[1]
	}
	return matches, nil
}

// after returns where the next match is looked for.
func after(text string, begin, end int) int {
	if end > begin {
		return end
	}
	if end == len(text) {
		return end + 1
	}
	_, size := utf8.DecodeRuneInString(text[end:])
	return end + size
}

// counted reads a text and ends when too much was read.
type counted struct {
	text string
	left int // bytes that may be read
	over bool
}

// ReadRune implements [io.RuneReader].
func (r *counted) ReadRune() (c rune, size int, err error) {
	if r.text == "" {
		return 0, 0, io.EOF
	}
	c, size = utf8.DecodeRuneInString(r.text)
	if r.left -= size; r.left < 0 {
		r.over = true
		return 0, 0, io.EOF
	}
	r.text = r.text[size:]
	return c, size, nil
}

// split returns the parts of a text between matches, up to most of them.
func split(text string, matches [][]int, most int) []string {
	var parts []string
	begin, end := 0, 0
	for _, m := range matches {
		if len(parts) == most-1 {
			break
		}
		if end = m[0]; m[1] != 0 {
			parts = append(parts, text[begin:end])
		}
		begin = m[1]
	}
	if end != len(text) {
		parts = append(parts, text[begin:])
	}
	return parts
}

// behind returns a pattern as it is looked for behind one character.
func behind(pattern string) (*regexp.Regexp, error) {
	const before = `\A(?s:.)(?s:.*?)(`
	re, err := regexp.Compile(before + pattern + `)`)
	if err != nil { // a text may begin with \Q and go on to the end
		re, err = regexp.Compile(before + pattern + `\E)`)
	}
	if err != nil {
		return nil, malformed(err)
	}
	return re, nil
}
