package explain

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// maxLabel bounds the characters of a line in a drawing.
const maxLabel = 60

// WriteDot writes the plan for Graphviz: from inputs up to their users, with how
// many queries use each node.
func (w *Whole) WriteDot(to io.Writer) error {
	out := bufio.NewWriter(to)
	out.WriteString("digraph millrace {\n\trankdir=BT;\n\tnode [shape=box, fontname=\"sans-serif\"];\n")
	for _, l := range w.left {
		fmt.Fprintf(out, "\t// %s is left out: %s\n", l.ID, printable(l.Why))
	}
	err := w.each(func(n *PlanNode) error {
		label := []string{n.Kind + " " + short(n.ID)}
		if n.Text != "" {
			label = append(label, n.Text)
		}
		if n.Access != nil {
			label = append(label, n.Access.Path)
		}
		if n.Routing != "" {
			label = append(label, "routed by "+n.Routing)
		}
		label = append(label, plural(n.Queries, "query", "queries"))
		if len(n.Users) > 0 {
			label = append(label, strings.Join(n.Users, ", "))
		}
		fmt.Fprintf(out, "\tn%s [label=\"%s\"];\n", n.ID, dotLabel(label))
		for _, in := range n.Inputs {
			fmt.Fprintf(out, "\tn%s -> n%s;\n", in, n.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	out.WriteString("}\n")
	return out.Flush()
}

// dotLabel escapes the lines of a label, and cuts those that are long.
func dotLabel(lines []string) string {
	parts := make([]string, len(lines))
	for i, l := range lines {
		if r := []rune(l); len(r) > maxLabel {
			l = string(r[:maxLabel-1]) + "…"
		}
		parts[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(printable(l))
	}
	return strings.Join(parts, `\n`)
}
