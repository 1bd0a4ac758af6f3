package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// changes streams a query's state and changes as server-sent events.
func (a *API) changes(w http.ResponseWriter, r *http.Request) error {
	q, err := a.known(r)
	if err != nil {
		return err
	}
	values := r.URL.Query()
	if err := onlyParameters(values, "last-event-id"); err != nil {
		return err
	}
	from, err := resumeFrom(r)
	if err != nil {
		return err
	}
	if n := a.streams.Add(1); a.cfg.MaxStreams > 0 && n > int64(a.cfg.MaxStreams) {
		a.streams.Add(-1)
		return problem(http.StatusServiceUnavailable, tooManyStreams, "Too many event streams are open", fmt.Sprintf("at most %d; raise --max-streams", a.cfg.MaxStreams))
	}
	defer a.streams.Add(-1)

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		select {
		case <-a.cfg.Done:
			cancel()
		case <-ctx.Done():
		}
	}()
	feed := a.cfg.Results.Subscribe(q.ID, from)
	defer feed.Close()

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	s := &stream{w: w, rc: http.NewResponseController(w), q: q, dir: a.cfg.Directory}
	if err := s.send("retry: 2000\n\n"); err != nil {
		return nil
	}
	a.follow(ctx, s, feed)
	return nil
}

// resumeFrom reads Last-Event-ID, or the parameter for clients that cannot set
// headers.
func resumeFrom(r *http.Request) (*results.Position, error) {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		last = r.URL.Query().Get("last-event-id")
	}
	if last == "" {
		return nil, nil
	}
	p, err := results.ParsePosition(last)
	if err != nil {
		return nil, badRequestf("Last-Event-ID: " + err.Error())
	}
	return &p, nil
}

// follow sends events until the client or the service is done, or the client
// takes none any more. It holds one page and what the feed holds.
func (a *API) follow(ctx context.Context, s *stream, feed *results.Feed) {
	watched := time.Time{}
	for ctx.Err() == nil {
		if time.Since(watched) > watchTime/2 {
			watched = time.Now()
			if err := a.cfg.Results.Watch(ctx, s.q.ID, watched.Add(watchTime)); err != nil {
				a.cfg.Log.Debug("watching is not noted", "query", s.q.ID, "error", err)
			}
		}
		timed, cancel := context.WithTimeout(ctx, heartbeat)
		e, err := feed.Next(timed)
		cancel()
		switch {
		case err == nil:
			err = s.event(e)
			if _, dropped := e.(results.Dropped); dropped || err != nil {
				return
			}
		case ctx.Err() != nil:
			return
		case errors.Is(err, context.DeadlineExceeded):
			if s.send(": still here\n\n") != nil {
				return
			}
		default:
			a.cfg.Log.Debug("changes cannot be read", "query", s.q.ID, "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
			if s.send(": waiting for redis\n\n") != nil {
				return
			}
		}
	}
}

// stream writes events. A client that does not take one within writeTime is cut
// off: it may come back and resume.
type stream struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	q   directory.Query
	dir *directory.Directory
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

func (s *stream) event(e results.Event) error {
	switch e := e.(type) {
	case results.Begin:
		if q, ok := s.dir.Get(s.q.ID); ok {
			s.q = q
		}
		return s.named("begin", "", struct {
			ID       string             `json:"id"`
			Epoch    int64              `json:"epoch"`
			State    string             `json:"state,omitempty"`
			Kind     directory.Kind     `json:"kind,omitempty"`
			Columns  []directory.Column `json:"columns,omitempty"`
			Counters map[string]int64   `json:"counters,omitempty"`
		}{s.q.ID, e.Epoch, e.Facts.Fields[results.FieldStatus], s.q.Kind, s.q.Columns, e.Facts.Counters})
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
		return s.named("ready", e.Position.String(), struct {
			Epoch int64 `json:"epoch"`
		}{e.Position.Epoch})
	case results.Dropped:
		return s.named("dropped", "", struct {
			Epoch int64 `json:"epoch"`
		}{e.Epoch})
	default:
		return nil
	}
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
