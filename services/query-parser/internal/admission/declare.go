package admission

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/declared"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
)

// declare decides about a CREATE or a DROP of a stream or a view.
func (a *Admitter) declare(ctx context.Context, rec *kafka.Record, id string, sub *wire.Submission, d *submission.Declaration) ([]kafka.Record, error) {
	if err := d.CheckID(id); err != nil {
		return a.rejectDeclaration(rec, id, d, err), nil
	}
	after, note, err := a.checker.Declare(sub, d, a.users)
	if err != nil {
		return a.rejectDeclaration(rec, id, d, err), nil
	}
	status := &wire.Status{ID: id, Object: d.Object, Epoch: rec.Offset, Transition: wire.Accepted, Message: note}
	if d.Drops {
		status.Transition = wire.Dropped
	}
	if after == a.checker.Catalog {
		a.counts.Ignored++
		return a.records(status, nil, nil), nil
	}
	if d.Drops {
		return a.dropDeclared(status, d), nil
	}
	if p := a.full(d); p != nil {
		return a.rejectDeclaration(rec, id, d, p), nil
	}
	next := a.catalog().Clone()
	if old := next.EpochOf(d.Object, d.Name); old >= 0 {
		status.Message = fmt.Sprintf("replaces the %s of epoch %d", d.Object, old)
	}
	key, value, err := a.put(ctx, rec, sub, d, next, status)
	var problem *submission.Problem
	switch {
	case errors.As(err, &problem), errors.Is(err, submission.ErrDefect):
		return a.rejectDeclaration(rec, id, d, err), nil
	case err != nil:
		return nil, err
	}
	a.counts.Accepted++
	a.declared = next
	if d.Object == wire.ObjectStream {
		a.streams = append(a.streams, next.Stream(d.Name))
	}
	return a.records(status, key, value), nil
}

// full refuses a stream where there are as many as may be, unless it takes the place of
// another one.
func (a *Admitter) full(d *submission.Declaration) error {
	now, most := a.catalog(), a.cfg.Limits.MaxDeclaredStreams
	if d.Object != wire.ObjectStream || most == 0 || now.Streams() < most || now.Stream(d.Name) != nil {
		return nil
	}
	return d.TooMany(now.Streams(), most)
}

// SilentError says that a topic has not answered for so long, while the brokers have, that
// the stream over it is not waited for any more.
type SilentError struct{ Err error }

// Error says what it did instead.
func (e *SilentError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *SilentError) Unwrap() error { return e.Err }

// put puts what is declared into next, and returns its registry record. Errors other than
// [*submission.Problem]s and [submission.ErrDefect] are Kafka's.
func (a *Admitter) put(
	ctx context.Context, rec *kafka.Record, sub *wire.Submission, d *submission.Declaration, next *declared.Catalog, status *wire.Status,
) (key, value []byte, err error) {
	var made error
	if d.Object == wire.ObjectView {
		v := &wire.View{Name: d.Name, Epoch: rec.Offset, SQL: sub.SQL, Owner: sub.Owner, Submitted: a.submitted(rec)}
		key, made = wire.ViewKey(d.Name), next.PutView(v)
		value, err = v.Marshal()
	} else {
		s := &wire.Stream{Name: d.Name, Epoch: rec.Offset, SQL: sub.SQL, Owner: sub.Owner, Submitted: a.submitted(rec), Topic: d.Topic}
		topic, refused := a.cfg.Topic(ctx, s.Topic)
		var no *kafka.RefusedError
		var silent *SilentError
		switch {
		case errors.As(refused, &no):
			return nil, nil, d.Refused(no)
		case errors.As(refused, &silent):
			return nil, nil, d.Silent(silent)
		case refused != nil:
			return nil, nil, refused
		}
		s.TopicID, s.Partitions, s.From = topic.ID, int32(len(topic.Ends)), topic.Ends
		if slices.Max(topic.Ends) > 0 {
			status.Message = join(status.Message, fmt.Sprintf("topic %s has records already: the stream begins with what comes from now on", s.Topic))
		}
		key, made = wire.StreamKey(d.Name), next.PutStream(s)
		value, err = s.Marshal()
	}
	if err == nil {
		err = a.checker.Size(value)
	}
	if err != nil {
		return nil, nil, problemOf(err)
	}
	if made != nil {
		a.cfg.Log.Error("what was just declared cannot be read, which is a defect", "sql", sub.SQL, "error", made)
		return nil, nil, submission.ErrDefect
	}
	return key, value, nil
}

// dropDeclared drops a stream or a view. Its tombstone carries the epoch of the drop.
func (a *Admitter) dropDeclared(status *wire.Status, d *submission.Declaration) []kafka.Record {
	a.counts.Dropped++
	next := a.catalog().Clone()
	status.Message = fmt.Sprintf("the %s of epoch %d was dropped", d.Object, next.EpochOf(d.Object, d.Name))
	key := wire.ViewKey(d.Name)
	if s := next.Stream(d.Name); d.Object == wire.ObjectStream && s != nil {
		key = wire.StreamKey(d.Name)
		status.Message += "; topic " + s.Topic + " stays as it is, with its records"
	}
	next.Drop(d.Object, d.Name, status.Epoch)
	a.declared = next
	return a.records(status, key, nil)
}

// rejectDeclaration tells what is wrong with the declaration of a stream or a view, and
// what becomes of the one that it was to replace or to drop: nothing.
func (a *Admitter) rejectDeclaration(rec *kafka.Record, id string, d *submission.Declaration, err error) []kafka.Record {
	a.counts.Rejected++
	s := statusOf(problemOf(err))
	s.ID, s.Object, s.Epoch, s.Transition = id, d.Object, rec.Offset, wire.Rejected
	now := a.catalog()
	if old := now.EpochOf(d.Object, id); old >= 0 {
		s.Message = join(s.Message, fmt.Sprintf("the %s of epoch %d stays as it was", d.Object, old))
	}
	return a.records(s, nil, nil)
}

// users returns the queries that read what has a name, by the decisions so far: those
// that have failed do not hold it.
func (a *Admitter) users(name string) []string {
	var ids []string
	look := func(id string, e entry) {
		if e.value == nil || e.failed || !submission.MayRead(string(e.value), name) {
			return
		}
		var r wire.Registry
		if err := r.Unmarshal(e.value); err != nil || submission.Reads(r.SQL, name) {
			ids = append(ids, id)
		}
	}
	for id, e := range a.staged {
		look(id, e)
	}
	for id, e := range a.state.queries {
		if _, decided := a.staged[id]; !decided {
			look(id, e)
		}
	}
	return ids
}
