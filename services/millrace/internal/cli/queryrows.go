package cli

import (
	"bytes"
	"cmp"
	"sort"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/services/millrace/internal/client"
	"github.com/millrace/millrace/services/millrace/internal/table"
)

// grid lays rows out in columns: the window where there is one and no column names
// it, then the query's.
func grid(columns []client.Column, windowed bool, rows []client.Row) (head []string, cells [][]string) {
	for _, c := range columns {
		windowed = windowed && c.Name != table.WindowStart
	}
	if windowed {
		head = append(head, "window")
	}
	for _, c := range columns {
		head = append(head, c.Name)
	}
	for i := range rows {
		cells = append(cells, gridLine(columns, windowed, &rows[i]))
	}
	return head, cells
}

func gridLine(columns []client.Column, windowed bool, r *client.Row) []string {
	var line []string
	if windowed {
		start := ""
		if r.Window != nil {
			start = time.UnixMilli(r.Window.Start).UTC().Format("2006-01-02T15:04:05.000Z")
		}
		line = append(line, start)
	}
	var values map[string]json.RawMessage
	_ = json.Unmarshal(r.Row, &values) // what is no object has no cells
	for i, c := range columns {
		text := table.Cell(values[c.Name])
		if r.Gap && i == 0 {
			text = "(rows may be missing here)"
		}
		line = append(line, text)
	}
	return line
}

// sortRows orders rows by window, then by group key.
func sortRows(rows []client.Row) {
	sort.SliceStable(rows, func(i, j int) bool {
		a, b := &rows[i], &rows[j]
		return cmp.Or(compareWindows(a.Window, b.Window), compareKeys(a.Key, b.Key)) < 0
	})
}

func compareWindows(a, b *client.Window) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
}

// compareKeys orders group keys, which are JSON arrays, as results are ordered
// everywhere: NULL first, then by value.
func compareKeys(a, b json.RawMessage) int {
	if bytes.Equal(a, b) {
		return 0
	}
	x, y := keyValues(a), keyValues(b)
	for i := range min(len(x), len(y)) {
		if c := record.Compare(x[i], y[i]); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), bytes.Compare(a, b))
}

func keyValues(key json.RawMessage) []record.Value {
	d := json.NewDecoder(bytes.NewReader(key))
	d.UseNumber()
	var raw []any
	if d.Decode(&raw) != nil {
		return nil
	}
	values := make([]record.Value, len(raw))
	for i, v := range raw {
		values[i] = keyValue(v)
	}
	return values
}

// keyValue is a value of the nearest type: what JSON does not tell apart sorts
// alike.
func keyValue(v any) record.Value {
	switch v := v.(type) {
	case string:
		return record.Text(v)
	case bool:
		return record.Bool(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return record.Int(n)
		}
		if n, err := v.Float64(); err == nil {
			return record.Float(n)
		}
		return record.Text(v.String())
	case nil:
		return record.NullOf(record.VarcharType)
	default: // an array
		b, _ := json.Marshal(v)
		return record.Text(string(b))
	}
}
