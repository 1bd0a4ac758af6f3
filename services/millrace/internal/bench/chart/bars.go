package chart

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/services/millrace/internal/figure"
)

// Bars compares figures, in groups.
type Bars struct {
	Title  string
	Note   string
	Label  string // what the figures are, with their unit
	Groups []Group
}

// Group has a heading.
type Group struct {
	Name string
	Bars []Bar
}

// Bar is a figure. Its colour is that of its number, the same in all charts.
type Bar struct {
	Name   string
	Value  float64
	Text   string // beside the value
	Colour int
}

// The frame of bars.
const (
	barsWidth  = 860.0
	barHeight  = 18.0
	barGap     = 6.0
	groupSpace = 34.0
)

// SVG draws the chart: bars from zero, with their figures at their ends.
func (b *Bars) SVG() []byte {
	note := noteLines(b.Note, barsWidth)
	height, names, texts, most := top+40+noteLine*float64(len(note)), 0.0, 0.0, 0.0
	var parts []string
	for _, g := range b.Groups {
		height += groupSpace + (barHeight+barGap)*float64(len(g.Bars))
		for _, bar := range g.Bars {
			names, texts = max(names, widthOf(bar.Name)), max(texts, widthOf(bar.text()))
			most = max(most, bar.Value)
			parts = append(parts, fmt.Sprintf("%s, %s: %s", g.Name, bar.Name, bar.text()))
		}
	}
	c := newCanvas(barsWidth, height, b.Title, b.Label+". "+strings.Join(parts, "; ")+".")
	from := 24 + names
	room := barsWidth - from - texts - 24
	y := top
	for _, g := range b.Groups {
		c.text(16, y+20, "text", "start", g.Name)
		y += groupSpace
		for _, bar := range g.Bars {
			width := 0.0
			if most > 0 {
				width = max(room*bar.Value/most, 1)
			}
			c.text(from-8, y+barHeight-5, "faint", "end", bar.Name)
			c.rect(fmt.Sprintf("f%d", bar.Colour%colours), from, y, width, barHeight, bar.Name+": "+bar.text())
			c.text(from+width+6, y+barHeight-5, "text", "start", bar.text())
			y += barHeight + barGap
		}
	}
	c.line("axis", from, top+groupSpace-4, from, y)
	c.text(from, y+20, "text", "start", b.Label)
	c.note(note)
	return c.done()
}

func (b *Bar) text() string {
	if b.Text == "" {
		return figure.Short(b.Value)
	}
	return figure.Short(b.Value) + " " + b.Text
}
