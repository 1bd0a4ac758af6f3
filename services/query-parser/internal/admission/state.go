package admission

import (
	"fmt"

	"github.com/millrace/millrace/libs/declared"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
)

// State is what the registry says: which queries are registered, and which streams and
// views are declared.
type State struct {
	declared *declared.Catalog
	queries  map[string]entry
	epochs   map[string]int64 // of everything read, drops too
	greatest int64
}

// entry is one registered query.
type entry struct {
	epoch  int64
	failed bool
	value  []byte // its registry record; nil: dropped
}

// NewState returns the state of an empty registry, where there is what Millrace comes
// with.
func NewState(builtIn *catalog.Catalog) *State {
	return &State{declared: declared.New(builtIn), queries: map[string]entry{}, epochs: map[string]int64{}, greatest: -1}
}

// Len returns how many queries are registered, failed ones too.
func (s *State) Len() int { return len(s.queries) }

// Greatest returns the greatest epoch in the registry, -1 if there is none.
func (s *State) Greatest() int64 { return s.greatest }

// Read takes one record of the registry into account. An epoch that does not
// increase means that somebody else writes there, and is an error. After a
// [*declared.LeftOutError] reading goes on.
func (s *State) Read(rec *kafka.Record) error {
	if rec.Control {
		return nil
	}
	id, ours := wire.ParseRegistryKey(rec.Key)
	if !ours {
		return s.readDeclaration(rec)
	}
	e := entry{value: rec.Value}
	if rec.Value == nil {
		header, _ := rec.Header(wire.HeaderEpoch)
		epoch, err := wire.ParseEpoch(header)
		if err != nil {
			return fmt.Errorf("drop of query %s: %w", id, err)
		}
		e.epoch = epoch
	} else {
		var r wire.Registry
		if err := r.Unmarshal(rec.Value); err != nil {
			return fmt.Errorf("query %s: %w", id, err)
		}
		e.epoch, e.failed = r.Epoch, r.Failed != nil
	}
	if last, seen := s.epochs[id]; seen && e.epoch <= last {
		return fmt.Errorf("query %s has epoch %d after epoch %d: somebody else writes the registry", id, e.epoch, last)
	}
	s.epochs[id] = e.epoch
	s.set(id, e)
	return nil
}

// readDeclaration reads a record about a stream or a view, if it is one.
func (s *State) readDeclaration(rec *kafka.Record) error {
	header, _ := rec.Header(wire.HeaderEpoch)
	change, err := s.declared.Read(rec.Key, rec.Value, header)
	if err != nil || change.Object == "" {
		return err
	}
	s.greatest = max(s.greatest, change.Epoch)
	return change.LeftOut
}

func (s *State) set(id string, e entry) {
	s.greatest = max(s.greatest, e.epoch)
	if e.value == nil {
		delete(s.queries, id)
		return
	}
	s.queries[id] = e
}
