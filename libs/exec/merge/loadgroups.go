package merge

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/sql/plan"
)

// groupChunk is a record of the checkpoints topic that holds a group, or a part of one.
type groupChunk struct {
	stateKey
	chunk uint32
	value []byte
}

// loadGroups decodes groups, and returns the nodes of which a row may have an error in its
// output: an aggregate is one, or may become one when it is added to another.
func (s *Partition) loadGroups(chunks []groupChunk) (suspects map[plan.ID]*node, err error) {
	slices.SortFunc(chunks, func(a, b groupChunk) int {
		if c := compareKeys(a.stateKey, b.stateKey); c != 0 {
			return c
		}
		return cmp.Compare(a.chunk, b.chunk)
	})
	suspects = map[plan.ID]*node{}
	var last *node
	var within *segment // of the last node, what its group landed in
	for len(chunks) > 0 {
		k, n := chunks[0].stateKey, 1
		for n < len(chunks) && chunks[n].stateKey == k {
			n++
		}
		for i := range n {
			if chunks[i].chunk != uint32(i) {
				return nil, fmt.Errorf("%w: node %s, segment %d: chunk %d of %d is missing", errStates, k.node, k.segment, i, chunks[n-1].chunk+1)
			}
		}
		to := s.nodes[k.node]
		seg := s.landing(to, k)
		if seg == nil {
			s.tombs[k] = n
			s.markState(k)
		} else {
			failed, err := s.loadGroup(to, seg, chunks[:n])
			if err != nil {
				return nil, fmt.Errorf("node %s, segment %d: %w", k.node, k.segment, err)
			}
			if failed || to == last && seg != within {
				suspects[to.id] = to
			}
			last, within = to, seg
		}
		chunks = chunks[n:]
	}
	return suspects, nil
}

// loadGroup adds a group to a segment. It reports whether one of its aggregates is an
// error, or has been added to another.
func (s *Partition) loadGroup(n *node, seg *segment, chunks []groupChunk) (suspect bool, err error) {
	k, enc := chunks[0].stateKey, slices.Clip(chunks[0].value) // what follows it is another record
	for _, c := range chunks[1:] {
		enc = append(enc, c.value...)
	}
	g, err := decodeGroup(enc, n)
	if err != nil {
		return false, err
	}
	g.bytes = keyBytes + int64(len(k.key)+len(enc))
	r := rowRef{k.pane, k.key}
	if seg.start != k.segment {
		s.tombs[k] = len(chunks)
		s.moved(k, seg)
	} else {
		g.chunks = len(chunks)
	}
	if to := seg.group(r); to != nil {
		mergeGroup(n, to, g)
		to.chunks = max(to.chunks, g.chunks)
		return true, nil
	}
	seg.put(r, g)
	return slices.ContainsFunc(g.states, failed), nil
}

// failed reports whether the result of an aggregate is an error.
func failed(st agg.State) bool {
	switch st := st.(type) {
	case nil:
		return false
	case *agg.Top: // a list never is, and would be put in order to tell
		return false
	default:
		_, err := st.Result()
		return err != nil
	}
}
