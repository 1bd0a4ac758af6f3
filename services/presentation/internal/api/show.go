package api

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

func (a *API) ready() error {
	if a.cfg.Ready != nil && !a.cfg.Ready() {
		return problem(http.StatusServiceUnavailable, unavailable, "The service is starting", "the registry of queries is being read; try again")
	}
	return nil
}

// known returns what is known of the query in the path.
func (a *API) known(r *http.Request) (directory.Query, error) {
	id, err := queryID(r)
	if err != nil {
		return directory.Query{}, err
	}
	q, ok := a.cfg.Directory.Get(id)
	if !ok {
		if err := a.ready(); err != nil {
			return q, err
		}
		return q, a.unknown(id)
	}
	return q, nil
}

// unknown says that there is no such query, and which one may have been meant.
func (a *API) unknown(id string) *Problem {
	detail := "no query is registered as " + id
	if near := a.cfg.Directory.Nearest(id); near != "" {
		detail += "; did you mean " + near + "?"
	}
	return problem(http.StatusNotFound, notFound, "There is no such query", detail)
}

func (a *API) list(w http.ResponseWriter, r *http.Request) error {
	if err := a.ready(); err != nil {
		return err
	}
	c, err := chosen(r.URL.Query())
	if err != nil {
		return err
	}
	page, next := a.cfg.Directory.List(c.filter, c.after, c.limit)
	if page == nil {
		page = []directory.Query{}
	}
	a.answer(w, r, http.StatusOK, struct {
		Queries []directory.Query `json:"queries"`
		Next    string            `json:"next,omitempty"`
	}{page, next})
	return nil
}

// shown is a query with what Redis knows of it.
type shown struct {
	directory.Query
	Counters map[string]int64 `json:"counters,omitempty"`
	Started  string           `json:"started,omitempty"`
	Passed   *int64           `json:"passed,omitempty"` // posts that were read before it began
	Updated  *time.Time       `json:"updated,omitempty"`
	AsOf     *results.AsOf    `json:"as_of,omitempty"`
}

func (a *API) show(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	q, err := a.known(r)
	if err != nil {
		return err
	}
	s := shown{Query: q}
	facts, ok, err := a.cfg.Results.Facts(r.Context(), q.ID)
	if err != nil {
		return err
	}
	if ok && facts.Epoch() == q.Epoch {
		s.Counters, s.Started = facts.Counters, facts.Fields[results.FieldStarted]
		if n, known := facts.Passed(); known {
			s.Passed = &n
		}
		if at, known := facts.Updated(); known {
			s.Updated = &at
		}
	}
	asOf, ok, err := a.cfg.Results.AsOf(r.Context())
	if err != nil {
		return err
	}
	if ok {
		asOf = asOf.Of(q.Streams)
		s.AsOf = &asOf
	}
	a.answer(w, r, http.StatusOK, s)
	return nil
}

// filter reads owner, state, id (a part of it) and label=NAME or
// label=NAME=VALUE.
// choice says which part of the list a client wants.
type choice struct {
	filter directory.Filter
	after  string
	limit  int
}

func chosen(values url.Values) (c choice, err error) {
	if err := onlyParameters(values, "owner", "label", "state", "id", "after", "limit"); err != nil {
		return c, err
	}
	c.after = values.Get("after")
	if c.filter, err = filter(values); err != nil {
		return c, err
	}
	c.limit, err = pageLimit(values)
	return c, err
}

func filter(values url.Values) (directory.Filter, error) {
	f := directory.Filter{Owner: values.Get("owner"), State: values.Get("state"), ID: values.Get("id")}
	if f.State != "" && !slices.Contains(states(), f.State) {
		return f, badRequestError(fmt.Sprintf("state %.40q: expected %s", f.State, strings.Join(states(), ", ")))
	}
	for _, l := range values["label"] {
		name, value, has := strings.Cut(l, "=")
		if name == "" {
			return f, badRequestError(fmt.Sprintf("label %q: expected NAME or NAME=VALUE", l))
		}
		f.Labels = append(f.Labels, directory.Label{Name: name, Value: value, HasValue: has})
	}
	return f, nil
}

// states are those that a registered query can be in.
func states() []string {
	var names []string
	for _, t := range []wire.Transition{wire.Accepted, wire.CatchingUp, wire.Live, wire.Completed, wire.Paused, wire.Failed} {
		names = append(names, string(t))
	}
	return names
}

func pageLimit(values url.Values) (int, error) {
	if !values.Has("limit") {
		return defaultPage, nil
	}
	n, err := strconv.Atoi(values.Get("limit"))
	if err != nil || n < 1 || n > maxPage {
		return 0, badRequestError(fmt.Sprintf("limit: expected a number from 1 to %d", maxPage))
	}
	return n, nil
}

// onlyParameters refuses misspelt parameters: one that is ignored could drop
// more than was meant.
func onlyParameters(values url.Values, known ...string) error {
	for name := range values {
		if !slices.Contains(known, name) {
			known := cmp.Or(strings.Join(known, ", "), "none here")
			return badRequestError(fmt.Sprintf("unknown parameter %.40q: known are %s", name, known))
		}
	}
	return nil
}
