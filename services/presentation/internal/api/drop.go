package api

import (
	"net/http"

	"github.com/millrace/millrace/libs/wire"
)

// dropped is the answer to a drop.
type dropped struct {
	ID    string `json:"id"`
	Epoch int64  `json:"epoch"`
}

func (a *API) drop(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	q, err := a.known(r)
	if err != nil {
		return err
	}
	if q.State == string(wire.Dropped) || q.State == string(wire.Rejected) {
		return a.unknown(q.ID)
	}
	epochs, err := a.write(r.Context(), submitTime, []Submission{{ID: q.ID}})
	if err != nil {
		return err
	}
	a.answer(w, r, http.StatusAccepted, dropped{ID: q.ID, Epoch: epochs[0]})
	return nil
}

// dropMany drops what the filter chooses.
func (a *API) dropMany(w http.ResponseWriter, r *http.Request) error {
	if err := a.ready(); err != nil {
		return err
	}
	values := r.URL.Query()
	if err := onlyParameters(values, "owner", "label", "state", "confirm"); err != nil {
		return err
	}
	f, err := filter(values)
	if err != nil {
		return err
	}
	all := f.Owner == "" && f.State == "" && len(f.Labels) == 0
	switch {
	case all && values.Get("confirm") != "all":
		return badRequestError("this would drop every query of everybody: choose by owner, label or state, or say confirm=all")
	case !all && values.Has("confirm"):
		return badRequestError("confirm=all drops every query of everybody; it does not go with owner, label or state")
	}
	answer := struct {
		Dropped []dropped `json:"dropped"`
	}{Dropped: []dropped{}}
	for after := ""; ; {
		page, next := a.cfg.Directory.List(f, after, maxDropBatch)
		subs := make([]Submission, len(page))
		for i := range page {
			subs[i].ID = page[i].ID
		}
		if len(subs) > 0 {
			epochs, err := a.write(r.Context(), submitTime, subs)
			if err != nil {
				return err
			}
			for i := range subs {
				answer.Dropped = append(answer.Dropped, dropped{ID: subs[i].ID, Epoch: epochs[i]})
			}
		}
		if after = next; after == "" {
			break
		}
	}
	a.answer(w, r, http.StatusAccepted, answer)
	return nil
}
