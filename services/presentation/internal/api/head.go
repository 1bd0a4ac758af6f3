package api

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// headLength is how many rows of a result an overview shows.
const headLength = 3

// begin takes a head over.
func (i *Item) begin(h *results.Head) error {
	i.Rows, i.Window, i.By = h.Length, window(h.Window), ""
	i.Head = []item{}
	switch i.Kind {
	case directory.KindTop:
		for _, elem := range h.Top {
			row, err := topItem(elem)
			if err != nil {
				return err
			}
			i.Head = append(i.Head, row)
		}
	case directory.KindLog:
		i.Head = logItems(h.Entries)
	default:
		i.Head, i.By = leading(h.Rows, i.Columns)
	}
	return nil
}

// leading returns the rows whose number is the greatest, in the first column of
// numbers that is no part of the key, and that column's name; without one the
// first rows by key.
func leading(rows []results.Row, columns []directory.Column) (head []item, by string) {
	type ranked struct {
		*results.Row
		number float64
	}
	all := make([]ranked, len(rows))
	fields := make([]map[string]json.RawMessage, len(rows))
	for i := range rows {
		all[i].Row = &rows[i]
		if json.Unmarshal(rows[i].Value, &fields[i]) != nil {
			fields[i] = nil
		}
	}
	if by = measure(rows, fields, columns); by != "" {
		for i := range all {
			n, err := strconv.ParseFloat(string(fields[i][by]), 64)
			if err != nil {
				n = -1e308 // null is last
			}
			all[i].number = n
		}
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		return cmp.Or(cmp.Compare(b.number, a.number), cmp.Compare(a.Key, b.Key)) < 0
	})
	head = []item{}
	for _, r := range all[:min(len(all), headLength)] {
		head = append(head, item{Key: json.RawMessage(r.Key), Row: r.Value})
	}
	return head, by
}

// measure returns the first column of numbers that is no part of the key, "" if
// there is none. Rows do not say which columns are keys: a column that has the
// same text as a part of the key in every one of some rows is taken for one.
func measure(rows []results.Row, fields []map[string]json.RawMessage, columns []directory.Column) string {
	const look = 8
	for _, c := range columns {
		if c.Type != "BIGINT" && c.Type != "DOUBLE" {
			continue
		}
		for i := range rows[:min(len(rows), look)] {
			var key []json.RawMessage
			if json.Unmarshal([]byte(rows[i].Key), &key) != nil {
				continue
			}
			if !slices.ContainsFunc(key, func(part json.RawMessage) bool { return bytes.Equal(part, fields[i][c.Name]) }) {
				return c.Name
			}
		}
	}
	return ""
}

// count takes the counters over.
func (l *Live) count(f *results.Facts) {
	l.Matched, l.Late, l.Errors, l.Mismatches = f.Counters["matched"], f.Counters["late"], f.Counters["errors"], f.Counters["mismatches"]
	l.Passed, l.Updated = nil, nil
	if n, known := f.Passed(); known {
		l.Passed = &n
	}
	if at, known := f.Updated(); known {
		l.Updated = &at
	}
}

// heads reads the heads of the items that changed, up to headRows rows.
func (o *overview) heads(ctx context.Context, items []Item, stale []int, facts map[string]results.Facts) error {
	rows := 0
	o.round++
	for some := range slices.Chunk(stale, headChunk) {
		if rows > headRows {
			return nil
		}
		of := make([]results.HeadOf, len(some))
		for j, i := range some {
			of[j] = results.HeadOf{ID: items[i].ID, Shape: shape(items[i].Kind), Windowed: items[i].Windowed}
		}
		heads, err := o.api.cfg.Results.Heads(ctx, of)
		if err != nil {
			return err
		}
		for j, i := range some {
			rows += len(heads[j].Rows)
			if err := items[i].begin(&heads[j]); err != nil {
				return fmt.Errorf("head of query %s: %w", items[i].ID, err)
			}
			o.marks[items[i].ID] = marked{items[i].Epoch, facts[items[i].ID].Changed, o.round}
		}
	}
	return nil
}

func shape(k directory.Kind) results.Shape {
	switch k {
	case directory.KindTop:
		return results.ShapeTop
	case directory.KindLog:
		return results.ShapeLog
	default:
		return results.ShapeRows
	}
}
