package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/daemon"
)

const (
	// silence is after how long without a byte a stream counts as broken; the
	// service sends a comment every 15 seconds.
	silence = 45 * time.Second
	// firstPause and mostPause bound the time before a connection is made anew;
	// the service may ask for a longer first one.
	firstPause = 500 * time.Millisecond
	mostPause  = 15 * time.Second
)

// WatchOptions say how a query is watched. The zero value is for use; the others
// are for tests.
type WatchOptions struct {
	Clock   daemon.Clock  // nil: the computer's
	Silence time.Duration // 0: 45 s
}

// watch is one watched query.
type watch struct {
	c     *Client
	id    string
	o     WatchOptions
	tell  func(Event) error
	retry time.Duration // that the service asked for

	// lastID is where to resume: of the last ready, "" from a begin to its ready,
	// as the state of an earlier ready is forgotten then.
	lastID  string
	lastLog string // the newest log entry told
}

// errWatchEnded says that the service has ended a stream with a drop.
var errWatchEnded = errors.New("the query is gone")

// Watch tells a query's current state and then its changes, until the query is
// dropped (nil), ctx ends, tell returns an error, or the service refuses. A
// connection that cannot be made at first is an error; one that breaks later is
// made anew, and goes on where it was.
func (c *Client) Watch(ctx context.Context, id string, o WatchOptions, tell func(Event) error) error {
	if err := checkID(id); err != nil {
		return err
	}
	if o.Clock == nil {
		o.Clock = daemon.RealClock{}
	}
	if o.Silence == 0 {
		o.Silence = silence
	}
	w := &watch{c: c, id: id, o: o, tell: tell}
	for pause, before := time.Duration(0), false; ; before = true {
		opened, err := w.stream(ctx)
		var stop *stopError
		switch {
		case errors.Is(err, errWatchEnded):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &stop):
			return stop.err
		case !opened && !before, refused(err):
			return err
		case opened:
			if err := tell(Interrupted{err}); err != nil {
				return err
			}
			pause = max(firstPause, min(w.retry, mostPause))
		default:
			pause = min(2*pause, mostPause)
		}
		jitter := time.Duration(rand.Int64N(int64(pause)/4 + 1))
		if err := o.Clock.Sleep(ctx, pause+jitter); err != nil {
			return err
		}
	}
}

// stopError is an error of the one who is told.
type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }
func (e *stopError) Unwrap() error { return e.err }

// refused reports whether trying again cannot help.
func refused(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status/100 == 4
}

// stream tells the events of one connection until it breaks; opened says whether
// there was one.
func (w *watch) stream(ctx context.Context) (opened bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	quiet := time.AfterFunc(w.o.Silence, func() { cancel(fmt.Errorf("nothing came for %s", w.o.Silence)) })
	defer quiet.Stop()
	req, err := w.c.request(ctx, call{method: http.MethodGet, path: queriesPath + "/" + w.id + "/changes"})
	if err != nil {
		return false, &stopError{err}
	}
	req.Header.Set("Accept", "text/event-stream, application/problem+json")
	if w.lastID != "" {
		req.Header.Set("Last-Event-ID", w.lastID)
	}
	resp, err := w.c.http.Do(req)
	if err != nil {
		return false, w.broken(ctx, err)
	}
	defer resp.Body.Close()
	if err := w.open(resp); err != nil {
		return false, err
	}
	in := newEvents(resp.Body, func() { quiet.Reset(w.o.Silence) })
	for {
		m, err := in.next()
		if in.retry > 0 {
			w.retry = in.retry
		}
		if err != nil {
			return true, w.broken(ctx, err)
		}
		if err := w.take(&m, in.lastID); err != nil {
			return true, err
		}
	}
}

// open looks at the beginning of an answer.
func (w *watch) open(resp *http.Response) error {
	if resp.StatusCode == http.StatusOK && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	err := w.c.check(resp, text, "text/event-stream")
	if resp.StatusCode == http.StatusBadRequest && w.lastID != "" {
		w.lastID = "" // another version's, perhaps: the state will come anew
		return errors.New("the service does not know the last event's id")
	}
	var p *Problem
	if !errors.As(err, &p) && resp.StatusCode/100 != 5 {
		return &stopError{err}
	}
	return err
}

// broken says why a stream ended.
func (w *watch) broken(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if errors.Is(err, errLargeEvent) {
		return &stopError{err}
	}
	return &UnreachableError{Server: w.c.server, Err: err}
}

// take tells one event.
func (w *watch) take(m *message, lastID string) error {
	e, err := m.parse()
	if err != nil {
		return &stopError{err}
	}
	switch b := e.(type) {
	case nil:
		return nil
	case Begin:
		w.lastID, w.lastLog = "", ""
		if b.State == StateDropped { // what remains of it goes
			e = QueryDropped{Epoch: b.Epoch}
		}
	case Ready:
		w.lastID = lastID
	case LogGrew:
		if err := w.grew(b); err != nil {
			return &stopError{err}
		}
		return nil
	}
	if err := w.tell(e); err != nil {
		return &stopError{err}
	}
	if _, gone := e.(QueryDropped); gone {
		return errWatchEnded
	}
	return nil
}

// grew tells the entries that were not told before the connection broke.
func (w *watch) grew(e LogGrew) error {
	for len(e.Rows) > 0 && !after(e.Rows[0].ID, w.lastLog) {
		e.Rows = e.Rows[1:]
	}
	if len(e.Rows) == 0 {
		return nil
	}
	w.lastLog = e.Rows[len(e.Rows)-1].ID
	return w.tell(e)
}

// after compares ids of log entries; "" is before all.
func after(a, b string) bool {
	if b == "" {
		return true
	}
	a1, a2 := logID(a)
	b1, b2 := logID(b)
	return a1 > b1 || a1 == b1 && a2 > b2
}

func logID(id string) (uint64, uint64) {
	first, second, _ := strings.Cut(id, "-")
	a, _ := strconv.ParseUint(first, 10, 64)
	b, _ := strconv.ParseUint(second, 10, 64)
	return a, b
}
