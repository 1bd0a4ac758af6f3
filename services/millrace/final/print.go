package final

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/merge"
)

// JSON prints rows as one JSON object per line.
func JSON(w io.Writer, rows []Row) error {
	out := bufio.NewWriter(w)
	for i := range rows {
		b, err := json.Append(nil, &rows[i], 0) // no HTML escapes: text as it is
		if err != nil {
			return fmt.Errorf("row of query %s: %w", rows[i].Query, err)
		}
		_, _ = out.Write(append(b, '\n'))
	}
	return out.Flush()
}

// CSV prints one query's rows with a header, below a line with the query's id
// if there are several queries.
func CSV(w io.Writer, q *merge.Query, rows []Row) error {
	out := csv.NewWriter(w)
	head, cells, err := grid(q, rows)
	if err != nil {
		return err
	}
	if err := out.Write(head); err != nil {
		return err
	}
	for _, c := range cells {
		if err := out.Write(c); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// widest is how many characters of a cell a table shows.
const widest = 60

// Table prints one query's rows for people.
func Table(w io.Writer, q *merge.Query, rows []Row) error {
	head, cells, err := grid(q, rows)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, strings.Join(head, "\t"))
	for i := range head {
		head[i] = strings.Repeat("-", utf8.RuneCountInString(head[i]))
	}
	fmt.Fprintln(out, strings.Join(head, "\t"))
	for _, c := range cells {
		for i := range c {
			c[i] = shorten(c[i])
		}
		fmt.Fprintln(out, strings.Join(c, "\t"))
	}
	return out.Flush()
}

func shorten(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) <= widest {
		return s
	}
	return string([]rune(s)[:widest-1]) + "…"
}

// grid lays rows out in columns: the window where there is one, then the
// query's columns.
func grid(q *merge.Query, rows []Row) (head []string, cells [][]string, err error) {
	windowed := q.Table != nil && q.Table.Window > 0
	if windowed {
		head = append(head, "window")
	}
	for _, c := range q.Info.Columns {
		head = append(head, c.Name)
	}
	for i := range rows {
		var line []string
		if windowed {
			line = append(line, time.UnixMilli(rows[i].Window.Start).UTC().Format("2006-01-02T15:04:05.000Z"))
		}
		var obj map[string]json.RawMessage
		if err := json.Unmarshal(rows[i].Row, &obj); err != nil {
			return nil, nil, fmt.Errorf("row of query %s: %w", q.ID, err)
		}
		for _, c := range q.Info.Columns {
			line = append(line, cell(obj[c.Name]))
		}
		cells = append(cells, line)
	}
	return head, cells, nil
}

// cell shows a JSON value: strings bare, null as nothing.
func cell(b json.RawMessage) string {
	var s string
	if json.Unmarshal(b, &s) == nil {
		return s
	}
	return string(b)
}
