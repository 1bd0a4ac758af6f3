package explain

import (
	"fmt"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Physical is a query's part of the shared plan.
type Physical struct {
	Stream  string   `json:"stream"`  // of a union several, with commas between them
	Columns []string `json:"columns"` // that documents are decoded for; besides the event time
	Nodes   []Node   `json:"nodes"`   // layer by layer, inputs before their users
}

// Node is one node of the shared plan.
type Node struct {
	ID      string   `json:"id"` // 32 hexadecimal digits; a table's and a rows' are on the exchange
	Kind    string   `json:"kind"`
	Text    string   `json:"text,omitempty"` // what it is
	Inputs  []string `json:"inputs,omitempty"`
	Access  *Access  `json:"access,omitempty"`  // of a selection
	Routing string   `json:"routing,omitempty"` // of a table: key, by group, or table, all groups together
}

// Access is how the rows of a selection are found.
type Access struct {
	Path string   `json:"path"` // counted, direct, refined, candidate or dense
	By   []Lookup `json:"by,omitempty"`
	Rest string   `json:"rest,omitempty"` // what is evaluated in the rows that were found

	// Guess is the part of all rows that is looked at, as it is guessed from the
	// kinds of predicates; it was not measured.
	Guess    float64 `json:"guess"`
	Measured *Rows   `json:"measured,omitempty"` // the same as it was measured, and how many it keeps
}

// Lookup is an access predicate, which an index holds.
type Lookup struct {
	Index      string   `json:"index"`
	Column     string   `json:"column"`
	Predicates []string `json:"predicates"`      // one, or the bounds of one interval
	Under      *Lookup  `json:"under,omitempty"` // the index is looked into only where this is TRUE
}

func physical(q *query, m Measured) Physical {
	p := Physical{Stream: strings.Join(q.shape.Streams(), ", "), Columns: []string{}, Nodes: make([]Node, len(q.nodes))}
	for _, c := range q.columns {
		p.Columns = append(p.Columns, c.name)
	}
	for i, u := range q.nodes {
		p.Nodes[i] = node(u.node, u.text, q.route(u.node), m)
	}
	return p
}

// node describes n by its text; the route is of a selection, nil where it is not
// known.
func node(n *share.Node, text string, r *build.Route, m Measured) Node {
	out := Node{ID: n.ID.String(), Kind: n.Kind.String(), Text: text}
	for _, in := range n.Inputs() {
		out.Inputs = append(out.Inputs, in.ID.String())
	}
	switch {
	case n.Kind == share.SelectionNode && r != nil:
		out.Access = access(r)
		out.Access.Measured = measuredRows(m, n.ID)
	case n.Kind == share.TableNode:
		out.Routing = n.Routing.String()
	}
	return out
}

func access(r *build.Route) *Access {
	a := &Access{Path: string(r.Path), Rest: r.Rest, Guess: r.Rows}
	for i := range r.By {
		a.By = append(a.By, *lookup(&r.By[i]))
	}
	return a
}

func lookup(b *build.Access) *Lookup {
	l := &Lookup{Index: b.Index, Column: b.Column, Predicates: b.Predicates}
	if b.Under != nil {
		l.Under = lookup(b.Under)
	}
	return l
}

// describe writes what a node is, beyond its kind and inputs.
func describe(n *share.Node) string {
	switch n.Kind {
	case share.ScanNode:
		return n.Stream()
	case share.UnnestNode, share.AtomNode:
		return plan.FormatExpr(n.Expr())
	case share.CombinationNode:
		return n.Func()
	case share.SelectionNode:
		if n.Everything() {
			return "everything"
		}
		return ""
	case share.GroupingNode:
		return describeGrouping(n.Spec())
	case share.TableNode:
		return ""
	case share.AggregateNode:
		return describeAggregate(n.Agg())
	case share.RowsNode:
		return "columns=[" + columnList(n.Rows().Cols, false) + "]"
	case share.OutputNode:
		return describeOutput(n.Shape())
	default:
		return ""
	}
}

func describeGrouping(t *share.TableSpec) string {
	keys := make([]string, len(t.Keys))
	for i, k := range t.Keys {
		keys[i] = plan.FormatExpr(k)
	}
	text := "keys=[" + strings.Join(keys, " ") + "]"
	if w := t.Window; w != nil {
		text += " window=" + w.Kind.String() + "(" + w.Time + ", " + (time.Duration(w.Size) * time.Microsecond).String() + ")"
	}
	return text
}

func describeAggregate(a *share.AggSpec) string {
	if a.Top == nil {
		return plan.FormatAgg(a.Agg)
	}
	cols := make([]string, len(a.Top.Cols))
	for i, c := range a.Top.Cols {
		cols[i] = plan.FormatExpr(c)
	}
	return a.Agg.Func + " columns=[" + strings.Join(cols, " ") + "] " + orderAndLimit(a.Top.Order, a.Top.K)
}

func describeOutput(s *share.Shape) string {
	if s.Rows != nil {
		return "columns=[" + columnList(s.Rows.Cols, true) + "]"
	}
	t := s.Table
	text := "emit=" + t.Emit.String()
	if t.Having != nil {
		text += " having=" + plan.FormatExpr(t.Having)
	}
	if t.K > 0 {
		text += " " + orderAndLimit(t.Order, t.K)
		if t.Skip > 0 {
			text += fmt.Sprintf(" skip=%d", t.Skip)
		}
	}
	return text + " columns=[" + columnList(t.Cols, true) + "]"
}

func columnList(cols []plan.NamedExpr, named bool) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = plan.FormatExpr(c.Expr)
		if named {
			parts[i] = plan.FormatName(c.Name) + "=" + parts[i]
		}
	}
	return strings.Join(parts, " ")
}

func orderAndLimit(keys []plan.SortKey, k int64) string {
	return fmt.Sprintf("order=[%s] k=%d", plan.FormatOrder(keys), k)
}
