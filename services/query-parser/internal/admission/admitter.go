package admission

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/millrace/millrace/libs/declared"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
)

// Config is what decisions depend on besides the registry.
type Config struct {
	// Topic makes the topic of a stream where it is missing, and looks at it. Its
	// [*kafka.RefusedError]s and [*SilentError]s are told to the author; any other error
	// ends [Admitter.Decide].
	Topic    func(ctx context.Context, name string) (kafka.StreamTopic, error)
	Limits   Limits           // of queries that name none
	Now      func() time.Time // of status records
	MaxValue int              // bytes of the largest record value that topics take
	Log      *slog.Logger     // hears of errors that are ours; nil: nobody does
}

// Admitter decides about submissions, in the order of their offsets. It belongs
// to one goroutine.
type Admitter struct {
	cfg     Config
	checker submission.Checker
	state   *State
	counts  Counts

	// What was decided since the last Commit: queries, and, if it is not nil, the catalog.
	staged   map[string]entry
	declared *declared.Catalog
	streams  []*wire.Stream // that are declared
}

// Counts is how many submissions were decided how. Ignored are requests to fail
// a query that is no longer the one they are about.
type Counts struct{ Accepted, Rejected, Dropped, Failed, Completed, Ignored int }

// New returns an Admitter that goes on from state, which it takes over.
func New(state *State, cfg Config) *Admitter {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	state.epochs = nil
	defect := func(sub *wire.Submission, err error) {
		cfg.Log.Error("a query could not be read because of a defect", "error", err, "sql", sub.SQL, "query", string(sub.Legacy))
	}
	return &Admitter{
		cfg: cfg, checker: submission.Checker{MaxValue: cfg.MaxValue, Defect: defect},
		state: state, staged: map[string]entry{},
	}
}

// Commit makes the decisions since the last Commit final.
func (a *Admitter) Commit() Counts {
	for id, e := range a.staged {
		a.state.set(id, e)
	}
	if a.declared != nil {
		a.state.declared = a.declared
	}
	counts := a.counts
	a.Abort()
	return counts
}

// Abort forgets the decisions since the last Commit.
func (a *Admitter) Abort() {
	clear(a.staged)
	a.declared, a.streams = nil, nil
	a.counts = Counts{}
}

// Streams returns the streams that were declared since the last Commit, some of which
// may have been dropped again.
func (a *Admitter) Streams() []*wire.Stream { return a.streams }

// registered returns the query called id, by the decisions so far.
func (a *Admitter) registered(id string) (entry, bool) {
	e, ok := a.staged[id]
	if !ok {
		e, ok = a.state.queries[id]
	}
	return e, ok && e.value != nil
}

// catalog returns the streams and views that there are, by the decisions so far.
func (a *Admitter) catalog() *declared.Catalog {
	if a.declared != nil {
		return a.declared
	}
	return a.state.declared
}

// Decide returns the records that follow from a submission, whose offset is its
// epoch: at most one for the registry and at most one for the status topic. An error is
// Kafka's, of making the topic of a stream: nothing is decided then, and the submission
// is to be decided again.
func (a *Admitter) Decide(ctx context.Context, rec *kafka.Record) ([]kafka.Record, error) {
	id, problem := idOf(rec.Key)
	if problem != nil {
		return a.reject(rec, id, problem), nil
	}
	sub, err := submission.Parse(rec.Value)
	if err != nil {
		return a.reject(rec, id, problemOf(err)), nil
	}
	a.checker.Catalog = a.catalog().Catalog()
	if d := submission.DeclarationOf(&sub); d != nil {
		return a.declare(ctx, rec, id, &sub, d)
	}
	return a.query(rec, id, &sub), nil
}

// query decides about what is of a query.
func (a *Admitter) query(rec *kafka.Record, id string, sub *wire.Submission) []kafka.Record {
	switch sub.Kind {
	case wire.SubmitDrop:
		return a.drop(rec, id)
	case wire.SubmitFail:
		return a.fail(rec, id, sub.Fail)
	case wire.SubmitSQL, wire.SubmitLegacy:
		if d := submission.DropOf(sub); d != nil {
			return a.dropView(rec, id, d)
		}
		return a.register(rec, id, sub)
	default:
		return a.reject(rec, id, &submission.Problem{Message: fmt.Sprintf("a submission of kind %d is not supported yet", sub.Kind)})
	}
}

// register admits a query, in place of an earlier one of its id.
func (a *Admitter) register(rec *kafka.Record, id string, sub *wire.Submission) []kafka.Record {
	query, err := a.checker.Check(sub)
	if err == nil {
		err = query.CheckID(id)
	}
	if err != nil {
		return a.reject(rec, id, problemOf(err))
	}
	value, err := a.checker.Record(sub, query, wire.Registry{
		ID: id, Epoch: rec.Offset, Options: a.cfg.Limits.settings(sub.Options), Submitted: a.submitted(rec),
	})
	if err != nil {
		return a.reject(rec, id, problemOf(err))
	}
	a.counts.Accepted++
	status := &wire.Status{ID: id, Epoch: rec.Offset, Transition: wire.Accepted, Message: query.Note}
	if old, ok := a.registered(id); ok {
		status.Message = join(fmt.Sprintf("replaces the query of epoch %d", old.epoch), query.Note)
	}
	a.staged[id] = entry{epoch: rec.Offset, value: value}
	return a.records(status, wire.RegistryKey(id), value)
}

// submitted returns when the submission was written, by its producer's clock
// where that is not out of all reason.
func (a *Admitter) submitted(rec *kafka.Record) time.Time {
	if y := rec.Time.UTC().Year(); y < 1970 || y > 9999 {
		return a.cfg.Now().UTC()
	}
	return rec.Time.UTC()
}

// drop removes a query. Its tombstone carries the epoch of the drop.
func (a *Admitter) drop(rec *kafka.Record, id string) []kafka.Record {
	old, ok := a.registered(id)
	if !ok {
		return a.reject(rec, id, &submission.Problem{Message: "there is no query of this id to drop"})
	}
	a.counts.Dropped++
	a.staged[id] = entry{epoch: rec.Offset}
	return a.records(&wire.Status{
		ID: id, Epoch: rec.Offset, Transition: wire.Dropped,
		Message: fmt.Sprintf("the query of epoch %d was dropped", old.epoch),
	}, wire.RegistryKey(id), nil)
}

// dropView drops a query by a DROP MATERIALIZED VIEW.
func (a *Admitter) dropView(rec *kafka.Record, id string, d *submission.Drop) []kafka.Record {
	if err := d.CheckID(id); err != nil {
		return a.reject(rec, id, problemOf(err))
	}
	if _, ok := a.registered(id); !ok && d.IfExists {
		a.counts.Ignored++
		return a.records(&wire.Status{ID: id, Epoch: rec.Offset, Transition: wire.Dropped, Message: "there was no query of this id"}, nil, nil)
	}
	return a.drop(rec, id)
}

// fail registers a query as failed or completed, if it still is the one that the request is
// about and has not ended yet: several merge partitions may ask for it.
func (a *Admitter) fail(rec *kafka.Record, id string, f wire.Fail) []kafka.Record {
	old, ok := a.registered(id)
	if !ok || old.epoch != f.Epoch || old.failed {
		a.counts.Ignored++
		return nil
	}
	var r wire.Registry
	if err := r.Unmarshal(old.value); err != nil {
		return a.reject(rec, id, problemOf(fmt.Errorf("the registered query: %w", err)))
	}
	reason := truncate(f.Reason, maxReason)
	r.Epoch, r.Failed, r.Failing, r.Completed = rec.Offset, &reason, &f.Epoch, f.Completed
	value, err := r.Marshal()
	if err != nil {
		return a.reject(rec, id, problemOf(fmt.Errorf("the registered query: %w", err)))
	}
	a.staged[id] = entry{epoch: rec.Offset, failed: true, value: value}
	status := &wire.Status{ID: id, Epoch: rec.Offset, Transition: wire.Failed, Message: reason}
	if f.Completed {
		a.counts.Completed++
		status.Transition = wire.Completed
	} else {
		a.counts.Failed++
	}
	return a.records(status, wire.RegistryKey(id), value)
}

// maxReason bounds the bytes of why a query failed.
const maxReason = 4 << 10

// reject tells what is wrong with a submission, and what becomes of the query
// that it was to replace: nothing.
func (a *Admitter) reject(rec *kafka.Record, id string, p *submission.Problem) []kafka.Record {
	a.counts.Rejected++
	s := statusOf(p)
	s.ID, s.Epoch, s.Transition = id, rec.Offset, wire.Rejected
	if old, ok := a.registered(id); ok {
		s.Message = join(s.Message, fmt.Sprintf("the query of epoch %d stays as it was", old.epoch))
	}
	return a.records(s, nil, nil)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// records returns the status record, behind the registry record with the given key, unless
// that is nil, and value, nil for a tombstone.
func (a *Admitter) records(s *wire.Status, key, value []byte) []kafka.Record {
	var out []kafka.Record
	if key != nil {
		out = append(out, kafka.Record{
			Topic: kafka.TopicRegistry, Key: key, Value: value,
			Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(s.Epoch)}},
		})
	}
	s.Time = a.cfg.Now().UTC()
	told, err := s.Marshal()
	if err != nil {
		a.cfg.Log.Error("a status could not be written", "query", s.ID, "epoch", s.Epoch, "transition", s.Transition, "error", err)
		return out
	}
	key = nil
	if s.ID != "" {
		key = []byte(s.ID)
	}
	return append(out, kafka.Record{Topic: kafka.TopicStatus, Key: key, Value: told})
}
