package api

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/millrace/millrace/libs/results"
)

const (
	defaultSamples = 300
	maxSamples     = results.HistorySamples
)

// history answers with samples of a query's result. Who asks for them watches the
// query, so that there are more.
func (a *API) history(w http.ResponseWriter, r *http.Request) error {
	values := r.URL.Query()
	if err := onlyParameters(values, "after", "limit"); err != nil {
		return err
	}
	limit := int64(defaultSamples)
	if values.Has("limit") {
		n, err := strconv.ParseInt(values.Get("limit"), 10, 64)
		if err != nil || n < 1 || n > maxSamples {
			return badRequestError(fmt.Sprintf("limit: expected a number from 1 to %d", maxSamples))
		}
		limit = n
	}
	after := values.Get("after")
	if after != "" && !logID(after) {
		return badRequestError(fmt.Sprintf("after: %.40q is not the id of a sample", after))
	}
	q, err := a.known(r)
	if err != nil {
		return err
	}
	if err := a.cfg.Results.Watch(r.Context(), q.ID, time.Now().Add(watchTime)); err != nil {
		return err
	}
	before, err := a.written(r.Context(), q)
	if err != nil {
		return err
	}
	samples, err := a.cfg.Results.History(r.Context(), q.ID, after, limit)
	if err != nil {
		return err
	}
	written, err := a.written(r.Context(), q)
	if err != nil {
		return err
	}
	if !before || !written {
		samples = []results.Sample{}
	}
	a.answer(w, r, http.StatusOK, struct {
		ID      string           `json:"id"`
		Epoch   int64            `json:"epoch"`
		Samples []results.Sample `json:"samples"`
	}{q.ID, q.Epoch, samples})
	return nil
}
