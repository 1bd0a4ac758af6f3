package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// element is one of an SVG, with the text that is directly in it.
type element struct {
	name, text string
	attr       map[string]string
}

// elements returns all elements in order.
func elements(svg []byte) ([]*element, error) {
	var all, open []*element
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(token)
			}
		}
	}
}

// number returns an attribute, NaN if it is no number; one that is not there is 0.
func (e *element) number(name string) float64 {
	text, given := e.attr[name]
	if !given {
		return 0
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return x
}

// pathStep is a step of a path as marks have them: one to a point, or relative ones.
var pathStep = regexp.MustCompile(`([MhvlZz])\s*(-?[^\sMhvlz-]*)\s*(-?[^\sMhvlz]*)`)

// corners returns points that the element lies between.
func (e *element) corners() (points [][2]float64) {
	at := func(x, y float64) { points = append(points, [2]float64{x, y}) }
	x, y := e.number("x"), e.number("y")
	number := func(text string) float64 {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return math.NaN()
		}
		return v
	}
	switch e.name {
	case "rect":
		at(x, y)
		at(x+e.number("width"), y+e.number("height"))
	case "line":
		at(e.number("x1"), e.number("y1"))
		at(e.number("x2"), e.number("y2"))
	case "circle":
		r := e.number("r")
		at(e.number("cx")-r, e.number("cy")-r)
		at(e.number("cx")+r, e.number("cy")+r)
	case "polyline":
		for pair := range strings.FieldsSeq(e.attr["points"]) {
			px, py, _ := strings.Cut(pair, ",")
			at(number(px), number(py))
		}
	case "path":
		for _, step := range pathStep.FindAllStringSubmatch(e.attr["d"], -1) {
			switch step[1] {
			case "M":
				x, y = number(step[2]), number(step[3])
			case "h":
				x += number(step[2])
			case "v":
				y += number(step[2])
			case "l":
				x, y = x+number(step[2]), y+number(step[3])
			}
			at(x, y)
		}
	case "text":
		if turned, ok := strings.CutPrefix(e.attr["transform"], "translate("); ok { // and by a quarter
			px, rest, _ := strings.Cut(turned, " ")
			py, _, _ := strings.Cut(rest, ")")
			half := widthOf(e.text) / 2
			at(number(px), number(py)-half)
			at(number(px), number(py)+half)
			break
		}
		before := map[string]float64{"start": 0, "middle": 0.5, "end": 1}[e.attr["text-anchor"]] * widthOf(e.text)
		at(x-before, y-10)
		at(x-before+widthOf(e.text), y)
	}
	return points
}

// problems returns what is wrong with a chart: what is no XML, no number, outside of the
// drawing, without a size or without a text, or on top of another text.
func problems(svg []byte) []string {
	all, err := elements(svg)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	wrong := func(e *element, format string, args ...any) {
		out = append(out, fmt.Sprintf("%s %v %q: ", e.name, e.attr, e.text)+fmt.Sprintf(format, args...))
	}
	root := all[0]
	width, height := root.number("width"), root.number("height")
	if root.name != "svg" || !(width > 0 && height > 0) || root.attr["viewBox"] != fmt.Sprintf("0 0 %s %s", root.attr["width"], root.attr["height"]) {
		wrong(root, "no drawing")
	}
	var texts []*element
	for _, e := range all {
		corners := e.corners()
		for _, p := range corners {
			if !(p[0] >= 0 && p[0] <= width && p[1] >= 0 && p[1] <= height) {
				wrong(e, "%v is not within %v by %v", p, width, height)
			}
		}
		switch e.name {
		case "rect":
			if !(e.number("height") > 0) || !(e.number("width") >= 0) {
				wrong(e, "it has no size")
			}
		case "text":
			if strings.TrimSpace(e.text) == "" {
				wrong(e, "it says nothing")
			}
			for _, o := range texts {
				if over(corners, o.corners()) {
					wrong(e, "it is written over %q", o.text)
				}
			}
			if e.attr["transform"] == "" {
				texts = append(texts, e)
			}
		case "polyline", "path":
			if len(corners) == 0 {
				wrong(e, "it has no point")
			}
		}
	}
	for _, want := range []string{"<title id=", "<desc id=", "prefers-color-scheme:dark"} {
		if !bytes.Contains(svg, []byte(want)) {
			out = append(out, "there is no "+want)
		}
	}
	return out
}

// over reports whether two boxes have room in common.
func over(a, b [][2]float64) bool {
	for axis := range 2 {
		if a[1][axis] <= b[0][axis] || b[1][axis] <= a[0][axis] {
			return false
		}
	}
	return true
}

// Whatever is drawn lies within the drawing, and no text on another.
func TestWellFormed(t *testing.T) {
	for name, draw := range charts() {
		for _, p := range problems(draw()) {
			t.Errorf("%s: %s", name, p)
		}
	}
}

// A chart that is spoilt is found to be.
func TestSpoiltCharts(t *testing.T) {
	for _, test := range []struct{ chart, old, spoilt, problem string }{
		{"point", `</svg>`, ``, "unexpected EOF"},
		{"point", `cx="441.5"`, `cx="NaN"`, "not within"},
		{"point", `cx="441.5"`, `cx="858"`, "not within"},
		{"point", `points="441.5,242.6"`, `points="441.5,-3"`, "not within"},
		{"point", `points="441.5,242.6"`, `points=""`, "no point"},
		{"point", `x2="821"`, `x2="+Inf"`, "not within"},
		{"point", `<text class="f0" x="825"`, `<text class="f0" x="845"`, "not within"},
		{"point", `x="441.5" y="466"`, `x="441.5" y="450"`, "written over"},
		{"point", `>queries<`, `><`, "says nothing"},
		{"point", `translate(18 237)`, `translate(18 7)`, "not within"},
		{"point", `viewBox="0 0 860 480"`, `viewBox="0 0 860 48"`, "no drawing"},
		{"point", `<desc id=`, `<desc name=`, "there is no <desc"},
		{"bars", `height="18"`, `height="0"`, "no size"},
		{"lines", `h8v8h-8z`, `h800v8h-8z`, "not within"},
	} {
		svg := string(charts()[test.chart]())
		if !strings.Contains(svg, test.old) {
			t.Errorf("%s has no %s to spoil", test.chart, test.old)
		}
		found := strings.Join(problems([]byte(strings.Replace(svg, test.old, test.spoilt, 1))), "\n")
		if !strings.Contains(found, test.problem) {
			t.Errorf("%s with %s: found %q, want %s", test.chart, test.spoilt, found, test.problem)
		}
	}
}

// Everything that has a figure is drawn, once, and as long as its figure says.
func TestFiguresAreDrawn(t *testing.T) {
	drawn := map[string][]*element{}
	for name, draw := range charts() {
		all, err := elements(draw())
		if err != nil {
			t.Fatal(err)
		}
		drawn[name] = all
	}
	of := func(chart string, is func(e *element) bool) []*element {
		return slices.DeleteFunc(slices.Clone(drawn[chart]), func(e *element) bool { return !is(e) })
	}
	coloured := func(e *element) bool {
		class := e.attr["class"]
		return (e.name == "rect" || e.name == "circle" || e.name == "path") && class != "ground"
	}
	for chart, want := range map[string]int{
		"lines": 4 + 3 + 2 + 2,          // points above zero
		"bars":  2 + 2,                  // bars, that of nothing too
		"point": 1, "stacks": 5 + 2 + 5, // what colours mean, and parts above nothing
		"empty": 0,
	} {
		if got := len(of(chart, coloured)); got != want {
			t.Errorf("%s: %d figures are drawn, want %d", chart, got, want)
		}
	}
	if got := len(of("lines", func(e *element) bool { return e.name == "polyline" })); got != 4 {
		t.Errorf("%d lines are drawn", got)
	}
	for _, name := range []string{"Millrace", "a closure per query", "near the first", "the goal"} {
		if got := len(of("lines", func(e *element) bool { return e.name == "text" && e.text == name })); got != 1 {
			t.Errorf("%s is named %d times", name, got)
		}
	}
	line := of("lines", func(e *element) bool { return e.name == "polyline" })[0].corners()
	for i := 1; i < len(line); i++ {
		if line[i][0] <= line[i-1][0] || line[i][1] <= line[i-1][1] {
			t.Errorf("a line of more queries and fewer tweets goes by %v", line)
		}
	}
	bars := of("bars", coloured)
	if a, b := bars[1].number("width"), bars[3].number("width"); math.Abs(a/b-60_200.0/55_000) > 0.001 {
		t.Errorf("bars of 60,200 and 55,000 are %v and %v long", a, b)
	}
	parts := of("stacks", coloured)[5:]
	end := func(e *element) float64 { return e.number("x") + e.number("width") }
	if a, b := end(parts[1]), end(parts[6]); math.Abs(a-b) > 1 {
		t.Errorf("totals of 1 end at %v and %v", a, b)
	}
}
