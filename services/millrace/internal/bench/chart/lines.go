package chart

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"github.com/millrace/millrace/services/millrace/internal/figure"
)

// Lines shows how figures grow with others, over two logarithmic axes.
type Lines struct {
	Title  string
	Note   string // below the chart: what was measured
	X, Y   Axis
	Series []Series
}

// Axis is what is along an axis, with its unit.
type Axis struct{ Label string }

// Series is a line.
type Series struct {
	Name   string
	Points []Point // by X; those that are not above zero are left out
	// Dashed are figures that were not measured here: aims, or others' figures.
	Dashed bool
}

// Point is a figure.
type Point struct{ X, Y float64 }

// The frame of lines.
const (
	linesWidth, linesHeight = 860.0, 480.0
	left, top               = 84.0, 44.0
	bottom                  = 50.0
	between                 = 17.0 // names of series
)

// SVG draws the chart. Without a point it is empty.
func (l *Lines) SVG() []byte {
	series := l.drawable()
	note := noteLines(l.Note, linesWidth)
	below := bottom + noteLine*float64(len(note))
	c := newCanvas(linesWidth, max(linesHeight, top+below+between*float64(len(series))), l.Title, l.describe(series))
	c.note(note)
	base := c.height - below
	names := 0.0
	var xs, ys []float64
	for _, s := range series {
		names = max(names, widthOf(s.Name))
		for _, p := range s.Points {
			xs, ys = append(xs, p.X), append(ys, p.Y)
		}
	}
	if len(xs) == 0 {
		return c.done()
	}
	x := scale{least: slices.Min(xs), most: slices.Max(xs), from: left, to: linesWidth - names - 40}
	y := decades(slices.Min(ys), slices.Max(ys), base, top)
	l.axes(c, x, y, base)
	l.names(c, series, x, y, base)
	for i, s := range series {
		points := make([][2]float64, len(s.Points))
		for j, p := range s.Points {
			points[j] = [2]float64{x.at(p.X), y.at(p.Y)}
		}
		class := fmt.Sprintf("line s%d", i%colours)
		if s.Dashed {
			class += " dashed"
		}
		c.path(class, points)
		for j, p := range points {
			c.mark(i, p[0], p[1], fmt.Sprintf("%s: %s at %s", s.Name, figure.Short(s.Points[j].Y), figure.Short(s.Points[j].X)))
		}
	}
	return c.done()
}

// drawable returns the series that have points above zero, and these.
func (l *Lines) drawable() []Series {
	var out []Series
	for _, s := range l.Series {
		s.Points = slices.DeleteFunc(slices.Clone(s.Points), func(p Point) bool { return !(p.X > 0 && p.Y > 0) })
		if len(s.Points) > 0 {
			out = append(out, s)
		}
	}
	return out
}

func (l *Lines) describe(series []Series) string {
	var parts []string
	for _, s := range series {
		first, last := s.Points[0], s.Points[len(s.Points)-1]
		parts = append(parts, fmt.Sprintf("%s: %s at %s to %s at %s", s.Name, figure.Short(first.Y), figure.Short(first.X), figure.Short(last.Y), figure.Short(last.X)))
	}
	return fmt.Sprintf("%s over %s. %s.", l.Y.Label, l.X.Label, strings.Join(parts, "; "))
}

func (l *Lines) axes(c *canvas, x, y scale, base float64) {
	for _, v := range y.ticks() {
		c.line("grid", x.from, y.at(v), x.to, y.at(v))
		c.text(x.from-8, y.at(v)+4, "faint", "end", figure.Short(v))
	}
	for _, v := range x.ticks() {
		c.line("grid", x.at(v), top, x.at(v), base)
		c.text(x.at(v), base+18, "faint", "middle", figure.Short(v))
	}
	c.line("axis", x.from, base, x.to, base)
	c.text((x.from+x.to)/2, base+36, "text", "middle", l.X.Label)
	c.put(`<text class="text" transform="translate(18 %s) rotate(-90)" text-anchor="middle">%s</text>`, px((top+base)/2), html.EscapeString(l.Y.Label))
}

// names writes the series' names at the right, each near the end of its line.
func (l *Lines) names(c *canvas, series []Series, x, y scale, base float64) {
	order := make([]int, len(series))
	for i := range order {
		order[i] = i
	}
	end := func(i int) Point { return series[i].Points[len(series[i].Points)-1] }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(y.at(end(a).Y), y.at(end(b).Y)) })
	at := make([]float64, len(order))
	for n, i := range order {
		at[n] = y.at(end(i).Y)
		if n > 0 {
			at[n] = max(at[n], at[n-1]+between)
		}
	}
	lowest := base
	for n := len(at) - 1; n >= 0; n-- {
		at[n] = min(at[n], lowest)
		lowest = at[n] - between
	}
	for n, i := range order {
		p := end(i)
		c.line(fmt.Sprintf("guide s%d", i%colours), x.at(p.X)+6, y.at(p.Y), x.to+22, at[n])
		c.text(x.to+26, at[n]+4, fmt.Sprintf("f%d", i%colours), "start", series[i].Name)
	}
}

// scale is a logarithmic axis.
type scale struct{ least, most, from, to float64 }

// decades returns the scale that goes to figures of one digit.
func decades(least, most, from, to float64) scale {
	down := math.Pow(10, math.Floor(math.Log10(least)))
	up := math.Pow(10, math.Ceil(math.Log10(most)))
	for _, f := range []float64{5, 2} {
		if down*f <= least {
			down *= f
			break
		}
	}
	for _, f := range []float64{0.2, 0.5} {
		if up*f >= most {
			up *= f
			break
		}
	}
	if up <= down {
		up = 10 * down
	}
	return scale{down, up, from, to}
}

func (s scale) at(v float64) float64 {
	if s.most <= s.least {
		return (s.from + s.to) / 2
	}
	return s.from + (s.to-s.from)*math.Log(v/s.least)/math.Log(s.most/s.least)
}

// ticks returns the powers of ten, and steps between where these are few.
func (s scale) ticks() []float64 {
	steps := []float64{1}
	if s.most/s.least < 500 {
		steps = []float64{1, 2, 5}
	}
	var out []float64
	for e := math.Floor(math.Log10(s.least)); e <= math.Ceil(math.Log10(s.most)); e++ {
		for _, f := range steps {
			if v := f * math.Pow(10, e); v >= s.least*0.999 && v <= s.most*1.001 {
				out = append(out, v)
			}
		}
	}
	return out
}
