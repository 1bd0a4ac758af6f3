package api

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

const (
	// lookEvery is how often the queries of an overview are looked at.
	lookEvery = time.Second
	// headRows is how many rows are read at most, about, each time; what is left
	// over is read the next time.
	headRows = 5000
	// headChunk is of how many queries heads are read at once.
	headChunk = 20
)

// Item is a query of an overview with the head of its results.
type Item struct {
	directory.Query
	Live
}

// Live is what changes of an item while its query runs.
type Live struct {
	Matched    int64           `json:"matched"`
	Late       int64           `json:"late"`
	Errors     int64           `json:"errors"`
	Mismatches int64           `json:"mismatches"`
	Passed     *int64          `json:"passed,omitempty"` // nil: not known
	Updated    *time.Time      `json:"updated,omitempty"`
	Rows       int64           `json:"rows"`             // of the newest window, if there are windows
	Window     *results.Window `json:"window,omitempty"` // the newest one
	By         string          `json:"by,omitempty"`     // the column by which the rows of the head are the greatest
	Head       []item          `json:"head"`
}

// overview streams a page of the list as server-sent events: the page, then
// changes of what is on it.
func (a *API) overview(w http.ResponseWriter, r *http.Request) error {
	if err := a.ready(); err != nil {
		return err
	}
	c, err := chosen(r.URL.Query())
	if err != nil {
		return err
	}
	s, ctx, done, err := a.openStream(w, r)
	if err != nil {
		return err
	}
	defer done()
	o := &overview{api: a, stream: s, choice: c}
	o.run(ctx)
	return nil
}

// openStream answers with a stream of events, unless too many are open. Ctx ends
// with the client or the service; done must be called.
func (a *API) openStream(w http.ResponseWriter, r *http.Request) (s *stream, ctx context.Context, done func(), err error) {
	if n := a.streams.Add(1); a.cfg.MaxStreams > 0 && n > int64(a.cfg.MaxStreams) {
		a.streams.Add(-1)
		return nil, nil, nil, problem(http.StatusServiceUnavailable, tooManyStreams, "Too many event streams are open", fmt.Sprintf("at most %d; raise --max-streams", a.cfg.MaxStreams))
	}
	ctx, cancel := context.WithCancel(r.Context())
	go func() {
		select {
		case <-a.cfg.Done:
			cancel()
		case <-ctx.Done():
		}
	}()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	s = &stream{w: w, rc: http.NewResponseController(w), dir: a.cfg.Directory, told: -1}
	return s, ctx, func() { cancel(); a.streams.Add(-1) }, nil
}

// overview is one stream of a page.
type overview struct {
	api    *API
	stream *stream
	choice

	read    bool // a page was read
	version uint64
	page    directory.Page
	told    map[string]Item   // as the client has them
	marks   map[string]marked // what the heads were read at
	waiting bool              // the client was told that Redis does not answer
	spoke   time.Time
	round   int64 // of reading heads
}

// marked says what a head was read at, and in which round.
type marked struct {
	epoch   int64
	changed map[int32]results.Mark
	round   int64
}

// run sends what changes, at most once a lookEvery, until the client or the
// service is done.
func (o *overview) run(ctx context.Context) {
	if o.stream.send("retry: 2000\n\n") != nil {
		return
	}
	o.told, o.marks, o.spoke = map[string]Item{}, map[string]marked{}, time.Now()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if o.step(ctx) != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// step looks once and tells what is new. Its error is the client's.
func (o *overview) step(ctx context.Context) error {
	anew := false
	if v := o.api.cfg.Directory.Version(); !o.read || v != o.version {
		before := o.page
		o.version, o.page = v, o.api.cfg.Directory.Page(o.filter, o.after, o.limit)
		anew = !o.read || !samePage(&before, &o.page)
		o.read = true
	}
	items, err := o.items(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	whole := anew || err == nil && o.waiting
	tell := err != nil && (anew || !o.waiting)
	o.waiting = err != nil
	told := o.tellChanges
	if whole { // without Redis, the list without results
		told = o.tellPage
	}
	if err := told(items); err != nil || !tell {
		return err
	}
	o.api.cfg.Log.Debug("an overview waits for redis", "error", err)
	return o.send("waiting", struct {
		Detail string `json:"detail"`
	}{"the results cannot be read now"})
}

// samePage reports whether two pages have the same queries and counts.
func samePage(a, b *directory.Page) bool {
	return a.Next == b.Next && a.From == b.From && a.Total == b.Total && maps.Equal(a.States, b.States) && slices.Equal(a.Owners, b.Owners) &&
		slices.EqualFunc(a.Queries, b.Queries, func(x, y directory.Query) bool { return x.ID == y.ID })
}

func (o *overview) tellPage(items []Item) error {
	clear(o.told)
	for _, i := range items {
		o.told[i.ID] = i
	}
	for id := range o.marks {
		if _, there := o.told[id]; !there {
			delete(o.marks, id)
		}
	}
	return o.send("page", struct {
		Queries []Item         `json:"queries"`
		Next    string         `json:"next,omitempty"`
		From    int            `json:"from"`
		Total   int            `json:"total"`
		States  map[string]int `json:"states"`
		Owners  []string       `json:"owners"`
	}{items, o.page.Next, o.page.From, o.page.Total, o.page.States, o.page.Owners})
}

func (o *overview) tellChanges(items []Item) error {
	changed := []Item{}
	for _, i := range items {
		old := o.told[i.ID]
		if reflect.DeepEqual(old, i) {
			continue
		}
		o.told[i.ID] = i
		if reflect.DeepEqual(old.Query, i.Query) { // the client has it, and it may be long
			i.Query = directory.Query{ID: i.ID, Epoch: i.Epoch, State: i.State}
		}
		changed = append(changed, i)
	}
	switch {
	case len(changed) > 0:
		return o.send("changed", struct {
			Queries []Item `json:"queries"`
		}{changed})
	case time.Since(o.spoke) > heartbeat:
		o.spoke = time.Now()
		return o.stream.send(": still here\n\n")
	default:
		return nil
	}
}

func (o *overview) send(name string, data any) error {
	o.spoke = time.Now()
	return o.stream.named(name, "", data)
}

// items returns the queries of the page with what Redis has of them now; without
// an answer of Redis's, as they were told last.
func (o *overview) items(ctx context.Context) ([]Item, error) {
	items := make([]Item, len(o.page.Queries))
	ids := make([]string, len(items))
	for i, q := range o.page.Queries {
		ids[i] = q.ID
		items[i] = Item{Query: q, Live: Live{Head: []item{}}}
		if old, ok := o.told[q.ID]; ok && old.Epoch == q.Epoch {
			items[i].Live = old.Live
		}
	}
	timed, cancel := context.WithTimeout(ctx, 5*lookEvery)
	defer cancel()
	facts, err := o.api.cfg.Results.Brief(timed, ids)
	if err != nil {
		return items, err
	}
	var stale []int
	for i := range items {
		q := &items[i]
		f, ok := facts[q.ID]
		// Just after a replacement Redis has what was before.
		if !ok || f.Epoch() != q.Epoch {
			if !q.Ended() {
				q.Live = Live{Head: []item{}}
				delete(o.marks, q.ID)
			}
			continue
		}
		q.count(&f)
		if m, ok := o.marks[q.ID]; !ok || m.epoch != q.Epoch || !maps.Equal(m.changed, f.Changed) {
			stale = append(stale, i)
		}
	}
	// Those that were read the longest time ago come first: not all may be read.
	slices.SortStableFunc(stale, func(a, b int) int {
		return cmp.Compare(o.marks[items[a].ID].round, o.marks[items[b].ID].round)
	})
	return items, o.heads(timed, items, stale, facts)
}
