package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// declareTime is how long an answer waits until a stream or view that was written is
// declared or dropped.
const declareTime = 15 * time.Second

// checker returns what judges submissions, by the streams and views that there are now.
func (a *API) checker() *submission.Checker {
	c := *a.cfg.Checker
	c.Catalog = a.cfg.Directory.Catalog()
	return &c
}

// refused tells what is wrong with a submission. A stream that is not known may be
// one that has not been read of yet.
func (a *API) refused(err error) error {
	var p *submission.Problem
	if errors.As(err, &p) && p.Code == string(ast.CodeStream) {
		if err := a.ready(); err != nil {
			return err
		}
	}
	return submissionProblem(http.StatusUnprocessableEntity, err)
}

// declare submits a CREATE or DROP of a stream or a view, and answers when it is decided.
// Which queries use what is dropped is query-parser's to say: it knows what was submitted
// before.
func (a *API) declare(w http.ResponseWriter, r *http.Request, d *submission.Declaration, verb, src string) error {
	if err := a.ready(); err != nil {
		return err
	}
	sub := &wire.Submission{Kind: wire.SubmitSQL, SQL: src}
	checker := a.checker()
	after, note, err := checker.Declare(sub, d, nil)
	if err != nil {
		return submissionProblem(http.StatusUnprocessableEntity, err)
	}
	answer := said{Statement: verb, ID: d.Name, Note: note}
	if after == checker.Catalog {
		a.answer(w, r, http.StatusOK, answer)
		return nil
	}
	epochs, err := a.write(r.Context(), submitTime, []Submission{{ID: d.Name, Value: []byte(src), Declares: true}})
	if err != nil {
		return err
	}
	answer.Epoch, answer.State = &epochs[0], directory.StateSubmitted
	ctx, cancel := context.WithTimeout(r.Context(), a.cfg.Patience)
	defer cancel()
	fate, decided := a.cfg.Directory.AwaitDeclared(ctx, d, epochs[0])
	switch {
	case !decided:
		answer.Note = "query-parser has not decided yet: look with SHOW STREAMS or SHOW VIEWS"
		a.answer(w, r, http.StatusAccepted, answer)
		return nil
	case fate.Rejection != nil:
		p := rejectionProblem(fate.Rejection)
		p.Title = "The statement was rejected"
		return p
	}
	answer.State, answer.Note = string(wire.Accepted), fate.Message
	if d.Drops {
		answer.State = string(wire.Dropped)
	}
	a.answer(w, r, http.StatusOK, answer)
	return nil
}
