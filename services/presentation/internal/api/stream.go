package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// directoryTime is how long a begin waits for the directory to know what Redis
// knows already.
const directoryTime = 5 * time.Second

// stream writes events. A client that does not take one within writeTime is cut
// off: it may come back and resume.
type stream struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	id  string
	dir *directory.Directory

	told  int64 // epoch of what the client was told of, -1: none
	alive bool  // the client was not told that it is dropped
}

func (s *stream) send(text string) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(writeTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.rc.Flush()
}

// rowsEvent is the data of rows, top and log; an element of a list is written as
// it is, {"key":[…],"row":{…}}.
type rowsEvent struct {
	Window *results.Window `json:"window,omitempty"`
	Rows   any             `json:"rows"`
}

// epochEvent is the data of ready and dropped.
type epochEvent struct {
	Epoch int64 `json:"epoch"`
}

// beginEvent is the data of begin.
type beginEvent struct {
	ID       string             `json:"id"`
	Epoch    int64              `json:"epoch"`
	State    string             `json:"state,omitempty"`
	Kind     directory.Kind     `json:"kind,omitempty"`
	Columns  []directory.Column `json:"columns,omitempty"`
	Counters map[string]int64   `json:"counters,omitempty"`
}

func (s *stream) event(ctx context.Context, e results.Event) error {
	switch e := e.(type) {
	case results.Begin:
		return s.begin(ctx, &e)
	case results.RowsChanged:
		return s.named("rows", "", rowsEvent{window(e.Window), e.Rows})
	case results.TopChanged:
		return s.named("top", "", rowsEvent{window(e.Window), e.Rows})
	case results.LogGrew:
		return s.named("log", "", rowsEvent{Rows: logItems(e.Entries)})
	case results.WindowGone:
		return s.named("window-gone", "", struct {
			Window results.Window `json:"window"`
		}{e.Window})
	case results.FactsChanged:
		return s.named("facts", "", e.Fields)
	case results.Ready:
		return s.named("ready", e.Position.String(), epochEvent{e.Position.Epoch})
	case results.Dropped:
		return s.dropped(e.Epoch)
	default:
		return nil
	}
}

func (s *stream) dropped(epoch int64) error {
	if !s.alive {
		return nil
	}
	s.told, s.alive = epoch, false
	return s.named("dropped", "", epochEvent{epoch})
}

// begin tells what the state that follows is of. Redis may be ahead of the
// directory, which has the columns, and whose registry tells of a drop that
// messages did not.
func (s *stream) begin(ctx context.Context, e *results.Begin) error {
	timed, cancel := context.WithTimeout(ctx, directoryTime)
	s.dir.Await(timed, s.id, e.Epoch)
	cancel()
	if at := s.dir.Dropped(s.id); s.told < at && at < e.Epoch {
		if err := s.dropped(at); err != nil {
			return err
		}
	}
	b := beginEvent{ID: s.id, Epoch: e.Epoch, State: e.Facts.Fields[results.FieldStatus], Counters: e.Facts.Counters}
	q, known := s.dir.Get(s.id)
	switch {
	case known && (q.Epoch == e.Epoch || e.Epoch < 0):
		b.Kind, b.Columns = q.Kind, q.Columns
	case e.Facts.Epoch() == e.Epoch: // replaced since, or the directory cannot be filled
		if json.Unmarshal([]byte(e.Facts.Fields[results.FieldColumns]), &b.Columns) != nil {
			b.Columns = nil
		}
	}
	s.told, s.alive = e.Epoch, b.State != results.StatusDropped
	return s.named("begin", "", b)
}

func window(w results.Window) *results.Window {
	if w.IsZero() {
		return nil
	}
	return &w
}

func (s *stream) named(name, id string, data any) error {
	body := []byte("event: " + name + "\n")
	if id != "" {
		body = append(body, "id: "+id+"\n"...)
	}
	body, err := json.Append(append(body, "data: "...), data, json.SortMapKeys)
	if err != nil {
		return err
	}
	return s.send(string(append(body, "\n\n"...)))
}
