package explain

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// Text writes the explanation for people.
func (e *Explanation) Text() string {
	var b strings.Builder
	e.subject(&b)
	b.WriteString("logical plan\n")
	for _, s := range e.Logical {
		line := "  " + strings.Repeat("   ", max(s.depth-1, 0))
		if s.depth > 0 {
			line += "└─ "
		}
		b.WriteString(line + s.Text + "\n")
	}
	b.WriteString("\nphysical plan\n")
	columns := strings.Join(e.Physical.Columns, ", ")
	if columns == "" {
		columns = "none"
	}
	fmt.Fprintf(&b, "  stream %s, columns decoded: %s\n", e.Physical.Stream, columns)
	for i := range e.Physical.Nodes {
		n := &e.Physical.Nodes[i]
		b.WriteString("  " + n.line() + "\n")
		n.Access.write(&b)
	}
	if e.Sharing != nil {
		e.Sharing.write(&b, e.Running)
	}
	return b.String()
}

func (e *Explanation) subject(b *strings.Builder) {
	if e.ID != "" {
		fmt.Fprintf(b, "query %s", e.ID)
		if e.State != "" {
			b.WriteString(", " + e.State)
		}
		if e.Epoch != nil {
			fmt.Fprintf(b, ", epoch %d", *e.Epoch)
		}
		b.WriteByte('\n')
	}
	for _, text := range []string{e.Message, e.SQL} {
		for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
			if line = strings.TrimRightFunc(printable(line), unicode.IsSpace); line != "" {
				b.WriteString("  " + line + "\n")
			}
		}
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
}

// printable makes text safe for a terminal.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, line)
}

// line writes a node without its access path: kind, the first eight digits of its
// id, what it is, of what.
func (n *Node) line() string {
	parts := []string{fmt.Sprintf("%-11s %s", n.Kind, short(n.ID))}
	if n.Text != "" {
		parts = append(parts, n.Text)
	}
	if n.Routing != "" {
		parts = append(parts, "routed by "+n.Routing)
	}
	if len(n.Inputs) > 0 {
		of := make([]string, len(n.Inputs))
		for i, in := range n.Inputs {
			of[i] = short(in)
		}
		parts = append(parts, "of "+strings.Join(of, ","))
	}
	return strings.Join(parts, " ")
}

func (a *Access) write(b *strings.Builder) {
	if a == nil {
		return
	}
	const margin = "              "
	fmt.Fprintf(b, "%saccess: %s", margin, a.Path)
	switch m := a.Measured; {
	case m != nil:
		fmt.Fprintf(b, ", %s of all rows are looked at, %s kept (measured)\n", percent(m.Looked), percent(m.Kept))
	case len(a.By) > 0:
		fmt.Fprintf(b, ", about %s of all rows (a guess)\n", percent(a.Guess))
	case a.Rest != "":
		b.WriteString(", every row\n")
	default:
		b.WriteString(", every row, and nothing to be evaluated\n")
	}
	for i := range a.By {
		fmt.Fprintf(b, "%s  by %s\n", margin, a.By[i].text())
	}
	if a.Rest != "" {
		fmt.Fprintf(b, "%s  then %s\n", margin, a.Rest)
	}
}

func (l *Lookup) text() string {
	text := strings.Join(l.Predicates, " and ") + " in the " + l.Index + " index of " + l.Column
	if l.Under != nil {
		text += ", in rows by " + l.Under.text()
	}
	return text
}

func (s *Sharing) write(b *strings.Builder, running bool) {
	fmt.Fprintf(b, "\nsharing with %s\n", plural(s.Queries, "other query", "other queries"))
	if s.LeftOut > 0 {
		fmt.Fprintf(b, "  %s left out: a plan of another version cannot be read\n", plural(s.LeftOut, "query is", "queries are"))
	}
	reuses, adds, cost := "would reuse", "would add", "would cost by itself"
	if running {
		reuses, adds, cost = "reuses", "uses alone", "costs by itself"
	}
	fmt.Fprintf(b, "  %s\n", reuses)
	writeParts(b, s.Reused)
	fmt.Fprintf(b, "  %s\n", adds)
	writeParts(b, s.Added)
	fmt.Fprintf(b, "  %-34s%s\n", cost+":", s.Marginal.text())
	fmt.Fprintf(b, "  with its share of what it reuses: %s\n", s.WithShare.text())
	s.writeEvidence(b)
}

func writeParts(b *strings.Builder, parts []Part) {
	if len(parts) == 0 {
		b.WriteString("    nothing\n")
	}
	for i := range parts {
		p := &parts[i]
		name := fmt.Sprintf("%-11s %-8s", p.Kind, short(p.ID))
		if p.Text != "" {
			name += " " + p.Text
		}
		others := ""
		if p.Others > 0 {
			others = ", " + plural(p.Others, "other uses it", "others use it")
		}
		fmt.Fprintf(b, "    %s: %s%s\n", name, p.Cost.text(), others)
	}
}

func (s *Sharing) writeEvidence(b *strings.Builder) {
	b.WriteString("\nevidence: defaults, not measured on this system, but where it says measured\n")
	fmt.Fprintf(b, "  found on %s\n", s.Found)
	for i := range s.Evidence {
		f := &s.Evidence[i]
		fmt.Fprintf(b, "  %-9s %s %s: %s\n            %s\n", f.Name, number(f.Value), f.Unit, f.Means, f.Command)
	}
	if r := s.Rows; r != nil {
		fmt.Fprintf(b, "  rows are those that are looked at, %s of all, of which %s of all are kept: measured\n", percent(r.Looked), percent(r.Kept))
	} else {
		fmt.Fprintf(b, "  rows are those that are looked at, %s of all: guessed from the kinds of predicates\n", percent(s.Guess))
	}
	b.WriteString("  groups, rows and windows that are kept are not in the bytes\n")
}

func (c *Cost) text() string {
	text := number(c.Nanos) + " ns per document"
	evidence := ""
	switch {
	case c.Evidence == EvidenceMeasured && c.Samples > 0:
		evidence = " (measured on " + counted(c.Samples) + " documents)"
	case c.Evidence == EvidenceMeasured || c.Evidence == EvidenceMixed || c.Evidence == EvidenceDefault && c.Bytes == 0:
		evidence = " (" + string(c.Evidence) + ")"
	}
	if c.Bytes > 0 {
		return text + evidence + ", " + number(float64(c.Bytes)) + " bytes (default)"
	}
	return text + evidence
}

// counted writes a number with commas.
func counted(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func percent(part float64) string { return number(rounded(100*part)) + " %" }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// short is the first eight digits of an id.
func short(id string) string { return id[:min(len(id), 8)] }

// WriteText writes the plan for people, a node a line.
func (w *Whole) WriteText(to io.Writer) error {
	out := bufio.NewWriter(to)
	fmt.Fprintf(out, "%s, %s\n", plural(w.queries, "query", "queries"), plural(len(w.nodes), "node", "nodes"))
	for _, l := range w.left {
		fmt.Fprintf(out, "%s is left out: %s\n", l.ID, printable(l.Why))
	}
	for i := range w.costs {
		fmt.Fprintf(out, "%s\n", w.costs[i].text())
	}
	err := w.each(func(n *PlanNode) error {
		fmt.Fprintf(out, "%s queries=%d", n.line(), n.Queries)
		if len(n.Users) > 0 {
			fmt.Fprintf(out, " %s", strings.Join(n.Users, ","))
		}
		if n.Cost != nil {
			out.WriteString(" cost=" + number(n.Cost.Nanos) + "ns")
		}
		if a := n.Access; a != nil {
			out.WriteString(" access=" + a.Path)
			if m := a.Measured; m != nil {
				out.WriteString(" kept=" + number(m.Kept))
			}
			for i := range a.By {
				out.WriteString(" by " + a.By[i].text())
			}
		}
		return out.WriteByte('\n')
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

func (c *StreamCost) text() string {
	of := ""
	if c.Nodes > 0 {
		of = ", " + counted(c.Nodes) + " nodes"
		if c.What == "decode" {
			of = ", " + counted(c.Nodes) + " columns"
		}
	}
	return fmt.Sprintf("%s %-9s %s ns per document%s (measured on %s documents)", c.Stream, c.What, number(c.Nanos), of, counted(c.Samples))
}
