package merge

import (
	"encoding/binary"
	"fmt"

	"github.com/millrace/millrace/libs/exec/delta"
)

// A query begins at its plan position: it misses the documents that scans read
// under older plans. How many these are is the sum over the seals of plan
// positions below the query's own, whenever the definition is heard of. As no
// seal is folded before its plan position is applied, a query that is new here
// has missed all documents so far.

// awaitLive begins to count what passes before a query whose facts are written here.
func (s *Partition) awaitLive(q *query) {
	s.awaited[q] = struct{}{}
	if !s.begun(q.Query) {
		q.passed = s.documents(q.streams())
	} // else the checkpoint has it
}

// documents returns how many documents of some streams the seals folded so far tell
// of.
func (s *Partition) documents(streams []string) int64 {
	n := int64(0)
	for _, name := range streams {
		st := s.streams[name]
		if st == nil {
			continue
		}
		for p := range st.Partitions {
			if at := s.vector[source{st.Topic, p}]; at != nil {
				n += at.documents
			}
		}
	}
	return n
}

// countPassed adds the documents of a seal to what passed before the queries that
// begin later. From the first seal on that is not before a query, the sum can no
// longer be told from the vector: it becomes state of its own.
func (s *Partition) countPassed(seal *delta.Seal, spoken []*stream) {
	for q := range s.awaited {
		if q.passed < 0 {
			continue
		}
		concerned := false
		for _, st := range spoken {
			if !q.reads(st.name) {
				continue
			}
			concerned = true
			if seal.Plan < q.Position {
				q.passed += st.sealed(seal)
			}
		}
		if concerned && s.begun(q.Query) {
			q.noted = true
			s.markState(passedKey(q))
		}
	}
}

func passedKey(q *query) stateKey { return stateKey{kind: keyPassed, segment: q.Epoch, key: q.ID} }

// passing returns the query that a key of kind keyPassed is of, nil where it is no
// more.
func (s *Partition) passing(k stateKey) *query {
	if q := s.queries[k.key]; q != nil && q.Epoch == k.segment && q.passed >= 0 {
		return q
	}
	return nil
}

// loadPassed takes over what a checkpoint says of a query that is still there.
func (s *Partition) loadPassed(k stateKey, value []byte) error {
	n, w := binary.Uvarint(value)
	if w <= 0 || int64(n) < 0 {
		return fmt.Errorf("%w: documents before query %s", errStates, k.key)
	}
	q := s.queries[k.key]
	if q == nil || q.Epoch != k.segment || q.Failed != "" {
		s.markState(k)
		return nil
	}
	q.passed, q.noted = int64(n), true
	return nil
}

// forgetPassed deletes what the checkpoint has of a query that goes.
func (s *Partition) forgetPassed(q *query) {
	delete(s.awaited, q)
	if q.noted {
		s.markState(passedKey(q))
	}
}
