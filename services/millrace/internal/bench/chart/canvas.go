package chart

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// colours are how many classes of series the style has; more begin again.
const colours = 11

// style has the colours of a light and of a dark screen. Text is in whatever the
// reader's screen is set in.
const style = `
.ground{fill:#ffffff}
.text{fill:#1f2328}
.faint{fill:#59636e}
.grid{stroke:#d1d9e0;stroke-width:1}
.axis{stroke:#59636e;stroke-width:1}
text{font-family:system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif;font-size:13px}
.title{font-size:16px;font-weight:600}
.line{fill:none;stroke-width:2}
.guide{fill:none;stroke-width:1;opacity:.5}
.dashed{stroke-dasharray:6 4}
.in{fill:#ffffff}
%s
@media (prefers-color-scheme:dark){
.ground{fill:#0d1117}
.text{fill:#f0f6fc}
.faint{fill:#9198a1}
.grid{stroke:#3d444d}
.axis{stroke:#9198a1}
.in{fill:#0d1117}
%s
}
`

var (
	light = [colours]string{"#0b62c4", "#c2410c", "#15803d", "#a21caf", "#8a6100", "#0e7490", "#be123c", "#4d7c0f", "#6d28d9", "#59636e", "#7c2d12"}
	dark  = [colours]string{"#6cb2ff", "#fb923c", "#4ade80", "#f08bf9", "#facc15", "#22d3ee", "#fb7185", "#a3e635", "#b79cff", "#9198a1", "#d6b08a"}
)

// canvas is an SVG that is being drawn. Lengths are in pixels.
type canvas struct {
	bytes.Buffer
	width, height float64
}

// newCanvas begins a drawing; its description is read to who cannot see it.
func newCanvas(width, height float64, title, description string) *canvas {
	c := &canvas{width: width, height: height}
	c.put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-labelledby="title about">`,
		px(width), px(height), px(width), px(height))
	c.put(`<title id="title">%s</title>`, html.EscapeString(title))
	c.put(`<desc id="about">%s</desc>`, html.EscapeString(description))
	c.put(`<style>`+style+`</style>`, classes(light), classes(dark))
	c.put(`<rect class="ground" width="%s" height="%s"/>`, px(width), px(height))
	c.text(16, 26, "title text", "start", title)
	return c
}

// classes returns a class for the lines and one for the areas of every colour.
func classes(of [colours]string) string {
	var b strings.Builder
	for i, colour := range of {
		fmt.Fprintf(&b, ".s%d{stroke:%s}.f%d{fill:%s}", i, colour, i, colour)
	}
	return b.String()
}

// put writes a line of SVG.
func (c *canvas) put(format string, args ...any) {
	fmt.Fprintf(c, format, args...)
	c.WriteByte('\n')
}

// text writes at the base line; anchor is start, middle or end.
func (c *canvas) text(x, y float64, class, anchor, text string) {
	c.put(`<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>`, class, px(x), px(y), anchor, html.EscapeString(text))
}

// noteLine is how tall a line of a note is.
const noteLine = 17.0

// noteLines cuts a note into lines that fit.
func noteLines(note string, width float64) []string {
	var lines []string
	for word := range strings.FieldsSeq(note) {
		last := len(lines) - 1
		if last >= 0 && widthOf(lines[last]+" "+word) <= width-32 {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// note writes lines at the bottom.
func (c *canvas) note(lines []string) {
	for i, text := range lines {
		c.text(16, c.height-12-noteLine*float64(len(lines)-1-i), "faint", "start", text)
	}
}

// line draws a straight one.
func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.put(`<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class, px(x1), px(y1), px(x2), px(y2))
}

// path draws straight lines from point to point.
func (c *canvas) path(class string, points [][2]float64) {
	var b strings.Builder
	for i, p := range points {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(px(p[0]) + "," + px(p[1]))
	}
	c.put(`<polyline class="%s" points="%s"/>`, class, b.String())
}

// rect draws an area; tip is shown under the pointer.
func (c *canvas) rect(class string, x, y, width, height float64, tip string) {
	c.put(`<rect class="%s" x="%s" y="%s" width="%s" height="%s"><title>%s</title></rect>`,
		class, px(x), px(y), px(width), px(height), html.EscapeString(tip))
}

// mark draws a point in the shape of a series, so that series differ by more than
// colour.
func (c *canvas) mark(series int, x, y float64, tip string) {
	const r = 4.0
	var shape string
	switch series % 4 {
	case 0:
		shape = fmt.Sprintf(`<circle class="%%s" cx="%s" cy="%s" r="%s">`, px(x), px(y), px(r))
	case 1:
		shape = fmt.Sprintf(`<path class="%%s" d="M%s %sh%sv%sh-%sz">`, px(x-r), px(y-r), px(2*r), px(2*r), px(2*r))
	case 2:
		shape = fmt.Sprintf(`<path class="%%s" d="M%s %sl%s %sh-%sz">`, px(x), px(y-r-1), px(r+1), px(2*r), px(2*r+2))
	default:
		shape = fmt.Sprintf(`<path class="%%s" d="M%s %sl%s %sl-%s %sl-%s -%sz">`, px(x), px(y-r-1), px(r+1), px(r+1), px(r+1), px(r+1), px(r+1), px(r+1))
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(shape, "<"), " ")
	class := fmt.Sprintf("f%d", series%colours)
	if series/4%2 == 1 { // hollow
		class = fmt.Sprintf("in s%d", series%colours)
	}
	c.put(shape+`<title>%s</title></%s>`, class, html.EscapeString(tip), name)
}

// done ends the drawing.
func (c *canvas) done() []byte {
	c.put(`</svg>`)
	return c.Bytes()
}

// px writes a length to a tenth of a pixel.
func px(x float64) string {
	x = math.Round(x*10) / 10
	if x == 0 {
		x = 0 // not -0
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// widthOf is about how wide a text is.
func widthOf(text string) float64 {
	n := 0
	for range text {
		n++
	}
	return 7 * float64(n)
}
