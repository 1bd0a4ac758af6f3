package reference

import (
	"fmt"
	"maps"
	"slices"
)

// Set runs many queries over one pass of the input.
type Set struct {
	queries   []*Query
	documents int
	bad       int
}

// NewSet compiles queries, by id.
func NewSet(queries map[string]string) (*Set, error) {
	s := &Set{}
	for _, id := range slices.Sorted(maps.Keys(queries)) {
		q, err := New(queries[id])
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", id, err)
		}
		q.ID = id
		s.queries = append(s.queries, q)
	}
	return s, nil
}

// Answer runs queries, by id, over documents, of which bad ones are passed over,
// and returns the final rows.
func Answer(queries map[string]string, docs [][]byte) (map[string][]Row, error) {
	s, err := NewSet(queries)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		_ = s.Add(d) // bad documents are part of the input
	}
	return s.Rows(), nil
}

// Add gives one document to every query. A bad one is counted and returned as
// an error.
func (s *Set) Add(doc []byte) error {
	s.documents++
	d, err := Parse(doc)
	if err != nil {
		s.bad++
		return err
	}
	for _, q := range s.queries {
		q.AddDocument(d)
	}
	return nil
}

// Documents returns how many documents were added, bad ones included.
func (s *Set) Documents() int { return s.documents }

// Bad returns how many documents could not be read.
func (s *Set) Bad() int { return s.bad }

// Rows returns the final rows of every query, by id; a query without rows has
// an entry too.
func (s *Set) Rows() map[string][]Row {
	rows := make(map[string][]Row, len(s.queries))
	for _, q := range s.queries {
		rows[q.ID] = q.Rows()
	}
	return rows
}

// Arrays returns, by id, of how many of the errors it is the reason that an array which is
// unnested is ERROR. They count here whatever WHERE says of the document.
func (s *Set) Arrays() map[string]int64 {
	out := make(map[string]int64, len(s.queries))
	for _, q := range s.queries {
		out[q.ID] = int64(q.arrays)
	}
	return out
}

// Counters returns what every query has counted, by id: matched, errors and no_time, as
// the engine calls them. Errors of results are those of all groups.
func (s *Set) Counters() map[string]map[string]int64 {
	out := make(map[string]map[string]int64, len(s.queries))
	for _, q := range s.queries {
		out[q.ID] = map[string]int64{"matched": int64(q.matched), "errors": int64(q.errs + q.Failed(nil)), "no_time": int64(q.untimed)}
	}
	return out
}
