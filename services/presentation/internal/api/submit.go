package api

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// submitted is the answer to a submission.
type submitted struct {
	ID       string             `json:"id"`
	Epoch    int64              `json:"epoch"`
	State    string             `json:"state"`
	Message  string             `json:"message,omitempty"` // how the query was read, if that is not plain
	Kind     directory.Kind     `json:"kind,omitempty"`
	Windowed bool               `json:"windowed,omitempty"`
	Columns  []directory.Column `json:"columns,omitempty"`
}

func (a *API) put(w http.ResponseWriter, r *http.Request) error {
	id, err := queryID(r)
	if err != nil {
		return err
	}
	return a.submit(w, r, id)
}

func (a *API) post(w http.ResponseWriter, r *http.Request) error {
	var b [10]byte
	rand.Read(b[:]) // never fails
	id := "q-" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
	return a.submit(w, r, id)
}

func (a *API) submit(w http.ResponseWriter, r *http.Request, id string) error {
	wait, patience, err := waiting(r)
	if err != nil {
		return err
	}
	began := time.Now()
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	sub, q, err := a.check(id, body, (*submission.Checker).Check)
	if err != nil {
		return err
	}
	if q.Name != "" && r.Method == http.MethodPost && wire.ValidID(q.Name) {
		id = q.Name
	}
	if err := q.CheckID(id); err != nil {
		return submissionProblem(http.StatusUnprocessableEntity, err)
	}
	value, err := sub.Marshal()
	if err != nil {
		return badRequestError(err.Error())
	}
	epochs, err := a.write(r.Context(), patience, []Submission{{ID: id, Value: value}})
	if err != nil {
		return err
	}
	answer := submitted{ID: id, Epoch: epochs[0], State: directory.StateSubmitted, Message: q.Note}
	answer.Kind, answer.Windowed, answer.Columns = directory.Describe(q.Output)
	status := http.StatusAccepted
	if wait > 0 {
		live, err := a.awaitLive(r.Context(), id, epochs[0], wait-time.Since(began))
		switch {
		case err != nil:
			return err
		case live:
			status, answer.State = http.StatusOK, string(wire.Live)
		default:
			if q, ok := a.cfg.Directory.Get(id); ok && q.Epoch == epochs[0] {
				answer.State = q.State
			}
		}
	}
	if r.Method == http.MethodPost {
		w.Header().Set("Location", "/v1/queries/"+id)
	}
	a.answer(w, r, status, answer)
	return nil
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, problem(http.StatusRequestEntityTooLarge, tooLarge, "The submission is too large", fmt.Sprintf("at most %d bytes are taken", maxBody))
	case err != nil:
		return nil, badRequestError("the body could not be read: " + err.Error())
	}
	return body, nil
}

// check refuses a body for everything that query-parser would refuse it for, as
// compile says.
func (a *API) check(id string, body []byte, compile func(*submission.Checker, *wire.Submission) (*submission.Query, error)) (*wire.Submission, *submission.Query, error) {
	if text := strings.TrimLeft(string(body), " \t\r\n"); text == "" || text[0] != '{' {
		return nil, nil, badRequestError(`the body must be a JSON object such as {"sql":"SELECT count(*) FROM tweets"}`)
	}
	sub, err := submission.Parse(body)
	if err != nil {
		return nil, nil, submissionProblem(http.StatusBadRequest, err)
	}
	if sub.Kind == wire.SubmitFail {
		return nil, nil, badRequestError("only schedulers ask to stop a query with fail; drop it with DELETE")
	}
	said := sub // what the statement says besides is put into sub, and would be said twice
	c := a.checker()
	q, err := compile(c, &sub)
	if err == nil {
		err = c.Fits(id, &sub, q)
	}
	if err != nil {
		return nil, nil, a.refused(err)
	}
	return &said, q, nil
}

// write submits and notes the ids, so that they are known at once.
func (a *API) write(ctx context.Context, patience time.Duration, subs []Submission) ([]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	epochs, err := a.cfg.Submit(ctx, subs)
	if err != nil {
		a.cfg.Log.Warn("submission was not acknowledged", "error", err)
		look := "`millrace query list`, or GET /v1/queries"
		switch {
		case len(subs) == 1 && subs[0].Declares:
			look = "SHOW STREAMS and SHOW VIEWS"
		case len(subs) == 1:
			look = fmt.Sprintf("`millrace query show %s`, or GET /v1/queries/%s", subs[0].ID, subs[0].ID)
		}
		return nil, problem(http.StatusServiceUnavailable, unavailable, "Kafka did not acknowledge the submission",
			"it may have been written all the same: look with "+look+", before you submit again")
	}
	for i, s := range subs {
		if s.Value != nil && !s.Declares {
			a.cfg.Directory.Submitted(s.ID, epochs[i])
		}
	}
	return epochs, nil
}

// waiting reads ?wait=live&timeout=30s: how long to wait until the query is live,
// 0 is not to, and until Kafka acknowledges the submission.
func waiting(r *http.Request) (live, written time.Duration, err error) {
	q := r.URL.Query()
	if err := onlyParameters(q, "wait", "timeout"); err != nil {
		return 0, 0, err
	}
	live = defaultWait
	if q.Has("timeout") {
		live, err = time.ParseDuration(q.Get("timeout"))
		if err != nil || live <= 0 || live > maxWait {
			return 0, 0, badRequestError(fmt.Sprintf("timeout: expected a duration such as 30s, at most %s", maxWait))
		}
	}
	written = min(submitTime, live)
	switch q.Get("wait") {
	case "":
		return 0, written, nil
	case "live":
		return live, written, nil
	default:
		return 0, 0, badRequestError("wait: the only value is live")
	}
}

// awaitLive waits until the query is live, which Redis knows, or will not be,
// which the status topic tells. False means that the time is up.
func (a *API) awaitLive(ctx context.Context, id string, epoch int64, wait time.Duration) (bool, error) {
	timed, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	live := make(chan error, 1)
	go func() {
		_, err := a.cfg.Results.WaitLive(timed, id, epoch)
		live <- err
	}()
	for {
		news, stop := a.cfg.Directory.Changed(id)
		rejection, over := a.cfg.Directory.Decided(id, epoch)
		if rejection != nil || over {
			stop()
			cancel()
			if <-live == nil {
				return true, nil
			}
			if rejection != nil {
				return false, rejectionProblem(rejection)
			}
			return false, notLiveProblem(id, epoch, "it was dropped, has failed or was submitted again")
		}
		select {
		case err := <-live:
			stop()
			switch {
			case err == nil:
				return true, nil
			case errors.Is(err, results.ErrNotLive):
				return false, notLiveProblem(id, epoch, err.Error())
			case ctx.Err() == nil && timed.Err() != nil:
				return false, nil
			default:
				return false, err
			}
		case <-news:
		}
	}
}

func notLiveProblem(id string, epoch int64, why string) *Problem {
	p := problem(http.StatusConflict, notLive, "The query will not be live", fmt.Sprintf("query %s: %s", id, why))
	p.Epoch = &epoch
	return p
}

// queryID reads the id in the path.
func queryID(r *http.Request) (string, error) {
	id := r.PathValue("id")
	if !wire.ValidID(id) {
		return "", badRequestError(fmt.Sprintf("%.150q cannot be a query's id: 1 to 128 letters, digits, dots, underscores and hyphens", id))
	}
	return id, nil
}
