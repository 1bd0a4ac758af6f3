package explain

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Plans is the shared plan of all registered queries. A query's cost in memory is
// that of the nodes that it alone has. It is safe for concurrent use.
type Plans struct {
	paths atomic.Pointer[build.Builder] // of no query: it tells access paths

	mu      sync.RWMutex
	shared  *share.Plan
	queries map[string]*output // that run
	failed  map[string][]byte  // registered queries that do not run: their plans
	left    map[string]string  // registered queries whose plans cannot be read: why

	outputs map[plan.ID]*output
	users   map[*share.Node]int32 // how many queries use a node
	columns map[column]int32      // how many queries read a column
	made    map[plan.ID]made      // by selection
}

// output is what queries with equal plans have in common.
type output struct {
	node *share.Node
	plan []byte
}

// column is a column of a stream that documents have to be decoded for.
type column struct{ stream, name string }

// made says what is made of the rows of a selection.
type made struct {
	groupings int32
	more      int32 // rows, keys, windows and aggregates for which the number of rows is not enough
}

// counts reports whether only the number of rows is wanted.
func (m made) counts() bool { return m.groupings == 1 && m.more == 0 }

// New returns the plan of no queries over the streams of a catalog.
func New(c *catalog.Catalog) *Plans {
	p := new(Plans)
	p.Over(c)
	p.Reset()
	return p
}

// Over makes the streams of a catalog those that there are. Queries stay as they are.
func (p *Plans) Over(c *catalog.Catalog) { p.paths.Store(build.NewBuilder(c)) }

// Reset forgets all queries.
func (p *Plans) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shared = share.New()
	p.queries, p.failed, p.left = map[string]*output{}, map[string][]byte{}, map[string]string{}
	p.outputs, p.users = map[plan.ID]*output{}, map[*share.Node]int32{}
	p.columns, p.made = map[column]int32{}, map[plan.ID]made{}
}

// Run adds a query that runs, or replaces the one of that id; encoded is its plan
// as bytes, which are kept. A query that has no place in the shared plan is left
// out, as by [Plans.LeaveOut].
func (p *Plans) Run(id string, root *plan.Output, encoded []byte) {
	shape, err := share.Decompose(root)
	if err != nil {
		p.LeaveOut(id, err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	change, err := p.shared.Add(id, shape)
	if err != nil {
		p.drop(id)
		p.left[id] = err.Error()
		return
	}
	p.apply(change, encoded)
	delete(p.failed, id)
	delete(p.left, id)
	old := p.queries[id]
	p.queries[id] = p.outputs[shape.ID]
	p.use(p.queries[id], 1)
	if old != nil {
		p.use(old, -1)
	}
}

// Fail notes a query that is registered and does not run.
func (p *Plans) Fail(id string, encoded []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(id)
	p.failed[id] = encoded
}

// LeaveOut notes a registered query whose plan cannot be read, as one that a newer
// version has written: nothing is known of what it shares.
func (p *Plans) LeaveOut(id string, why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(id)
	p.left[id] = why.Error()
}

// Drop forgets a query; one that is not there is no error.
func (p *Plans) Drop(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(id)
}

func (p *Plans) drop(id string) {
	delete(p.failed, id)
	delete(p.left, id)
	old := p.queries[id]
	if old == nil {
		return
	}
	delete(p.queries, id)
	p.use(old, -1)
	p.apply(p.shared.Drop(id), nil)
}

// apply follows a change of the shared plan.
func (p *Plans) apply(c share.Change, encoded []byte) {
	for _, n := range c.Added {
		p.make(n, 1)
		if n.Kind == share.OutputNode {
			p.outputs[n.ID] = &output{node: n, plan: encoded}
		}
	}
	for _, n := range c.Removed {
		p.make(n, -1)
		if n.Kind == share.OutputNode {
			delete(p.outputs, n.ID)
		}
	}
}

// make counts what a node makes of its selection, by = 1, or that it is gone, -1.
func (p *Plans) make(n *share.Node, by int32) {
	of, m := makes(n)
	if of == nil {
		return
	}
	have := p.made[of.ID]
	have.groupings += by * m.groupings
	have.more += by * m.more
	if p.made[of.ID] = have; have == (made{}) {
		delete(p.made, of.ID)
	}
}

// grouped reports whether rows fall into groups, and not into the only one that there is.
func grouped(s *share.TableSpec) bool { return len(s.Keys) > 0 || s.Window != nil }

// makes returns what a node makes of which selection; nil: nothing.
func makes(n *share.Node) (*share.Node, made) {
	switch n.Kind {
	case share.RowsNode:
		return n.Inputs()[0], made{more: 1}
	case share.GroupingNode:
		if grouped(n.Spec()) {
			return n.Inputs()[0], made{groupings: 1, more: 1}
		}
		return n.Inputs()[0], made{groupings: 1}
	case share.AggregateNode:
		if a := n.Agg().Agg; a.CountsRows() {
			return nil, made{}
		}
		grouping := n.Inputs()[0].Inputs()[0]
		return grouping.Inputs()[0], made{more: 1}
	case share.ScanNode, share.UnnestNode, share.AtomNode, share.CombinationNode, share.SelectionNode, share.TableNode, share.OutputNode:
		return nil, made{}
	default:
		return nil, made{}
	}
}

// use counts that a query uses all that an output stands on, by = 1, or that one
// does not any more, -1.
func (p *Plans) use(out *output, by int32) {
	for _, n := range below(out.node) {
		if p.users[n] += by; p.users[n] == 0 {
			delete(p.users, n)
		}
	}
	for _, c := range columnsOf(out.node.Shape()) {
		if p.columns[c] += by; p.columns[c] == 0 {
			delete(p.columns, c)
		}
	}
}

// columnsOf returns the columns that a query reads, each once.
func columnsOf(s *share.Shape) []column {
	var all []column
	for _, part := range s.Parts() {
		for _, name := range part.Columns() {
			if c := (column{part.Stream, name}); !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// below returns the nodes that an output stands on and itself, each once, inputs
// before users.
func below(out *share.Node) []*share.Node {
	var all []*share.Node
	seen := map[*share.Node]bool{}
	var walk func(n *share.Node)
	walk = func(n *share.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, in := range n.Inputs() {
			walk(in)
		}
		all = append(all, n)
	}
	walk(out)
	return all
}
