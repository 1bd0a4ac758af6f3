// Package final reads the finished results of bounded queries from the result
// store and prints them. Its main noun is the [Row], the contract of
// `millrace run --format json`.
//
// It does not wait for anything: the caller knows that the results are final.
//
//	rows, err := final.Read(ctx, results.NewReader(rdb), query)
//	err = final.JSON(os.Stdout, rows)
package final

import (
	"context"
	"fmt"
	"sort"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/results"
)

// Row is one row of a query's final result. As JSON it is one line:
// {"query":"q1","key":[…],"row":{…}}, with "window":{"start":…,"end":…} (ms
// since 1970) where there is one.
type Row struct {
	Query  string          `json:"query"`
	Key    json.RawMessage `json:"key"`
	Row    json.RawMessage `json:"row"`
	Window *results.Window `json:"window,omitempty"`
}

// Read returns all rows of a finished query in a fixed order: by window; ranked
// rows in their order, others by group key; a row log's rows by their text, as
// their arrival means nothing across partitions.
func Read(ctx context.Context, r *results.Reader, q *merge.Query) ([]Row, error) {
	if q.Rows != nil {
		return readLog(ctx, r, q)
	}
	if q.Table.Window == 0 {
		return readTable(ctx, r, q, results.Window{})
	}
	windows, err := r.Windows(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	var out []Row
	for _, w := range windows {
		rows, err := readTable(ctx, r, q, w)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			rows[i].Window = &results.Window{Start: w.Start, End: w.End}
		}
		out = append(out, rows...)
	}
	return out, nil
}

func readTable(ctx context.Context, r *results.Reader, q *merge.Query, w results.Window) ([]Row, error) {
	if q.Table.K > 0 {
		return readTop(ctx, r, q, w)
	}
	all, err := r.AllRows(ctx, q.ID, w)
	if err != nil {
		return nil, err
	}
	type keyed struct {
		vals []record.Value
		row  Row
	}
	rows := make([]keyed, 0, len(all))
	for key, row := range all {
		vals, err := record.ParseJSONArray([]byte(key), q.Table.Keys)
		if err != nil {
			return nil, fmt.Errorf("query %s: row key %s: %w", q.ID, key, err)
		}
		rows = append(rows, keyed{vals, Row{Query: q.ID, Key: json.RawMessage(key), Row: row}})
	}
	sort.Slice(rows, func(i, j int) bool {
		for k, v := range rows[i].vals {
			if c := record.Compare(v, rows[j].vals[k]); c != 0 {
				return c < 0
			}
		}
		return false
	})
	out := make([]Row, len(rows))
	for i := range rows {
		out[i] = rows[i].row
	}
	return out, nil
}

// page is how many entries of lists and logs are read at a time.
const page = 10_000

func readTop(ctx context.Context, r *results.Reader, q *merge.Query, w results.Window) ([]Row, error) {
	var out []Row
	for {
		elems, err := r.Top(ctx, q.ID, w, int64(len(out)), page)
		if err != nil {
			return nil, err
		}
		for _, e := range elems {
			row := Row{Query: q.ID}
			if err := json.Unmarshal(e, &row); err != nil {
				return nil, fmt.Errorf("query %s: ranked row: %w", q.ID, err)
			}
			row.Query = q.ID
			out = append(out, row)
		}
		if len(elems) < page {
			return out, nil
		}
	}
}

func readLog(ctx context.Context, r *results.Reader, q *merge.Query) ([]Row, error) {
	var out []Row
	after := ""
	for {
		entries, err := r.Log(ctx, q.ID, after, page)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			after = e.ID
			if e.Gap {
				return nil, fmt.Errorf("query %s: its row log has a gap: the result store lost data", q.ID)
			}
			out = append(out, Row{Query: q.ID, Key: json.RawMessage("[]"), Row: e.Row})
		}
		if len(entries) < page {
			break
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return string(out[i].Row) < string(out[j].Row) })
	return out, nil
}
