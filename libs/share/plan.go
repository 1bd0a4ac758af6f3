package share

import (
	"fmt"
	"maps"
	"slices"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Plan is the shared plan of all queries. It is used by one goroutine at a time;
// its nodes may be read by any.
type Plan struct {
	entries map[plan.ID]*entry
	outputs map[string]*entry // by query id
}

type entry struct {
	node *Node
	refs int // nodes above that have it as an input, and queries for an output
}

// Change is what adding or dropping a query did to the shared plan.
type Change struct {
	Added   []*Node // inputs before users
	Removed []*Node // users before inputs
}

// New returns the shared plan of no queries.
func New() *Plan {
	return &Plan{entries: map[plan.ID]*entry{}, outputs: map[string]*entry{}}
}

// Add adds a query, or gives the query of that id another shape, and returns
// which nodes are new and which are gone. An error leaves the plan as it was.
func (p *Plan) Add(id string, s *Shape) (Change, error) {
	output, added, err := p.intern(nodesOf(s))
	if err != nil {
		return Change{}, fmt.Errorf("query %s: %w", id, err)
	}
	c := Change{Added: added}
	output.refs++
	if old := p.outputs[id]; old != nil {
		c.Removed = p.release(old, nil)
	}
	p.outputs[id] = output
	return c, nil
}

// Drop removes a query and returns the nodes that nobody uses any more. A query
// that is not there is not an error.
func (p *Plan) Drop(id string) Change {
	output := p.outputs[id]
	if output == nil {
		return Change{}
	}
	delete(p.outputs, id)
	return Change{Removed: p.release(output, nil)}
}

// intern adds the nodes that are not there and returns the entry of the last.
func (p *Plan) intern(nodes []*Node) (last *entry, added []*Node, err error) {
	for _, n := range nodes {
		m := *n
		m.Inputs = make([]*Node, len(n.Inputs))
		for i, in := range n.Inputs {
			m.Inputs[i] = p.entries[in.ID].node
		}
		if last = p.entries[m.ID]; last != nil {
			if last.node.equal(&m) {
				continue
			}
			p.undo(added)
			return nil, nil, fmt.Errorf("%s and %s are different and have the same id %s", describe(last.node), describe(&m), m.ID)
		}
		last = &entry{node: &m}
		p.entries[m.ID] = last
		for _, in := range m.Inputs {
			p.entries[in.ID].refs++
		}
		added = append(added, &m)
	}
	return last, added, nil
}

func (p *Plan) undo(added []*Node) {
	for _, n := range slices.Backward(added) {
		delete(p.entries, n.ID)
		for _, in := range n.Inputs {
			p.entries[in.ID].refs--
		}
	}
}

// release takes one reference from e and appends what that removes.
func (p *Plan) release(e *entry, removed []*Node) []*Node {
	if e.refs--; e.refs > 0 {
		return removed
	}
	delete(p.entries, e.node.ID)
	removed = append(removed, e.node)
	for _, in := range e.node.Inputs {
		removed = p.release(p.entries[in.ID], removed)
	}
	return removed
}

// Preview says what adding a query would do: which of its nodes are there
// already and which would be new.
func (p *Plan) Preview(s *Shape) (reused, added []*Node) {
	for _, n := range nodesOf(s) {
		if e := p.entries[n.ID]; e != nil {
			reused = append(reused, e.node)
		} else {
			added = append(added, n)
		}
	}
	return reused, added
}

// Queries returns the ids of all queries, sorted.
func (p *Plan) Queries() []string { return slices.Sorted(maps.Keys(p.outputs)) }

// Len returns how many nodes of a kind there are.
func (p *Plan) Len(k Kind) int {
	n := 0
	for _, e := range p.entries {
		if e.node.Kind == k {
			n++
		}
	}
	return n
}

// Uses returns, for every node, the queries that use it, sorted. It walks the
// whole plan.
func (p *Plan) Uses() map[plan.ID][]string {
	uses := make(map[plan.ID][]string, len(p.entries))
	var walk func(n *Node, id string)
	walk = func(n *Node, id string) {
		have := uses[n.ID]
		if len(have) > 0 && have[len(have)-1] == id {
			return
		}
		uses[n.ID] = append(have, id)
		for _, in := range n.Inputs {
			walk(in, id)
		}
	}
	for _, id := range p.Queries() {
		walk(p.outputs[id].node, id)
	}
	return uses
}
