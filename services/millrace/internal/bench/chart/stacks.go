package chart

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/services/millrace/internal/figure"
)

// Stacks divides totals into the same parts.
type Stacks struct {
	Title string
	Note  string
	Label string
	Parts []string
	Rows  []Row
}

// Row is a total of 1 and its parts.
type Row struct {
	Name   string
	Values []float64 // parallel to Stacks.Parts
}

// SVG draws the chart: a bar of the same length for every row, and what its colours
// mean above.
func (s *Stacks) SVG() []byte {
	const tall, gap, each = 30.0, 14.0, 20.0
	names := 0.0
	var about []string
	for _, r := range s.Rows {
		names = max(names, widthOf(r.Name))
		var parts []string
		for i, v := range r.Values {
			parts = append(parts, fmt.Sprintf("%s %s %%", s.Parts[i], figure.Short(100*v)))
		}
		about = append(about, r.Name+": "+strings.Join(parts, ", "))
	}
	key, lines := s.key()
	rows := top + each*float64(lines) + 12
	note := noteLines(s.Note, barsWidth)
	height := rows + (tall+gap)*float64(len(s.Rows)) + 32 + noteLine*float64(len(note))
	c := newCanvas(barsWidth, height, s.Title, s.Label+". "+strings.Join(about, "; ")+".")
	for i, k := range key {
		c.rect(fmt.Sprintf("f%d", i%colours), k.x, top+each*float64(k.line), 12, 12, s.Parts[i])
		c.text(k.x+18, top+each*float64(k.line)+11, "text", "start", s.Parts[i])
	}
	from := 24 + names
	room := barsWidth - from - 24
	for n, r := range s.Rows {
		x, y := from, rows+(tall+gap)*float64(n)
		c.text(from-8, y+tall/2+5, "text", "end", r.Name)
		for i, v := range r.Values {
			width := room * v
			if width <= 0 {
				continue
			}
			c.rect(fmt.Sprintf("f%d", i%colours), x, y, max(width-1, 0.5), tall, fmt.Sprintf("%s: %s %%", s.Parts[i], figure.Short(100*v)))
			if text := fmt.Sprintf("%.0f %%", 100*v); width > widthOf(text)+6 {
				c.text(x+width/2, y+tall/2+5, "ground", "middle", text)
			}
			x += width
		}
	}
	c.text(from, rows+(tall+gap)*float64(len(s.Rows))+10, "text", "start", s.Label)
	c.note(note)
	return c.done()
}

// place is where a part's name is.
type place struct {
	x    float64
	line int
}

// key lays the names of the parts out, and returns how many lines they take.
func (s *Stacks) key() (places []place, lines int) {
	x := 16.0
	for _, name := range s.Parts {
		width := 18 + widthOf(name) + 22
		if x+width > barsWidth && x > 16 {
			x = 16
			lines++
		}
		places = append(places, place{x, lines})
		x += width
	}
	return places, lines + 1
}
