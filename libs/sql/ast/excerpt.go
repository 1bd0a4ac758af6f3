package ast

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

const (
	tabStop      = 4
	excerptWidth = 100 // terminal cells of a source line that are shown
	excerptLead  = 60  // of them at most before the caret
)

// cell is one code point of a source line as a terminal shows it.
type cell struct {
	text  string
	width int
}

// excerpt returns the source line of pos as it is shown, and how many terminal
// cells stand before pos. Tabs become spaces, characters that would move the
// cursor become dots, and a long line is cut around the place.
func excerpt(src string, pos Pos) (line string, caret int) {
	at := clamp(src, pos)
	start := strings.LastIndexByte(src[:at], '\n') + 1
	end := len(src)
	if i := strings.IndexByte(src[at:], '\n'); i >= 0 {
		end = at + i
	}
	before, col := cells(strings.TrimSuffix(src[start:at], "\r"), 0)
	after, total := cells(strings.TrimSuffix(src[at:end], "\r"), col)

	var b strings.Builder
	if total > excerptWidth && col > excerptLead {
		b.WriteString("… ")
		caret = 2
		for col > excerptLead-caret && len(before) > 0 {
			col -= before[0].width
			before = before[1:]
		}
	}
	for _, c := range before {
		b.WriteString(c.text)
		caret += c.width
	}
	room := excerptWidth - caret
	for _, c := range after {
		if room -= c.width; room < 0 {
			b.WriteString(" …")
			break
		}
		b.WriteString(c.text)
	}
	return strings.TrimRight(b.String(), " "), caret
}

// cells splits text that begins at terminal column col, and returns the column
// after it.
func cells(text string, col int) ([]cell, int) {
	out := make([]cell, 0, len(text))
	for _, r := range text {
		c := cell{text: string(r), width: 1}
		switch {
		case r == '\t':
			c.width = tabStop - col%tabStop
			c.text = strings.Repeat(" ", c.width)
		case unicode.In(r, unicode.Mn, unicode.Me) || r == 0x200d:
			c.width = 0
		case !unicode.IsGraphic(r) || r == 0xfffd:
			c.text = "·"
		default:
			if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				c.width = 2
			}
		}
		col += c.width
		out = append(out, c)
	}
	return out, col
}
