package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// resultPage is one page of a query's results.
type resultPage struct {
	ID       string             `json:"id"`
	Epoch    int64              `json:"epoch"`
	State    string             `json:"state"`
	Kind     directory.Kind     `json:"kind,omitempty"` // "": the query is not registered yet
	Windowed bool               `json:"windowed,omitempty"`
	Columns  []directory.Column `json:"columns,omitempty"`
	Rows     []item             `json:"rows"`
	Next     string             `json:"next,omitempty"`
}

// item is one row of a page, or of an event.
type item struct {
	Window *results.Window `json:"window,omitempty"`
	ID     string          `json:"id,omitempty"`  // of a log entry
	Key    json.RawMessage `json:"key,omitempty"` // of a group
	Row    json.RawMessage `json:"row,omitempty"`
	Gap    bool            `json:"gap,omitempty"` // in a log: rows may be missing here
}

func (a *API) results(w http.ResponseWriter, r *http.Request) error {
	values := r.URL.Query()
	if err := onlyParameters(values, "window", "after", "limit", "tail"); err != nil {
		return err
	}
	q, err := a.known(r)
	if err != nil {
		return err
	}
	limit, err := pageLimit(values)
	if err != nil {
		return err
	}
	p := resultPage{ID: q.ID, Epoch: q.Epoch, State: q.State, Kind: q.Kind, Windowed: q.Windowed, Columns: q.Columns, Rows: []item{}}
	before, err := a.written(r.Context(), q)
	if err != nil {
		return err
	}
	switch q.Kind {
	case directory.KindLog:
		err = a.logPage(r.Context(), &p, values, limit)
	default:
		err = a.tablePage(r.Context(), &p, values, limit)
	}
	if err != nil {
		return err
	}
	after, err := a.written(r.Context(), q)
	if err != nil {
		return err
	}
	if !before || !after {
		p.Rows, p.Next = []item{}, ""
	}
	a.answer(w, r, http.StatusOK, p)
	return nil
}

// written reports whether what Redis has under the query's keys is of the query as
// it is registered: just after a replacement it is still the one before. What a
// query had that has ended since stays its result.
func (a *API) written(ctx context.Context, q directory.Query) (bool, error) {
	epochs, err := a.cfg.Results.Epochs(ctx, []string{q.ID})
	if err != nil {
		return false, err
	}
	epoch, known := epochs[q.ID]
	return known && (epoch == q.Epoch || q.Ended() && epoch < q.Epoch), nil
}

func (a *API) logPage(ctx context.Context, p *resultPage, values url.Values, limit int) error {
	if values.Has("window") {
		return badRequestError("window: this query returns rows, it has no windows")
	}
	var entries []results.LogEntry
	var err error
	after := values.Get("after")
	switch {
	case values.Has("tail"):
		if values.Get("tail") != "true" || after != "" {
			return badRequestError("tail=true gives the newest rows; it does not go with after")
		}
		entries, err = a.cfg.Results.LogTail(ctx, p.ID, int64(limit))
	default:
		if after != "" && !logID(after) {
			return badRequestError(fmt.Sprintf("after: %.40q is not what a page had as next", after))
		}
		entries, err = a.cfg.Results.Log(ctx, p.ID, after, int64(limit))
	}
	if err != nil {
		return err
	}
	p.Rows = logItems(entries)
	if len(entries) == limit {
		p.Next = entries[limit-1].ID
	}
	return nil
}

func logID(s string) bool {
	a, b, ok := strings.Cut(s, "-")
	_, err1 := strconv.ParseUint(a, 10, 64)
	_, err2 := strconv.ParseUint(b, 10, 64)
	return ok && err1 == nil && err2 == nil
}

func logItems(entries []results.LogEntry) []item {
	items := make([]item, len(entries))
	for i, e := range entries {
		items[i] = item{ID: e.ID, Row: e.Row, Gap: e.Gap}
	}
	return items
}

func rowItem(w results.Window, r results.Row) item {
	i := item{Key: json.RawMessage(r.Key), Row: r.Value}
	if !w.IsZero() {
		i.Window = &w
	}
	return i
}

// topItem reads an element of an ordered list.
func topItem(elem json.RawMessage) (item, error) {
	var i item
	err := json.Unmarshal(elem, &i)
	return i, err
}

// tablePage reads rows or ordered lists, window by window where there are
// windows. A cursor is WINDOW:POSITION.
func (a *API) tablePage(ctx context.Context, p *resultPage, values url.Values, limit int) error {
	if values.Has("tail") {
		return badRequestError("tail: only logs have one")
	}
	windows, only := []results.Window{{}}, false
	if p.Windowed {
		var err error
		if windows, only, err = a.chosenWindows(ctx, p.ID, values); err != nil {
			return err
		}
	} else if values.Has("window") {
		return badRequestError("window: this query has no windows")
	}
	c, err := parseCursor(values.Get("after"))
	if err != nil {
		return err
	}
	for i, w := range windows {
		if c.window != nil && w.Start < c.window.Start {
			continue
		}
		at := uint64(0)
		if c.window != nil && w == *c.window {
			at = c.at
		}
		for {
			next, err := a.window(ctx, p, w, at, limit-len(p.Rows))
			if err != nil {
				return err
			}
			if at = next; at == 0 || len(p.Rows) >= limit {
				break
			}
		}
		if at != 0 {
			p.Next = cursor{&w, at}.String()
			return nil
		}
		if len(p.Rows) >= limit && i+1 < len(windows) && !only {
			p.Next = cursor{&windows[i+1], 0}.String()
			return nil
		}
	}
	return nil
}

// window appends about limit rows of a window and returns where to go on, 0 at
// the end.
func (a *API) window(ctx context.Context, p *resultPage, w results.Window, at uint64, limit int) (uint64, error) {
	if p.Kind == directory.KindTop {
		rows, err := a.cfg.Results.Top(ctx, p.ID, w, int64(at), int64(limit)+1)
		if err != nil {
			return 0, err
		}
		more := len(rows) > limit
		for _, r := range rows[:min(len(rows), limit)] {
			i, err := topItem(r)
			if err != nil {
				return 0, fmt.Errorf("ordered list of query %s: %w", p.ID, err)
			}
			if !w.IsZero() {
				i.Window = &w
			}
			p.Rows = append(p.Rows, i)
		}
		if more {
			return at + uint64(limit), nil
		}
		return 0, nil
	}
	rows, next, err := a.cfg.Results.Rows(ctx, p.ID, w, at, int64(limit))
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		p.Rows = append(p.Rows, rowItem(w, r))
	}
	return next, nil
}

// chosenWindows returns the windows that there are, or the one asked for.
func (a *API) chosenWindows(ctx context.Context, id string, values url.Values) (windows []results.Window, only bool, err error) {
	if !values.Has("window") {
		windows, err = a.cfg.Results.Windows(ctx, id)
		return windows, false, err
	}
	if values.Get("window") == "latest" {
		windows, err = a.cfg.Results.Windows(ctx, id)
		return windows[max(0, len(windows)-1):], true, err
	}
	w, err := results.ParseWindow(values.Get("window"))
	if err != nil {
		return nil, true, badRequestError("window: expected START-END in milliseconds, or latest")
	}
	return []results.Window{w}, true, nil
}

type cursor struct {
	window *results.Window // nil: the beginning
	at     uint64
}

// String writes the cursor as next has it.
func (c cursor) String() string { return c.window.String() + ":" + strconv.FormatUint(c.at, 10) }

func parseCursor(s string) (cursor, error) {
	if s == "" {
		return cursor{}, nil
	}
	bad := badRequestError(fmt.Sprintf("after: %.60q is not what a page had as next", s))
	window, at, _ := strings.Cut(s, ":")
	n, err := strconv.ParseUint(at, 10, 64)
	if err != nil {
		return cursor{}, bad
	}
	if window == (results.Window{}).String() {
		return cursor{&results.Window{}, n}, nil
	}
	w, err := results.ParseWindow(window)
	if err != nil {
		return cursor{}, bad
	}
	return cursor{&w, n}, nil
}

func (a *API) windows(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	q, err := a.known(r)
	if err != nil {
		return err
	}
	windows, err := a.cfg.Results.Windows(r.Context(), q.ID)
	if err != nil {
		return err
	}
	written, err := a.written(r.Context(), q)
	if err != nil {
		return err
	}
	if windows == nil || !written {
		windows = []results.Window{}
	}
	a.answer(w, r, http.StatusOK, struct {
		ID      string           `json:"id"`
		Epoch   int64            `json:"epoch"`
		Windows []results.Window `json:"windows"`
	}{q.ID, q.Epoch, windows})
	return nil
}
