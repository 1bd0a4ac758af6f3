package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/millrace/millrace/libs/record"
)

// Format draws the plan from n down as a tree, one node a line, for people and
// golden files. See the package comment for an example. Types are not shown;
// a DOUBLE literal always has a point or an exponent.
func Format(n Node) string {
	var b strings.Builder
	Walk(n, func(n Node, depth int) {
		if depth > 0 {
			b.WriteString(strings.Repeat("   ", depth-1))
			b.WriteString("└─ ")
		}
		formatNode(&b, n)
		b.WriteByte('\n')
	})
	return b.String()
}

// Walk calls f for every node from n down, branch after branch, with how many nodes
// stand above it.
func Walk(n Node, f func(n Node, depth int)) { walk(n, 0, f) }

func walk(n Node, depth int, f func(n Node, depth int)) {
	for ; n != nil; n, depth = n.Input(), depth+1 {
		f(n, depth)
		if u, ok := n.(*Union); ok {
			for _, b := range u.Branches {
				walk(b, depth+1, f)
			}
			return
		}
	}
}

// FormatExpr writes an expression on one line: calls as name(arg, …), literals
// as SQL spells them, references as key(i), agg(i), window_start, window_end.
func FormatExpr(e Expr) string {
	var b strings.Builder
	formatExpr(&b, e)
	return b.String()
}

func formatNode(b *strings.Builder, n Node) {
	switch n := n.(type) {
	case *Scan:
		b.WriteString("Scan ")
		b.WriteString(FormatName(n.Stream))
	case *Union:
		b.WriteString("Union")
	case *Unnest:
		b.WriteString("Unnest ")
		formatExpr(b, n.Array)
		b.WriteString(" as ")
		b.WriteString(ElementColumn(level(n)))
	case *Filter:
		b.WriteString("Filter ")
		formatExpr(b, n.Pred)
	case *Window:
		fmt.Fprintf(b, "Window %s(%s, %s)", n.Kind, FormatName(n.Time), time.Duration(n.Size)*time.Microsecond)
	case *Aggregate:
		b.WriteString("Aggregate keys=[")
		for i, k := range n.Keys {
			separate(b, i, " ")
			formatExpr(b, k)
		}
		b.WriteString("] aggs=[")
		for i, a := range n.Aggs {
			separate(b, i, " ")
			formatAgg(b, a)
		}
		b.WriteByte(']')
	case *Project:
		b.WriteString("Project")
		for _, c := range n.Cols {
			b.WriteByte(' ')
			b.WriteString(FormatName(c.Name))
			b.WriteByte('=')
			formatExpr(b, c.Expr)
		}
	case *TopK:
		fmt.Fprintf(b, "TopK k=%d ", n.K)
		if n.Skip > 0 {
			fmt.Fprintf(b, "skip=%d ", n.Skip)
		}
		b.WriteString("order=[")
		for i, k := range n.Order {
			separate(b, i, ", ")
			formatSortKey(b, k)
		}
		b.WriteByte(']')
	case *Output:
		fmt.Fprintf(b, "Output emit=%s", n.Emit)
		if n.Limit > 0 {
			fmt.Fprintf(b, " limit=%d", n.Limit)
		}
		if n.Skip > 0 {
			fmt.Fprintf(b, " skip=%d", n.Skip)
		}
		if p := projectOf(n.In); p != nil {
			b.WriteString(" columns=[")
			for i, c := range p.Cols {
				separate(b, i, " ")
				b.WriteString(FormatName(c.Name))
			}
			b.WriteByte(']')
		}
	default:
		fmt.Fprintf(b, "%T", n)
	}
}

// projectOf returns the Project that defines the output columns, or nil.
func projectOf(n Node) *Project {
	if u, ok := n.(*Union); ok && len(u.Branches) > 0 {
		n = u.Branches[0]
	}
	if t, ok := n.(*TopK); ok {
		n = t.In
	}
	p, _ := n.(*Project)
	return p
}

// FormatAgg writes an aggregate in one line.
func FormatAgg(a Agg) string {
	var b strings.Builder
	formatAgg(&b, a)
	return b.String()
}

func formatAgg(b *strings.Builder, a Agg) {
	b.WriteString(a.Func)
	b.WriteByte('(')
	FormatArguments(b, a)
	b.WriteByte(')')
	if a.Filter != nil {
		b.WriteString(" filter(")
		formatExpr(b, a.Filter)
		b.WriteByte(')')
	}
}

// FormatArguments writes what stands between the parentheses of an aggregate.
func FormatArguments(b *strings.Builder, a Agg) {
	if a.Distinct {
		b.WriteString("distinct ")
	}
	if len(a.Args) == 0 {
		b.WriteByte('*')
	}
	for i, e := range a.Args {
		separate(b, i, ", ")
		formatExpr(b, e)
	}
	if len(a.Order) > 0 {
		b.WriteString(" order=[" + FormatOrder(a.Order) + "]")
	}
}

// FormatOrder writes the items of an ORDER BY in one line.
func FormatOrder(keys []SortKey) string {
	var b strings.Builder
	for i, k := range keys {
		separate(&b, i, ", ")
		formatSortKey(&b, k)
	}
	return b.String()
}

func formatSortKey(b *strings.Builder, k SortKey) {
	formatExpr(b, k.Expr)
	if k.Desc {
		b.WriteString(" desc")
	}
	if k.NullsFirst {
		b.WriteString(" nulls first")
	}
}

func formatExpr(b *strings.Builder, e Expr) {
	switch e := e.(type) {
	case *Column:
		b.WriteString(FormatName(e.Name))
	case *Literal:
		b.WriteString(formatLiteral(e.Value))
	case *Call:
		b.WriteString(e.Func)
		b.WriteByte('(')
		for i, a := range e.Args {
			separate(b, i, ", ")
			formatExpr(b, a)
		}
		b.WriteByte(')')
	case *Ref:
		b.WriteString(e.Kind.String())
		if e.Kind != WindowStartRef && e.Kind != WindowEndRef {
			fmt.Fprintf(b, "(%d)", e.Index)
		}
	default:
		fmt.Fprintf(b, "%T", e)
	}
}

func formatLiteral(v record.Value) string {
	s := v.String()
	switch v.Type().Kind {
	case record.Double:
		if !v.IsNull() && !strings.ContainsAny(s, `.eE"`) {
			s += ".0"
		}
	case record.Varchar, record.JSON:
		if strings.ContainsFunc(s, unicode.IsControl) {
			return "E" + strconv.Quote(v.Str())
		}
	default:
	}
	return s
}

// FormatName quotes names that would not read as one word.
func FormatName(s string) string {
	odd := func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`"=[],`, r)
	}
	if s == "" || strings.ContainsFunc(s, odd) {
		return strconv.Quote(s)
	}
	return s
}

func separate(b *strings.Builder, i int, sep string) {
	if i > 0 {
		b.WriteString(sep)
	}
}

// String returns "changes" or "final".
func (e Emit) String() string {
	switch e {
	case EmitChanges:
		return "changes"
	case EmitFinal:
		return "final"
	default:
		return fmt.Sprintf("emit(%d)", uint8(e))
	}
}

// String returns the SQL function's name in lower case.
func (k WindowKind) String() string {
	switch k {
	case Tumble:
		return "tumble"
	default:
		return fmt.Sprintf("window(%d)", uint8(k))
	}
}

// String returns what [FormatExpr] writes for the kind.
func (k RefKind) String() string {
	switch k {
	case KeyRef:
		return "key"
	case AggRef:
		return "agg"
	case WindowStartRef:
		return "window_start"
	case WindowEndRef:
		return "window_end"
	default:
		return fmt.Sprintf("ref(%d)", uint8(k))
	}
}
