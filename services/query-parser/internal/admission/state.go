package admission

import (
	"fmt"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// State is what the registry says: which queries are registered.
type State struct {
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

// NewState returns the state of an empty registry.
func NewState() *State {
	return &State{queries: map[string]entry{}, epochs: map[string]int64{}, greatest: -1}
}

// Len returns how many queries are registered, failed ones too.
func (s *State) Len() int { return len(s.queries) }

// Greatest returns the greatest epoch in the registry, -1 if there is none.
func (s *State) Greatest() int64 { return s.greatest }

// Read takes one record of the registry into account. An epoch that does not
// increase means that somebody else writes there, and is an error.
func (s *State) Read(rec *kafka.Record) error {
	if rec.Control {
		return nil
	}
	id, ours := wire.ParseRegistryKey(rec.Key)
	if !ours {
		return nil
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

func (s *State) set(id string, e entry) {
	s.greatest = max(s.greatest, e.epoch)
	if e.value == nil {
		delete(s.queries, id)
		return
	}
	s.queries[id] = e
}
