package directory

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/millrace/millrace/libs/declared"
	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// maxUnregistered bounds what is remembered of queries that are not registered:
// the last rejections, drops and submissions.
const maxUnregistered = 10_000

// Directory is safe for concurrent use.
type Directory struct {
	mu      sync.Mutex
	entries map[string]*entry
	sorted  []string // ids of registered queries, nil: to be sorted again
	others  []string // ids that came up unregistered, oldest first
	waiting map[string][]chan struct{}
	version uint64 // grows with every change of what is registered
	plans   *plans // nil: nobody asks for them

	builtIn  *catalog.Catalog
	declared *declared.Catalog
	live     atomic.Pointer[catalog.Catalog] // of declared
	fates    fates
}

// entry is what is known of one id.
type entry struct {
	plan       []byte // of the registered query, where plans may be asked for
	query      *Query // the registered one, nil if there is none; Rejection and State are kept below
	last       *Query // the one that was dropped, whose results can be read for a while
	dropped    int64  // epoch of the last drop in the registry, -1
	submitted  int64  // greatest epoch of a submission by this process, -1
	epoch      int64  // greatest epoch of a status other than rejected, -1
	transition wire.Transition
	seen       []wire.Transition // at that epoch
	message    string
	rejection  *Rejection
}

// New returns an empty directory, of no streams but those that Millrace comes with.
func New(builtIn *catalog.Catalog) *Directory {
	d := &Directory{
		entries: map[string]*entry{}, waiting: map[string][]chan struct{}{},
		builtIn: builtIn, declared: declared.New(builtIn),
	}
	d.live.Store(builtIn)
	return d
}

// Reset forgets everything but who waits: the registry is read anew.
func (d *Directory) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries, d.sorted, d.others = map[string]*entry{}, nil, nil
	d.plans.change((*explain.Plans).Reset)
	d.declared, d.fates = declared.New(d.builtIn), fates{}
	d.declares()
	d.version++
}

func (d *Directory) entry(id string) *entry {
	e := d.entries[id]
	if e == nil {
		e = &entry{dropped: -1, submitted: -1, epoch: -1}
		d.entries[id] = e
		d.others = append(d.others, id)
		if len(d.others) > 2*maxUnregistered {
			d.forget()
		}
	}
	return e
}

// forget drops the oldest unregistered ids.
func (d *Directory) forget() {
	d.others = slices.DeleteFunc(d.others, func(id string) bool {
		e := d.entries[id]
		return e == nil || e.query != nil
	})
	for len(d.others) > maxUnregistered {
		delete(d.entries, d.others[0])
		d.others = d.others[1:]
	}
}

// changed wakes who waits for news of id.
func (d *Directory) changed(id string) {
	d.version++
	for _, c := range d.waiting[id] {
		close(c)
	}
	delete(d.waiting, id)
}

// ReadRegistry takes a record of millrace.registry. It fails if an epoch does not
// increase: then somebody else writes the registry. After a [*declared.LeftOutError]
// reading goes on.
func (d *Directory) ReadRegistry(rec *kafka.Record) error {
	if rec.Control {
		return nil
	}
	id, ours := wire.ParseRegistryKey(rec.Key)
	if !ours {
		return d.readDeclaration(rec)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entry(id)
	last := e.dropped
	if e.query != nil {
		last = max(last, e.query.Epoch)
	}
	if rec.Value == nil {
		header, _ := rec.Header(wire.HeaderEpoch)
		epoch, err := wire.ParseEpoch(header)
		if err != nil {
			return fmt.Errorf("drop of query %s: %w", id, err)
		}
		if epoch <= last {
			return notIncreasing(id, epoch, last)
		}
		if e.query != nil {
			e.last, e.query, d.sorted = e.query, nil, nil
			d.others = append(d.others, id)
		}
		e.dropped = epoch
		d.unplan(e, id)
		d.changed(id)
		return nil
	}
	var r wire.Registry
	if err := r.Unmarshal(rec.Value); err != nil {
		return fmt.Errorf("query %s: %w", id, err)
	}
	if r.Epoch <= last {
		return notIncreasing(id, r.Epoch, last)
	}
	q := &Query{ID: id, Epoch: r.Epoch, State: string(wire.Accepted), Owner: r.Owner, Labels: r.Labels, Options: &r.Options, SQL: r.SQL, Submitted: &r.Submitted}
	if r.Failed != nil {
		q.State, q.Message = string(wire.Failed), *r.Failed
		if r.Completed {
			q.State = string(wire.Completed)
		}
	}
	// A plan of a newer version is the schedulers' matter: the rest is shown.
	out, err := plan.Decode(r.Plan)
	if err == nil {
		q.Kind, q.Windowed, q.Columns = Describe(out)
		q.Streams = streamsOf(out)
	}
	d.plan(e, &r, out, err)
	if e.query == nil {
		d.sorted = nil
	}
	e.query, e.last = q, nil
	d.changed(id)
	return nil
}

func notIncreasing(id string, epoch, last int64) error {
	return fmt.Errorf("query %s has epoch %d after epoch %d: somebody else than query-parser writes millrace.registry", id, epoch, last)
}

// ReadStatus takes a record of millrace.status. Repeats change nothing.
func (d *Directory) ReadStatus(rec *kafka.Record) error {
	if rec.Control || rec.Value == nil {
		return nil
	}
	var s wire.Status
	if err := s.Unmarshal(rec.Value); err != nil {
		return fmt.Errorf("status at offset %d: %w", rec.Offset, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case s.Object != "":
		d.fate(&s)
	case wire.ValidID(s.ID): // else it was rejected for its id
		d.status(&s)
	}
	return nil
}

func (d *Directory) status(s *wire.Status) {
	e := d.entry(s.ID)
	if s.Transition == wire.Rejected {
		if e.rejection == nil || s.Epoch >= e.rejection.Epoch {
			e.rejection = rejection(s)
			d.changed(s.ID)
		}
		return
	}
	if s.Epoch < e.epoch || s.Epoch == e.epoch && slices.Contains(e.seen, s.Transition) {
		return
	}
	if s.Epoch > e.epoch {
		e.seen = e.seen[:0]
	}
	e.epoch, e.transition, e.message = s.Epoch, s.Transition, s.Message
	e.seen = append(e.seen, s.Transition)
	d.changed(s.ID)
}

// Submitted notes a submission that this process has written: the query is known
// before it is decided.
func (d *Directory) Submitted(id string, epoch int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entry(id)
	e.submitted = max(e.submitted, epoch)
}

// Unknown returns registered queries, up to limit, of whose state since their
// registration no status tells.
func (d *Directory) Unknown(limit int) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var ids []string
	for id, e := range d.entries {
		if e.query != nil && e.epoch < e.query.Epoch && !e.query.Ended() {
			if ids = append(ids, id); len(ids) == limit {
				break
			}
		}
	}
	return ids
}

// Fill tells the state of a query at an epoch as Redis has it.
func (d *Directory) Fill(id string, epoch int64, state string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.entries[id]; e != nil && e.query != nil && e.query.Epoch == epoch {
		d.status(&wire.Status{ID: id, Epoch: epoch, Transition: wire.Transition(state)})
	}
}

// Get returns what is known of an id: a registered query, or one that was
// submitted, rejected or dropped lately.
func (d *Directory) Get(id string) (Query, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entries[id]
	if e == nil {
		return Query{}, false
	}
	return e.view(id)
}

// view returns what is known of the id, with labels of its own.
func (e *entry) view(id string) (Query, bool) {
	q, ok := e.look(id)
	q.Labels = maps.Clone(q.Labels)
	return q, ok
}

// look is view without a copy of the labels.
func (e *entry) look(id string) (Query, bool) {
	var q Query
	rejected := e.rejection
	switch {
	case e.query != nil:
		q = *e.query
		if e.epoch >= q.Epoch && !q.Ended() {
			q.State, q.Message = string(e.transition), e.message
		}
	case e.submitted > max(e.dropped, e.epoch) && (rejected == nil || e.submitted > rejected.Epoch):
		q = Query{ID: id, Epoch: e.submitted, State: StateSubmitted}
	case rejected != nil && rejected.Epoch > max(e.dropped, e.epoch):
		q = Query{ID: id, Epoch: rejected.Epoch, State: string(wire.Rejected), Message: rejected.Message}
	case e.dropped >= 0 || e.transition == wire.Dropped:
		if e.last != nil {
			q = *e.last
		}
		q.ID, q.Epoch, q.State, q.Message = id, max(e.dropped, e.epoch), string(wire.Dropped), ""
	case e.epoch >= 0:
		q = Query{ID: id, Epoch: e.epoch, State: string(e.transition), Message: e.message}
	default:
		return Query{}, false
	}
	if rejected != nil && rejected.Epoch >= q.Epoch {
		q.Rejection = rejected
	}
	return q, true
}

// Decided reports whether the submission of id at epoch was rejected, and
// whether the query has failed, was dropped or was replaced since: one that is complete
// has been live.
func (d *Directory) Decided(id string, epoch int64) (rejected *Rejection, over bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entries[id]
	if e == nil {
		return nil, false
	}
	if e.rejection != nil && e.rejection.Epoch == epoch {
		return e.rejection, false
	}
	if e.transition == wire.Completed || e.query != nil && e.query.State == string(wire.Completed) {
		return nil, e.dropped > epoch
	}
	over = e.dropped > epoch || e.query != nil && e.query.Epoch > epoch || e.epoch > epoch
	return nil, over
}
