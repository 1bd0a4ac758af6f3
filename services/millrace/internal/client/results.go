package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/segmentio/encoding/json"
)

// Window is [start, end) in milliseconds since 1970.
type Window struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// Row is one row of a result, or one entry of a log.
type Row struct {
	Window *Window         `json:"window"`
	ID     string          `json:"id"`  // of a log's entry
	Key    json.RawMessage `json:"key"` // the group key, a JSON array; nil in a log
	Row    json.RawMessage `json:"row"` // a JSON object; null where the row left
	Gap    bool            `json:"gap"` // in a log: rows may be missing here
}

// Gone reports whether the row left the result.
func (r *Row) Gone() bool { return len(r.Row) == 0 || string(r.Row) == "null" }

// rank splits an element of an ordered list into its group key and its row. The
// result store has both in one object, and no column of a row holds an object.
func (r *Row) rank() {
	var both map[string]json.RawMessage
	if json.Unmarshal(r.Row, &both) != nil || len(both) != 2 {
		return
	}
	key, row := both["key"], both["row"]
	if len(key) > 0 && key[0] == '[' && len(row) > 0 && row[0] == '{' {
		r.Key, r.Row = key, row
	}
}

// ResultPage is one page of a query's results.
type ResultPage struct {
	ID       string   `json:"id"`
	Epoch    int64    `json:"epoch"`
	State    string   `json:"state"`
	Kind     string   `json:"kind"`
	Windowed bool     `json:"windowed"`
	Columns  []Column `json:"columns"`
	Rows     []Row    `json:"rows"`
	Next     string   `json:"next"`
}

// ResultOptions choose rows.
type ResultOptions struct {
	Window string // START-END in milliseconds, "latest", or "" for all windows
	Tail   bool   // of a log: the newest entries
	Limit  int    // of rows; 0: no limit
}

// pageRows is how many rows one page has at most.
const pageRows = 1000

// Results reads the current rows of a query, up to the limit; more says whether
// there are others. Rows come by window; ranked ones in their order, those of a
// log as they came, others in no order. One that changes meanwhile is read once.
func (c *Client) Results(ctx context.Context, id string, o ResultOptions) (page ResultPage, more bool, err error) {
	if err := checkID(id); err != nil {
		return page, false, err
	}
	values := url.Values{}
	if o.Window != "" {
		values.Set("window", o.Window)
	}
	if o.Tail {
		values.Set("tail", "true")
	}
	all := ResultPage{Epoch: -1}
	seen := map[string]int{}
	for {
		limit := pageRows
		if o.Limit > 0 {
			limit = min(pageRows, o.Limit-len(all.Rows))
		}
		values.Set("limit", strconv.Itoa(limit))
		var page ResultPage
		if err := c.do(ctx, call{method: http.MethodGet, path: queriesPath + "/" + id + "/results", query: values, into: &page}); err != nil {
			return page, false, err
		}
		if all.Epoch >= 0 && page.Epoch != all.Epoch {
			return page, false, fmt.Errorf("query %s was replaced while its rows were read: try again", id)
		}
		rows := all.Rows
		all = page
		all.Rows = add(rows, page, seen)
		switch {
		case page.Next == "" || o.Tail:
			return cut(all, o.Limit, false)
		case o.Limit > 0 && len(all.Rows) >= o.Limit:
			return cut(all, o.Limit, true)
		}
		values.Set("after", page.Next)
	}
}

// add appends a page's rows; one that came before takes its old place.
func add(rows []Row, page ResultPage, seen map[string]int) []Row {
	for _, r := range page.Rows {
		switch page.Kind {
		case KindTop:
			r.rank()
		case KindRows:
			key := string(r.Key)
			if r.Window != nil {
				key = fmt.Sprintf("%d-%d%s", r.Window.Start, r.Window.End, key)
			}
			if at, ok := seen[key]; ok {
				rows[at] = r
				continue
			}
			seen[key] = len(rows)
		}
		rows = append(rows, r)
	}
	return rows
}

func cut(page ResultPage, limit int, more bool) (ResultPage, bool, error) {
	if limit > 0 && len(page.Rows) > limit {
		page.Rows, more = page.Rows[:limit], true
	}
	return page, more, nil
}

// MostTail is how many of the newest entries of a log can be had.
const MostTail = pageRows

// Windows returns the windows of a query that have rows, by start.
func (c *Client) Windows(ctx context.Context, id string) ([]Window, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	var answer struct {
		Windows []Window `json:"windows"`
	}
	err := c.do(ctx, call{method: http.MethodGet, path: queriesPath + "/" + id + "/windows", into: &answer})
	return answer.Windows, err
}
