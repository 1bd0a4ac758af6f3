package share

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Format writes the shared plan for people and golden files: one node a line,
// layer by layer, with the first eight digits of its id, what it is, its inputs,
// how many nodes (or, for an output, queries) refer to it, and the queries that
// use it. Within a layer lines are sorted by what the nodes are.
func (p *Plan) Format() string {
	uses := p.Uses()
	nodes := make([]*Node, 0, p.nodes.Len())
	text := make(map[*Node]string, p.nodes.Len())
	for n := range p.nodes.All() {
		nodes = append(nodes, n)
		text[n] = describe(n)
	}
	slices.SortFunc(nodes, func(a, b *Node) int {
		if a.Kind != b.Kind {
			return int(a.Kind) - int(b.Kind)
		}
		if c := strings.Compare(text[a], text[b]); c != 0 {
			return c
		}
		return slices.Compare(a.ID[:], b.ID[:])
	})
	var b strings.Builder
	for _, n := range nodes {
		fmt.Fprintf(&b, "%s refs=%d queries=%s\n", text[n], n.refs, strings.Join(uses[n.ID], ","))
	}
	return b.String()
}

// describe writes a node without who uses it.
func describe(n *Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", n.Kind, short(n.ID))
	switch n.Kind {
	case ScanNode:
		fmt.Fprintf(&b, " %s", n.Stream())
		return b.String()
	case UnnestNode:
		fmt.Fprintf(&b, " %s", plan.FormatExpr(n.Expr()))
	case AtomNode:
		fmt.Fprintf(&b, " %s", plan.FormatExpr(n.Expr()))
		if n.below[0].Kind == ScanNode {
			return b.String()
		}
	case CombinationNode:
		fmt.Fprintf(&b, " %s", n.Func())
	case SelectionNode:
		if n.Everything() {
			b.WriteString(" everything")
		}
	case GroupingNode:
		b.WriteString(" keys=[")
		for i, k := range n.Spec().Keys {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(plan.FormatExpr(k))
		}
		b.WriteByte(']')
		if w := n.Spec().Window; w != nil {
			fmt.Fprintf(&b, " window=%s(%s, %s)", w.Kind, w.Time, time.Duration(w.Size)*time.Microsecond)
		}
	case TableNode:
		fmt.Fprintf(&b, " routing=%s", n.Routing)
	case AggregateNode:
		b.WriteByte(' ')
		describeAgg(&b, n.Agg())
	case RowsNode:
		b.WriteString(" cols=[")
		for i, c := range n.Rows().Cols {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(plan.FormatExpr(c.Expr))
		}
		b.WriteByte(']')
	case OutputNode:
		describeOutput(&b, n.Shape())
	}
	b.WriteString(" of=")
	for i, in := range n.Inputs() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(short(in.ID))
	}
	return b.String()
}

func describeAgg(b *strings.Builder, a *AggSpec) {
	switch {
	case a.Top != nil:
		fmt.Fprintf(b, "%s(%d, order=[%s])", a.Agg.Func, a.Top.K, plan.FormatOrder(a.Top.Order))
	default:
		b.WriteString(a.Agg.Func + "(")
		plan.FormatArguments(b, a.Agg)
		b.WriteByte(')')
	}
	if a.Agg.Filter != nil {
		fmt.Fprintf(b, " filter=%s", plan.FormatExpr(a.Agg.Filter))
	}
}

func describeOutput(b *strings.Builder, s *Shape) {
	var cols []plan.NamedExpr
	if s.Rows != nil {
		cols = s.Rows.Cols
	} else {
		cols = s.Table.Cols
		fmt.Fprintf(b, " emit=%s", s.Table.Emit)
		if s.Table.Having != nil {
			fmt.Fprintf(b, " having=%s", plan.FormatExpr(s.Table.Having))
		}
		if s.Table.K > 0 {
			fmt.Fprintf(b, " order=[%s] k=%d", plan.FormatOrder(s.Table.Order), s.Table.K)
			if s.Table.Skip > 0 {
				fmt.Fprintf(b, " skip=%d", s.Table.Skip)
			}
		}
	}
	b.WriteString(" columns=[")
	for i, c := range cols {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(b, "%s=%s", c.Name, plan.FormatExpr(c.Expr))
	}
	b.WriteByte(']')
}

func short(id plan.ID) string { return id.String()[:8] }
