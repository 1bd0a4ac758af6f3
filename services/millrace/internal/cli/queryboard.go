package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/services/millrace/internal/client"
	"github.com/millrace/millrace/services/millrace/internal/table"
)

// board is a query's result as watched: what a screen shows a part of.
type board struct {
	query   client.Query
	state   string
	note    string // about the connection
	rows    map[client.Window]map[string]client.Row
	tops    map[client.Window][]client.Row
	log     []client.Row // the newest
	entries int64        // of the log, since the last begin
	whole   bool         // all of the state is there
}

// mostLog is how many entries of a log are kept: no screen is longer.
const mostLog = 500

func (b *board) reset() {
	b.rows, b.tops = map[client.Window]map[string]client.Row{}, map[client.Window][]client.Row{}
	b.log, b.entries, b.whole = nil, 0, false
}

// apply takes an event.
func (b *board) apply(e client.Event) {
	switch e := e.(type) {
	case client.Begin:
		b.reset()
		b.note = ""
		if e.State != "" {
			b.state = e.State
		}
	case client.RowsChanged:
		b.change(window(e.Window), e.Rows)
	case client.TopChanged:
		b.tops[window(e.Window)] = e.Rows
	case client.LogGrew:
		b.entries += int64(len(e.Rows))
		b.log = append(b.log, e.Rows...)
		b.log = slices.Delete(b.log, 0, max(0, len(b.log)-mostLog))
	case client.WindowGone:
		delete(b.rows, e.Window)
		delete(b.tops, e.Window)
	case client.FactsChanged:
		if s := e.Facts["status"]; s != "" {
			b.state = s
		}
	case client.Ready:
		b.whole, b.note = true, ""
	case client.QueryDropped:
		b.state = client.StateDropped
	case client.Interrupted:
		b.note = e.String()
	}
}

func (b *board) change(w client.Window, rows []client.Row) {
	all := b.rows[w]
	if all == nil {
		all = map[string]client.Row{}
		b.rows[w] = all
	}
	for _, r := range rows {
		if r.Gone() {
			delete(all, string(r.Key))
			continue
		}
		all[string(r.Key)] = r
	}
}

func window(w *client.Window) client.Window {
	if w == nil {
		return client.Window{}
	}
	return *w
}

// lines draws the board into so many columns and lines of a terminal; width 0 is
// any.
func (b *board) lines(width, height int) []string {
	rows, total := b.newest(max(height-5, 1))
	title := fmt.Sprintf("%s  %s  %d rows", b.query.ID, b.state, total)
	if total == 1 {
		title = strings.TrimSuffix(title, "s")
	}
	if left := total - int64(len(rows)); left > 0 {
		title += fmt.Sprintf(", %d of them here", len(rows))
	}
	out := []string{title, b.query.SQL, ""}
	if b.note != "" {
		out[2] = b.note
	}
	head, cells := grid(b.query.Columns, b.query.Windowed, rows)
	out = append(out, table.Lines(head, cells, width)...)
	out = out[:min(len(out), height)]
	for i := range out {
		if out[i] = table.Line(out[i]); width > 0 {
			out[i] = table.Fit(out[i], width)
		}
	}
	return out
}

// newest returns up to limit rows, and how many there are: of a log the newest,
// at the bottom; of windows the newest first; others by group key.
func (b *board) newest(limit int) (rows []client.Row, total int64) {
	if len(b.log) > 0 {
		return b.log[max(0, len(b.log)-limit):], b.entries
	}
	windows := map[client.Window]bool{}
	for w, all := range b.rows {
		windows[w] = true
		total += int64(len(all))
	}
	for w, list := range b.tops {
		windows[w] = true
		total += int64(len(list))
	}
	order := make([]client.Window, 0, len(windows))
	for w := range windows {
		order = append(order, w)
	}
	slices.SortFunc(order, func(x, y client.Window) int { return compareWindows(&y, &x) })
	for _, w := range order {
		if len(rows) >= limit {
			break
		}
		rows = append(rows, b.in(w)...)
	}
	return rows[:min(len(rows), limit)], total
}

// in returns the rows of a window in order.
func (b *board) in(w client.Window) []client.Row {
	if list := b.tops[w]; len(list) > 0 {
		return list
	}
	rows := make([]client.Row, 0, len(b.rows[w]))
	for _, r := range b.rows[w] {
		if b.query.Windowed {
			r.Window = &w
		}
		rows = append(rows, r)
	}
	sortRows(rows)
	return rows
}

// frame is the text that draws lines over what is on a terminal. It leaves the
// cursor below them.
func frame(lines []string) string {
	var s strings.Builder
	s.WriteString("\x1b[H")
	for _, l := range lines {
		s.WriteString(l + "\x1b[K\n")
	}
	s.WriteString("\x1b[J")
	return s.String()
}
