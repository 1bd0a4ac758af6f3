package api

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// Forms of explanations and plans.
const (
	formJSON = "json"
	formText = "text"
	formDot  = "dot"
)

// explain tells how a registered query is answered.
func (a *API) explain(w http.ResponseWriter, r *http.Request) error {
	o, form, err := explaining(r)
	if err != nil {
		return err
	}
	q, err := a.known(r)
	if err != nil {
		return err
	}
	if err := a.ready(); err != nil {
		return err
	}
	plans, err := a.cfg.Directory.Plans(r.Context())
	if err != nil {
		return err
	}
	o.Measured = a.cfg.Measured
	e, err := plans.Query(q.ID, o)
	if err != nil {
		return notExplained(&q, err)
	}
	e.Subject = explain.Subject{ID: q.ID, Epoch: &q.Epoch, State: q.State, Message: q.Message, SQL: q.SQL}
	a.answerExplained(w, r, &e, form)
	return nil
}

// notExplained says why there is no explanation of a query that is known.
func notExplained(q *directory.Query, err error) error {
	var left *explain.LeftOutError
	switch {
	case errors.Is(err, explain.ErrUnknown):
		return problem(http.StatusNotFound, notFound, "The query has no plan", fmt.Sprintf("query %s is %s, and only registered queries have one", q.ID, q.State))
	case errors.As(err, &left):
		return problem(http.StatusServiceUnavailable, unavailable, "The query is of another version",
			fmt.Sprintf("query %s: %s; ask an instance of the version that registered it", q.ID, left.Error()))
	default:
		return err
	}
}

// explainBody tells how a query would be answered. Nothing is registered.
func (a *API) explainBody(w http.ResponseWriter, r *http.Request) error {
	o, form, err := explaining(r)
	if err != nil {
		return err
	}
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	_, q, err := a.check("explain", body, (*submission.Checker).CheckExplained)
	if err != nil {
		return err
	}
	if x := q.Explain; x != nil { // what the statement says is more than what the request does
		o.Sharing = o.Sharing || x.Sharing
		switch x.Format {
		case "JSON":
			form = formJSON
		case "TEXT":
			form = formText
		}
	}
	if err := a.ready(); err != nil {
		return err
	}
	plans, err := a.cfg.Directory.Plans(r.Context())
	if err != nil {
		return err
	}
	o.Measured = a.cfg.Measured
	e, err := plans.Candidate(q.Output, o)
	if err != nil {
		return err
	}
	e.Subject = explain.Subject{SQL: q.Text, Message: q.Note}
	a.answerExplained(w, r, &e, form)
	return nil
}

// longestPlan is how long somebody may take to receive the plan, for others wait.
const longestPlan = time.Minute

// plan tells the shared plan of all queries: to one after the other, for it is
// large where there are many.
func (a *API) plan(w http.ResponseWriter, r *http.Request) error {
	values := r.URL.Query()
	if err := onlyParameters(values, "format"); err != nil {
		return err
	}
	form, err := formOf(r, formJSON, formText, formDot)
	if err != nil {
		return err
	}
	if err := a.ready(); err != nil {
		return err
	}
	select {
	case a.whole <- struct{}{}:
		defer func() { <-a.whole }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	// A writer that knows no deadline has nobody at its other end who is slow.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(longestPlan))
	plans, err := a.cfg.Directory.Plans(r.Context())
	if err != nil {
		return err
	}
	whole := plans.Whole(explain.Options{Measured: a.cfg.Measured})
	write, media := whole.WriteJSON, "application/json"
	switch form {
	case formText:
		write, media = whole.WriteText, "text/plain; charset=utf-8"
	case formDot:
		write, media = whole.WriteDot, "text/vnd.graphviz; charset=utf-8"
	}
	head(w, media)
	if err := write(w); err != nil && r.Context().Err() == nil {
		a.cfg.Log.Warn("the plan was not sent whole", "error", err)
	}
	return nil
}

func (a *API) answerExplained(w http.ResponseWriter, r *http.Request, e *explain.Explanation, form string) {
	if form == formJSON {
		w.Header().Set("Vary", "Accept")
		a.answer(w, r, http.StatusOK, e)
		return
	}
	head(w, "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, e.Text())
}

func head(w http.ResponseWriter, media string) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept")
	w.WriteHeader(http.StatusOK)
}

// explaining reads what is to be explained, and in which form.
func explaining(r *http.Request) (o explain.Options, form string, err error) {
	values := r.URL.Query()
	if err := onlyParameters(values, "sharing", "format"); err != nil {
		return o, "", err
	}
	if values.Has("sharing") {
		if values.Get("sharing") != "true" {
			return o, "", badRequestError("sharing: expected true")
		}
		o.Sharing = true
	}
	form, err = formOf(r, formJSON, formText)
	return o, form, err
}

// formOf returns the form that a request asks for: by the parameter, or by the
// header Accept, where text/plain stands for text; JSON where neither says.
func formOf(r *http.Request, known ...string) (string, error) {
	if values := r.URL.Query(); values.Has("format") {
		form := values.Get("format")
		if !slices.Contains(known, form) {
			return "", badRequestError(fmt.Sprintf("format %.40q: expected %s", form, strings.Join(known, ", ")))
		}
		return form, nil
	}
	if accepted(r, "text/plain") > accepted(r, "application/json") {
		return formText, nil
	}
	return formJSON, nil
}

// accepted returns how much a client wants a media type by name, from 0 to 1.
func accepted(r *http.Request, media string) float64 {
	most := 0.0
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		name, parameters, err := mime.ParseMediaType(part)
		if err != nil || name != media {
			continue
		}
		q := 1.0
		if text, ok := parameters["q"]; ok {
			q, _ = strconv.ParseFloat(text, 64)
		}
		most = max(most, q)
	}
	return most
}
