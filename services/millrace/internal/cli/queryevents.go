package cli

import (
	"fmt"
	"io"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/services/millrace/internal/client"
)

// eventPrinter prints events as JSON, one object per line.
type eventPrinter struct {
	query *client.Query
	out   *printer
	notes io.Writer // for people
}

// eventLine is what events other than row and gap print.
type eventLine struct {
	Event   string            `json:"event"`
	Query   string            `json:"query"`
	Epoch   *int64            `json:"epoch,omitempty"`
	State   string            `json:"state,omitempty"`
	Columns []client.Column   `json:"columns,omitempty"`
	Window  *client.Window    `json:"window,omitempty"`
	Rows    *[]rankedRow      `json:"rows,omitempty"`
	Facts   map[string]string `json:"facts,omitempty"`
}

// rankedRow is a row of an ordered list.
type rankedRow struct {
	Key json.RawMessage `json:"key"`
	Row json.RawMessage `json:"row"`
}

func (p *eventPrinter) meta(q *client.Query) error {
	p.query = q
	return nil
}

func (p *eventPrinter) event(e client.Event) error {
	line := eventLine{Query: p.query.ID}
	switch e := e.(type) {
	case client.Begin:
		line.Event, line.Epoch, line.State, line.Columns = "begin", &e.Epoch, e.State, p.query.Columns
	case client.RowsChanged:
		return p.rows(e.Window, e.Rows)
	case client.LogGrew:
		return p.rows(nil, e.Rows)
	case client.TopChanged:
		rows := make([]rankedRow, len(e.Rows))
		for i := range e.Rows {
			shown := asShown("", &e.Rows[i])
			rows[i] = rankedRow{shown.Key, shown.Row}
		}
		line.Event, line.Window, line.Rows = "top", e.Window, &rows
	case client.WindowGone:
		line.Event, line.Window = "window-gone", &e.Window
	case client.FactsChanged:
		line.Event, line.Facts = "facts", e.Facts
	case client.Ready:
		line.Event, line.Epoch = "ready", &e.Epoch
	case client.QueryDropped:
		line.Event, line.Epoch = "dropped", &e.Epoch
	case client.Interrupted:
		_, err := fmt.Fprintln(p.notes, e)
		return err
	default:
		return fmt.Errorf("unknown event %T", e)
	}
	return p.out.line(line)
}

func (p *eventPrinter) rows(w *client.Window, rows []client.Row) error {
	for i := range rows {
		line := asShown(p.query.ID, &rows[i])
		line.Event, line.Window = "row", w
		if rows[i].Gap {
			line.Event = "gap"
		} else if rows[i].Gone() {
			line.Row = json.RawMessage("null")
		}
		if err := p.out.line(line); err != nil {
			return err
		}
	}
	return nil
}
