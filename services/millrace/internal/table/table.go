// Package table lays text out in columns for people. It measures what a terminal
// shows, not bytes or code points, and shows nothing that could steer one.
//
//	err := table.Write(os.Stdout, []string{"lang", "n"}, [][]string{{"日本語", "3"}}, 80)
package table

import (
	"bufio"
	"io"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/millrace/millrace/libs/sql/ast"
)

// Widest is how many columns of a terminal a cell has at most.
const Widest = 60

// narrowest is how many columns of a terminal cells are cut down to at most, to
// make a table fit.
const narrowest = 6

const gap = "  "

// Write prints the rows below a head and a rule, as [Lines] lays them out.
func Write(w io.Writer, head []string, rows [][]string, width int) error {
	out := bufio.NewWriter(w)
	for _, line := range Lines(head, rows, width) {
		_, _ = out.WriteString(line + "\n")
	}
	return out.Flush()
}

// Lines returns the lines of a table: the head, a rule, the rows. Cells become
// one line of at most [Widest]. Where the table would be wider than width columns
// the widest cells are cut first; width 0 is any.
func Lines(head []string, rows [][]string, width int) []string {
	all := make([][]string, 0, len(rows)+1)
	all = append(all, clean(head))
	for _, r := range rows {
		all = append(all, clean(r))
	}
	widths := make([]int, len(head))
	for _, cells := range all {
		for i, cell := range cells[:min(len(cells), len(widths))] {
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	if width > 0 {
		narrow(widths, width)
	}
	lines := make([]string, 0, len(all)+1)
	for n, cells := range all {
		line := layOut(cells, widths)
		if lines = append(lines, line); n == 0 {
			lines = append(lines, layOut(rule(cells, widths), widths))
		}
	}
	if width > 0 {
		for i := range lines {
			lines[i] = Fit(lines[i], width)
		}
	}
	return lines
}

// narrow makes the widest columns narrower until all fit.
func narrow(widths []int, width int) {
	if len(widths) == 0 {
		return
	}
	total := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for total > width {
		widest := 0
		for i, w := range widths {
			if w >= widths[widest] { // of two the later one
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			return
		}
		widths[widest]--
		total--
	}
}

func rule(head []string, widths []int) []string {
	out := make([]string, len(head))
	for i, cell := range head {
		out[i] = strings.Repeat("-", min(uniseg.StringWidth(cell), widths[i]))
	}
	return out
}

func layOut(cells []string, widths []int) string {
	var b strings.Builder
	for i, cell := range cells[:min(len(cells), len(widths))] {
		cell = Fit(cell, widths[i])
		b.WriteString(cell)
		if i < len(cells)-1 {
			b.WriteString(strings.Repeat(" ", max(0, widths[i]-uniseg.StringWidth(cell))) + gap)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

func clean(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = Fit(Line(c), Widest)
	}
	return out
}

// Line makes one line of a text: line breaks and tabs become spaces, and what a
// terminal would not show as itself becomes a dot.
func Line(s string) string {
	return ast.Printable(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return r
	}, s))
}

// Fit cuts a line that is wider than width columns, and marks the cut.
func Fit(s string, width int) string {
	if width < 1 {
		return ""
	}
	if uniseg.StringWidth(s) <= width {
		return s
	}
	end, used := 0, 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if used += g.Width(); used > width-1 {
			break
		}
		_, end = g.Positions()
	}
	return s[:end] + "…"
}
