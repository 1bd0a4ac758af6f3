package explain

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/share"
)

// Whole is the shared plan of all queries as it was at one moment.
type Whole struct {
	queries int
	left    []LeftOut
	nodes   []wholeNode
	paths   *build.Builder

	measured Measured
	costs    []StreamCost
}

// LeftOut is a registered query that is in no plan because its own cannot be read.
type LeftOut struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// PlanNode is a node of the whole plan.
type PlanNode struct {
	Node
	Queries int      `json:"queries"`         // how many use it
	Users   []string `json:"users,omitempty"` // of an output: which
	Cost    *Cost    `json:"cost,omitempty"`  // where it was measured
}

type wholeNode struct {
	node  *share.Node
	depth int // of combinations: those that stand on others come after them
	text  string
	users int
	ids   []string
	made  made
}

// Whole returns the plan of all queries that run; of the options Measured counts.
func (p *Plans) Whole(o Options) *Whole {
	p.mu.RLock()
	w := &Whole{queries: len(p.queries), nodes: make([]wholeNode, 0, len(p.users)), paths: p.paths.Load(), measured: o.Measured}
	for n, users := range p.users {
		w.nodes = append(w.nodes, wholeNode{node: n, users: int(users), made: p.made[n.ID]})
	}
	ids := make(map[*share.Node][]string, len(p.outputs))
	for id, out := range p.queries {
		ids[out.node] = append(ids[out.node], id)
	}
	for id, why := range p.left {
		w.left = append(w.left, LeftOut{id, why})
	}
	p.mu.RUnlock()
	for i := range w.nodes {
		n := &w.nodes[i]
		n.depth, n.text, n.ids = depth(n.node), describe(n.node), ids[n.node]
		slices.Sort(n.ids)
	}
	sort.Slice(w.nodes, func(i, j int) bool {
		a, b := &w.nodes[i], &w.nodes[j]
		return cmp.Or(cmp.Compare(a.node.Kind, b.node.Kind), cmp.Compare(a.depth, b.depth),
			strings.Compare(a.text, b.text), bytes.Compare(a.node.ID[:], b.node.ID[:])) < 0
	})
	for i := range w.nodes {
		if n := w.nodes[i].node; n.Kind == share.ScanNode {
			w.costs = append(w.costs, streamCosts(o.Measured, n)...)
		}
	}
	sort.Slice(w.left, func(i, j int) bool { return w.left[i].ID < w.left[j].ID })
	return w
}

// depth returns how many combinations stand on each other up to n.
func depth(n *share.Node) int {
	if n.Kind != share.CombinationNode {
		return 0
	}
	most := 0
	for _, in := range n.Inputs() {
		most = max(most, depth(in))
	}
	return most + 1
}

// each makes the nodes one by one, as there may be many. One whose access path
// cannot be told, as with another catalog, has none.
func (w *Whole) each(f func(n *PlanNode) error) error {
	for i := range w.nodes {
		from := &w.nodes[i]
		var route *build.Route
		if from.node.Kind == share.SelectionNode {
			if r, err := w.paths.Route(from.node, from.made.counts()); err == nil {
				route = &r
			}
		}
		n := PlanNode{Cost: w.cost(from.node), Node: node(from.node, from.text, route, w.measured), Queries: from.users, Users: from.ids}
		if err := f(&n); err != nil {
			return err
		}
	}
	return nil
}

// WriteJSON writes the plan as one JSON object on one line.
func (w *Whole) WriteJSON(to io.Writer) error {
	out := bufio.NewWriter(to)
	left := w.left
	if left == nil {
		left = []LeftOut{}
	}
	head, err := json.Append(nil, struct {
		Queries int          `json:"queries"`
		LeftOut []LeftOut    `json:"left_out"`
		Costs   []StreamCost `json:"measured,omitempty"`
	}{w.queries, left, w.costs}, 0)
	if err != nil {
		return err
	}
	_, _ = out.Write(head[:len(head)-1])
	_, _ = out.WriteString(`,"nodes":[`)
	var buf []byte
	err = w.each(func(n *PlanNode) error {
		if buf != nil {
			_ = out.WriteByte(',')
		}
		var err error
		if buf, err = json.Append(buf[:0], n, 0); err != nil {
			return err
		}
		_, err = out.Write(buf)
		return err
	})
	if err != nil {
		return err
	}
	_, _ = out.WriteString("]}\n")
	return out.Flush()
}
