// Package table lays text out in columns for people. It measures what a terminal
// shows, not bytes or code points, and shows nothing that could steer one.
//
//	err := table.Write(os.Stdout, []string{"lang", "n"}, [][]string{{"日本語", "3"}})
package table

import (
	"bufio"
	"io"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/sql/ast"
)

// Widest is how many columns of a terminal a cell has at most.
const Widest = 60

const gap = "  "

// Write prints the rows below a head and a rule.
func Write(w io.Writer, head []string, rows [][]string) error {
	out := bufio.NewWriter(w)
	for _, line := range Lines(head, rows) {
		_, _ = out.WriteString(line + "\n")
	}
	return out.Flush()
}

// Lines returns the lines of a table: the head, a rule, the rows. Cells become
// one line of at most [Widest].
func Lines(head []string, rows [][]string) []string {
	all := make([][]string, 0, len(rows)+2)
	all = append(all, clean(head))
	rule := make([]string, len(head))
	for i, cell := range all[0] {
		rule[i] = strings.Repeat("-", uniseg.StringWidth(cell))
	}
	all = append(all, rule)
	for _, r := range rows {
		all = append(all, clean(r))
	}
	widths := make([]int, len(head))
	for _, cells := range all {
		for i, cell := range cells[:min(len(cells), len(widths))] {
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	lines := make([]string, len(all))
	for n, cells := range all {
		var b strings.Builder
		for i, cell := range cells {
			b.WriteString(cell)
			if i < len(cells)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)) + gap)
			}
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
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

// Cell shows a JSON value: text bare, null as nothing, others as they are.
func Cell(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}
