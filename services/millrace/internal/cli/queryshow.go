package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/segmentio/encoding/json"
	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/millrace/internal/client"
	"github.com/millrace/millrace/services/millrace/internal/figure"
	"github.com/millrace/millrace/services/millrace/internal/table"
)

func queryShowCommand() *cobra.Command {
	var (
		where remote
		limit int
		form  string
	)
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show a query and its current rows",
		Long: "Shows what is known of a query, and its current rows. As JSON, the first line is\n" +
			"{\"query\":ID,\"meta\":{…}}, and each other one a row, {\"query\":ID,\"key\":[…],\"row\":{…}}, with its window where\n" +
			"there is one. Of a log, and of windows, the newest come where there are more rows than shown.\n\n" +
			"epoch      the offset of the submission in millrace.queries: a replaced query has a greater one\n" +
			"final to   event time up to which windows are closed: later posts of before then are late, and not counted\n" +
			"counters   matched: posts that passed WHERE; late: posts that came after their window was closed;\n" +
			"           no_time: posts without a time, which belong to no window; mismatches: values that were not of\n" +
			"           their column's type, and count as NULL",
		Args: oneQuery,
	}
	f := daemon.WrapFlags(cmd.Flags())
	f.Int(&limit, "limit", 100, 0, 1_000_000_000, "`NUMBER` of rows, 0 for all; JSON has all unless this is given")
	format(f, &form)
	where.flags(f)
	cmd.RunE = where.with(f, func(cmd *cobra.Command, c *client.Client, args []string) error {
		if form == "json" && !f.Given("limit") {
			limit = 0
		}
		q, err := c.Show(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		page, more, err := currentRows(cmd.Context(), c, &q, limit)
		if err != nil {
			return err
		}
		if form == "json" {
			err = showJSON(cmd.OutOrStdout(), &q, page.Rows)
		} else {
			err = showTable(cmd.OutOrStdout(), &q, &page)
		}
		if more {
			fmt.Fprintf(cmd.ErrOrStderr(), "there are more than these %d rows: --limit 0 shows all\n", len(page.Rows))
		}
		return err
	})
	return cmd
}

// currentRows reads up to limit rows of a query, in order: of a log the newest,
// and of windows those of the newest.
func currentRows(ctx context.Context, c *client.Client, q *client.Query, limit int) (page client.ResultPage, more bool, err error) {
	switch {
	case q.Kind == "" || q.State == client.StateDropped:
		return page, false, nil // it has no rows, or none any more
	case q.Kind == client.KindLog:
		page, more, err = c.Results(ctx, q.ID, client.ResultOptions{Limit: limit, Tail: limit > 0 && limit <= client.MostTail})
	case q.Windowed && limit > 0:
		page, more, err = newestWindows(ctx, c, q.ID, limit)
	default:
		page, more, err = c.Results(ctx, q.ID, client.ResultOptions{Limit: limit})
	}
	if page.Kind == client.KindRows {
		sortRows(page.Rows)
	}
	return page, more, err
}

// newestWindows reads the rows of the newest windows.
func newestWindows(ctx context.Context, c *client.Client, id string, limit int) (all client.ResultPage, more bool, err error) {
	windows, err := c.Windows(ctx, id)
	if err != nil {
		return all, false, err
	}
	for i := len(windows) - 1; i >= 0; i-- {
		left := limit - len(all.Rows)
		if left == 0 {
			return all, true, nil
		}
		w := windows[i]
		page, cut, err := c.Results(ctx, id, client.ResultOptions{Window: fmt.Sprintf("%d-%d", w.Start, w.End), Limit: left})
		if err != nil {
			return all, false, err
		}
		page.Rows = append(page.Rows, all.Rows...)
		if all = page; cut {
			return all, true, nil
		}
	}
	return all, false, nil
}

// shownRow is a row as --format json prints it.
type shownRow struct {
	Event  string          `json:"event,omitempty"`
	Query  string          `json:"query"`
	ID     string          `json:"id,omitempty"` // of a log's entry
	Key    json.RawMessage `json:"key,omitempty"`
	Row    json.RawMessage `json:"row,omitempty"`
	Window *client.Window  `json:"window,omitempty"`
	Gap    bool            `json:"gap,omitempty"` // of a log: rows may be missing here
}

func asShown(query string, r *client.Row) shownRow {
	s := shownRow{Query: query, ID: r.ID, Key: r.Key, Row: r.Row, Window: r.Window, Gap: r.Gap}
	if len(s.Key) == 0 && !r.Gap {
		s.Key = json.RawMessage("[]")
	}
	return s
}

func showJSON(w io.Writer, q *client.Query, rows []client.Row) error {
	out := newPrinter(w)
	err := out.line(struct {
		Query string          `json:"query"`
		Meta  json.RawMessage `json:"meta"`
	}{q.ID, q.Raw})
	for i := range rows {
		if err != nil {
			return err
		}
		err = out.line(asShown(q.ID, &rows[i]))
	}
	return err
}

func showTable(w io.Writer, q *client.Query, page *client.ResultPage) error {
	for _, fact := range facts(q) {
		for i, line := range strings.Split(strings.TrimRight(fact[1], "\n"), "\n") {
			name := fact[0]
			if i > 0 {
				name = ""
			}
			if _, err := fmt.Fprintf(w, "%-10s %s\n", name, table.Line(line)); err != nil {
				return err
			}
		}
	}
	if page.Kind == "" {
		return nil
	}
	fmt.Fprintln(w)
	head, rows := grid(page.Columns, page.Windowed, page.Rows)
	return table.Write(w, head, rows, columnsOf(w))
}

// facts returns what is known of a query, name and value.
func facts(q *client.Query) [][2]string {
	var out [][2]string
	add := func(name, value string) {
		if value != "" {
			out = append(out, [2]string{name, value})
		}
	}
	add("id", q.ID)
	add("state", q.State)
	if q.State == client.StateLive {
		add("missed", wire.Passed(q.Passed))
	} else {
		add("why", q.Message)
	}
	add("epoch", fmt.Sprint(q.Epoch))
	add("owner", q.Owner)
	add("labels", labelText(q.Labels))
	add("submitted", when(q.Submitted))
	add("updated", when(q.Updated))
	if q.AsOf != nil && q.AsOf.Time != nil && q.Windowed {
		at := time.UnixMilli(*q.AsOf.Time)
		add("final to", when(&at))
	}
	var counters []string
	for _, name := range sortedKeys(q.Counters) {
		counters = append(counters, fmt.Sprintf("%s %d", name, q.Counters[name]))
	}
	add("counters", strings.Join(counters, ", "))
	if late := q.Counters["late"]; late > 0 && q.Windowed {
		posts := "posts"
		if late == 1 {
			posts = "post"
		}
		add("late", fmt.Sprintf("%s %s came after their window had closed, and are not counted", figure.Exact(late), posts))
	}
	add("sql", q.SQL)
	if r := q.Rejection; r != nil {
		text := fmt.Sprintf("epoch %d was not accepted: ", r.Epoch)
		if r.Line > 0 {
			text += fmt.Sprintf("%d:%d: ", r.Line, r.Column)
		}
		text += r.Message + "\n" + r.Excerpt
		if r.Hint != "" {
			text = strings.TrimRight(text, "\n") + "\nhint: " + r.Hint
		}
		add("rejection", text)
	}
	return out
}
