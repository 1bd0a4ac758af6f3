package share

import (
	"fmt"
	"maps"
	"slices"

	"github.com/millrace/millrace/libs/share/byid"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Plan is the shared plan of all queries. It is used by one goroutine at a time;
// its nodes may be read by any.
type Plan struct {
	nodes   byid.Set[*Node]
	outputs map[string]*Node // by query id
	specs   map[string]*TableSpec
	columns map[string]*plan.Column // by name
}

// Change is what adding or dropping a query did to the shared plan.
type Change struct {
	Added   []*Node // inputs before users
	Removed []*Node // users before inputs
}

// Addition is a query that can be added: which of its nodes are there already, and
// which would be new, inputs before users. It holds until the plan changes.
type Addition struct {
	Reused, Added []*Node

	output *Node
}

// New returns the shared plan of no queries.
func New() *Plan {
	return &Plan{outputs: map[string]*Node{}, specs: map[string]*TableSpec{}, columns: map[string]*plan.Column{}}
}

// Prepare finds out what adding a query would do, and does none of it: several may
// at once. An error says that two different nodes have the same id.
func (p *Plan) Prepare(s *Shape) (*Addition, error) {
	c := &collector{plan: p}
	output := c.shape(s)
	return &Addition{c.reused, c.added, output}, c.err
}

// Add adds a query, or gives the query of that id another shape, and returns which
// nodes are new and which are gone. An error leaves the plan as it was.
func (p *Plan) Add(id string, s *Shape) (Change, error) {
	a, err := p.Prepare(s)
	if err != nil {
		return Change{}, fmt.Errorf("query %s: %w", id, err)
	}
	return p.Commit(id, a), nil
}

// Commit is Add of a query that was prepared.
func (p *Plan) Commit(id string, a *Addition) Change {
	for _, n := range a.Added {
		p.nodes.Put(n)
		for _, in := range n.Inputs() {
			in.refs++
		}
		switch spec := n.Spec(); {
		case n.Kind == AtomNode:
			p.keepColumns(n.Expr())
		case n.Kind == OutputNode && spec != nil:
			p.specs[spec.key] = spec
			spec.refs++
		}
	}
	c := Change{Added: a.Added}
	a.output.refs++
	if old := p.outputs[id]; old != nil {
		c.Removed = p.release(old, nil)
	}
	p.outputs[id] = a.output
	return c
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

// release takes one reference from n and appends what that removes.
func (p *Plan) release(n *Node, removed []*Node) []*Node {
	if n.refs--; n.refs > 0 {
		return removed
	}
	p.nodes.Delete(n.ID)
	if spec := n.Spec(); n.Kind == OutputNode && spec != nil {
		if spec.refs--; spec.refs == 0 {
			delete(p.specs, spec.key)
		}
	}
	removed = append(removed, n)
	for _, in := range n.Inputs() {
		removed = p.release(in, removed)
	}
	return removed
}

// Queries returns the ids of all queries, sorted.
func (p *Plan) Queries() []string { return slices.Sorted(maps.Keys(p.outputs)) }

// Len returns how many nodes of a kind there are.
func (p *Plan) Len(k Kind) int {
	n := 0
	for node := range p.nodes.All() {
		if node.Kind == k {
			n++
		}
	}
	return n
}

// Uses returns, for every node, the queries that use it, sorted. It walks the
// whole plan.
func (p *Plan) Uses() map[plan.ID][]string {
	uses := make(map[plan.ID][]string, p.nodes.Len())
	var walk func(n *Node, id string)
	walk = func(n *Node, id string) {
		have := uses[n.ID]
		if len(have) > 0 && have[len(have)-1] == id {
			return
		}
		uses[n.ID] = append(have, id)
		for _, in := range n.Inputs() {
			walk(in, id)
		}
	}
	for _, id := range p.Queries() {
		walk(p.outputs[id], id)
	}
	return uses
}
