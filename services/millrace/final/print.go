package final

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/services/millrace/internal/table"
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

// CSV prints rows of queries one after another, below a header. Where there are
// several queries the first column, query, has their ids, and a header stands
// before each query whose columns are not those of the one before. NULL is
// nothing at all, the empty text is "".
type CSV struct {
	Several bool

	head string // the last that was printed
}

// Write prints one query's rows.
func (c *CSV) Write(w io.Writer, q *merge.Query, rows []Row) error {
	head, cells, err := grid(q, rows)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	var line []byte
	if c.Several {
		line = append(line, "query,"...)
	}
	for i, name := range head {
		line = csvField(line, i, name)
	}
	if line = append(line, '\n'); string(line) != c.head {
		c.head = string(line)
		_, _ = out.Write(line)
	}
	for _, values := range cells {
		line = line[:0]
		if c.Several {
			line = append(csvField(line, 0, q.ID), ',')
		}
		for i, v := range values {
			switch text := plain(v); {
			case string(v) == "null" || len(v) == 0:
				line = csvField(line, i, "")
			case text == "":
				line = append(csvField(line, i, ""), '"', '"')
			default:
				line = csvField(line, i, text)
			}
		}
		_, _ = out.Write(append(line, '\n'))
	}
	return out.Flush()
}

// csvField appends the field with number i, in quotes where it needs them.
func csvField(line []byte, i int, text string) []byte {
	if i > 0 {
		line = append(line, ',')
	}
	if !strings.ContainsAny(text, ",\"\r\n") && strings.TrimSpace(text) == text {
		return append(line, text...)
	}
	line = append(line, '"')
	line = append(line, strings.ReplaceAll(text, `"`, `""`)...)
	return append(line, '"')
}

// plain is a JSON value: text bare, others as they are.
func plain(b json.RawMessage) string {
	var s string
	if json.Unmarshal(b, &s) == nil {
		return s
	}
	return string(b)
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
		line := make([]string, len(c))
		for i := range c {
			line[i] = shorten(table.Cell(c[i]))
		}
		fmt.Fprintln(out, strings.Join(line, "\t"))
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

// grid lays rows out in columns: the window where there is one and no column
// names it, then the query's columns.
func grid(q *merge.Query, rows []Row) (head []string, cells [][]json.RawMessage, err error) {
	windowed := q.Table != nil && q.Table.Window > 0
	for _, c := range q.Info.Columns {
		windowed = windowed && c.Name != table.WindowStart
		head = append(head, c.Name)
	}
	if windowed {
		head = append([]string{"window"}, head...)
	}
	for i := range rows {
		var line []json.RawMessage
		if windowed {
			start := time.UnixMilli(rows[i].Window.Start).UTC().Format("2006-01-02T15:04:05.000Z")
			line = append(line, json.RawMessage(strconv.Quote(start)))
		}
		var obj map[string]json.RawMessage
		if err := json.Unmarshal(rows[i].Row, &obj); err != nil {
			return nil, nil, fmt.Errorf("row of query %s: %w", q.ID, err)
		}
		for _, c := range q.Info.Columns {
			line = append(line, obj[c.Name])
		}
		cells = append(cells, line)
	}
	return head, cells, nil
}
