package explain

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Explanation is how one query is answered.
type Explanation struct {
	Subject
	Running  bool     `json:"running"` // it is in the shared plan
	Logical  []Step   `json:"logical"` // from the output down to the scan, each of the next
	Physical Physical `json:"physical"`
	Sharing  *Sharing `json:"sharing,omitempty"` // where it was asked for
}

// Subject says which query is explained, for people; a query that is not
// registered has no ID.
type Subject struct {
	ID      string `json:"id,omitempty"`
	Epoch   *int64 `json:"epoch,omitempty"`
	State   string `json:"state,omitempty"`
	Message string `json:"message,omitempty"` // why it is in that state, or how the query was read
	SQL     string `json:"sql,omitempty"`
}

// Options say what is explained besides the plans.
type Options struct {
	Sharing  bool
	Measured Measured // nil: nothing is measured
}

// ErrUnknown says that no such query is registered.
var ErrUnknown = errors.New("the query is not registered")

// LeftOutError says that a registered query cannot be explained.
type LeftOutError struct {
	Why string
}

// Error tells it.
func (e *LeftOutError) Error() string {
	return "the plan of the query cannot be read by this version: " + e.Why
}

// Query explains a registered query: what others use of it, too. One that has
// failed is explained as if it were to run. Errors are [ErrUnknown], a
// [*LeftOutError], or what the catalog lacks.
func (p *Plans) Query(id string, o Options) (Explanation, error) {
	p.mu.RLock()
	out, failed, why := p.queries[id], p.failed[id], p.left[id]
	if out == nil {
		p.mu.RUnlock()
		switch {
		case failed != nil:
			root, err := plan.Decode(failed)
			if err != nil {
				return Explanation{}, &LeftOutError{Why: err.Error()}
			}
			return p.Candidate(root, o)
		case why != "":
			return Explanation{}, &LeftOutError{Why: why}
		default:
			return Explanation{}, ErrUnknown
		}
	}
	root, err := plan.Decode(out.plan)
	if err != nil {
		p.mu.RUnlock()
		return Explanation{}, fmt.Errorf("query %s: %w", id, err)
	}
	q := &query{root: root, shape: out.node.Shape(), running: true}
	for _, n := range below(out.node) {
		q.nodes = append(q.nodes, used{node: n, others: int(p.users[n]) - 1})
		if n.Kind == share.SelectionNode {
			q.selections = append(q.selections, selected{node: n, made: p.made[n.ID]})
		}
	}
	p.look(q, -1)
	p.mu.RUnlock()
	return p.explain(q, o)
}

// Candidate explains a query that is not registered, as it would be if it were.
func (p *Plans) Candidate(root *plan.Output, o Options) (Explanation, error) {
	shape, err := share.Decompose(root)
	if err != nil {
		return Explanation{}, err
	}
	q := &query{root: root, shape: shape}
	p.mu.RLock()
	a, err := p.shared.Prepare(shape)
	if err != nil {
		p.mu.RUnlock()
		return Explanation{}, err
	}
	for _, n := range a.Reused {
		q.nodes = append(q.nodes, used{node: n, others: int(p.users[n])})
	}
	for _, n := range a.Added {
		q.nodes = append(q.nodes, used{node: n})
	}
	for _, u := range q.nodes {
		if u.node.Kind == share.SelectionNode {
			q.selections = append(q.selections, selected{node: u.node, made: p.made[u.node.ID]})
		}
	}
	for _, n := range a.Added {
		of, m := makes(n)
		for i := range q.selections {
			if s := &q.selections[i]; s.node == of {
				s.made.groupings += m.groupings
				s.made.more += m.more
			}
		}
	}
	p.look(q, 0)
	p.mu.RUnlock()
	return p.explain(q, o)
}

// query is what is known of a query that is explained.
type query struct {
	root       *plan.Output
	shape      *share.Shape
	running    bool // its own use is not among others
	nodes      []used
	columns    []usedColumn
	selections []selected // one, or those of the branches of a union
	queries    int        // others that run
	left       int
}

// selected is a selection, what is made of it, and how its rows are found.
type selected struct {
	node  *share.Node
	made  made
	route build.Route
}

// route returns how the rows of a selection are found; nil: n is none.
func (q *query) route(n *share.Node) *build.Route {
	for i := range q.selections {
		if s := &q.selections[i]; s.node == n {
			return &s.route
		}
	}
	return nil
}

// used is a node, how many other queries use it, and what it is sorted by.
type used struct {
	node   *share.Node
	others int
	depth  int
	text   string
}

type usedColumn struct {
	name   string
	others int
}

// look reads what the whole knows of a query; own is -1 for one that is counted
// there.
func (p *Plans) look(q *query, own int) {
	for _, c := range columnsOf(q.shape) {
		name := c.name
		if len(q.shape.Streams()) > 1 {
			name = c.stream + "." + name
		}
		q.columns = append(q.columns, usedColumn{name, int(p.columns[c]) + own})
	}
	q.queries, q.left = len(p.queries)+own, len(p.left)
}

// explain needs no lock: nodes do not change.
func (p *Plans) explain(q *query, o Options) (Explanation, error) {
	for i := range q.nodes {
		u := &q.nodes[i]
		u.depth, u.text = depth(u.node), describe(u.node)
	}
	sort.Slice(q.nodes, func(i, j int) bool { // inputs before users, and else by what they are
		a, b := &q.nodes[i], &q.nodes[j]
		return cmp.Or(cmp.Compare(a.node.Kind, b.node.Kind), cmp.Compare(a.depth, b.depth),
			strings.Compare(a.text, b.text), bytes.Compare(a.node.ID[:], b.node.ID[:])) < 0
	})
	paths := p.paths.Load()
	for i := range q.selections {
		s := &q.selections[i]
		var err error
		if s.route, err = paths.Route(s.node, s.made.counts()); err != nil {
			return Explanation{}, err
		}
	}
	e := Explanation{Running: q.running, Logical: logical(q.root), Physical: physical(q, o.Measured)}
	if o.Sharing {
		e.Sharing = sharing(q, o.Measured)
	}
	return e, nil
}
