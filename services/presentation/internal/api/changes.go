package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/millrace/millrace/libs/results"
)

// changes streams a query's state and changes as server-sent events.
func (a *API) changes(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query(), "last-event-id"); err != nil {
		return err
	}
	q, err := a.known(r)
	if err != nil {
		return err
	}
	from, err := resumeFrom(r)
	if err != nil {
		return err
	}
	s, ctx, done, err := a.openStream(w, r)
	if err != nil {
		return err
	}
	defer done()
	feed := a.cfg.Results.Subscribe(q.ID, from)
	defer feed.Close()

	s.id = q.ID
	if from != nil {
		s.told, s.alive = from.Epoch, true
	}
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
		return nil, badRequestError("Last-Event-ID: " + err.Error())
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
			if err := a.cfg.Results.Watch(ctx, s.id, watched.Add(watchTime)); err != nil {
				a.cfg.Log.Debug("watching is not noted", "query", s.id, "error", err)
			}
		}
		timed, cancel := context.WithTimeout(ctx, heartbeat)
		e, err := feed.Next(timed)
		cancel()
		switch {
		case err == nil:
			if s.event(ctx, e) != nil {
				return
			}
		case ctx.Err() != nil:
			return
		case errors.Is(err, context.DeadlineExceeded):
			if s.send(": still here\n\n") != nil {
				return
			}
		default:
			a.cfg.Log.Debug("changes cannot be read", "query", s.id, "error", err)
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
