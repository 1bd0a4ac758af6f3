package explain

import (
	"strings"
	"time"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Step is one node of a logical plan. What is not of its kind is empty.
type Step struct {
	Op         string `json:"op"`
	Text       string `json:"text"` // the whole step, as plan.Format writes it
	depth      int
	Stream     string      `json:"stream,omitempty"`
	Array      string      `json:"array,omitempty"` // of which rows are made
	Predicate  string      `json:"predicate,omitempty"`
	Window     *Window     `json:"window,omitempty"`
	Keys       []string    `json:"keys,omitempty"`
	Aggregates []string    `json:"aggregates,omitempty"`
	Columns    []NamedExpr `json:"columns,omitempty"`
	Order      []Order     `json:"order,omitempty"`
	Limit      int64       `json:"limit,omitempty"`
	Offset     int64       `json:"offset,omitempty"`
	Emit       string      `json:"emit,omitempty"`
}

// Window is how rows are assigned to windows.
type Window struct {
	Kind string `json:"kind"`
	Time string `json:"time"` // the column
	Size string `json:"size"`
}

// NamedExpr is a column of the output.
type NamedExpr struct {
	Name string `json:"name"`
	Expr string `json:"expr"`
	Type string `json:"type"`
}

// Order is one item of an ORDER BY.
type Order struct {
	Expr       string `json:"expr"`
	Descending bool   `json:"descending,omitempty"`
	NullsFirst bool   `json:"nulls_first,omitempty"`
}

// logical returns the steps of a plan.
func logical(root *plan.Output) []Step {
	lines := planLines(root)
	var steps []Step
	plan.Walk(root, func(n plan.Node, depth int) {
		s := step(n)
		s.Text, s.depth = lines[len(steps)], depth
		steps = append(steps, s)
	})
	return steps
}

func step(n plan.Node) Step {
	switch n := n.(type) {
	case *plan.Scan:
		return Step{Op: "scan", Stream: n.Stream}
	case *plan.Union:
		return Step{Op: "union"}
	case *plan.Unnest:
		return Step{Op: "unnest", Array: plan.FormatExpr(n.Array)}
	case *plan.Filter:
		return Step{Op: "filter", Predicate: plan.FormatExpr(n.Pred)}
	case *plan.Window:
		size := time.Duration(n.Size) * time.Microsecond
		return Step{Op: "window", Window: &Window{Kind: n.Kind.String(), Time: n.Time, Size: size.String()}}
	case *plan.Aggregate:
		s := Step{Op: "aggregate"}
		for _, k := range n.Keys {
			s.Keys = append(s.Keys, plan.FormatExpr(k))
		}
		for _, a := range n.Aggs {
			s.Aggregates = append(s.Aggregates, plan.FormatAgg(a))
		}
		return s
	case *plan.Project:
		s := Step{Op: "project"}
		for _, c := range n.Cols {
			s.Columns = append(s.Columns, NamedExpr{c.Name, plan.FormatExpr(c.Expr), c.Expr.Type().String()})
		}
		return s
	case *plan.TopK:
		s := Step{Op: "topk", Limit: n.K, Offset: n.Skip}
		for _, k := range n.Order {
			s.Order = append(s.Order, Order{plan.FormatExpr(k.Expr), k.Desc, k.NullsFirst})
		}
		return s
	case *plan.Output:
		return Step{Op: "output", Emit: n.Emit.String(), Limit: n.Limit, Offset: n.Skip}
	default:
		return Step{Op: "unknown"}
	}
}

// planLines returns what plan.Format writes, a line for each node, without the
// drawing of the tree.
func planLines(root *plan.Output) []string {
	lines := strings.Split(strings.TrimRight(plan.Format(root), "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimLeft(l, " "), "└─ ")
	}
	return lines
}
