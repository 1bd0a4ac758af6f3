package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/figure"
)

// grid is a table of a document.
type grid struct {
	head []string
	rows [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// String returns the table as Markdown.
func (g *grid) String() string {
	var b strings.Builder
	rule := slices.Repeat([]string{"---"}, len(g.head))
	for _, cells := range append([][]string{g.head, rule}, g.rows...) {
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String()
}

// measured says when, where, over what and how the lines were measured.
func (r *Results) measured(lines []bench.Line) string {
	if len(lines) == 0 {
		return ""
	}
	l, dates := lines[0], distinct(lines, func(l *bench.Line) string { return day(l.Date) })
	slices.Sort(dates)
	whole := l
	for _, o := range lines {
		if o.Documents > whole.Documents {
			whole = o
		}
	}
	cores := "one core"
	if all := distinct(lines, func(l *bench.Line) int { return l.Cores }); len(all) > 1 {
		cores = "cores"
	} else if all[0] > 1 {
		cores = fmt.Sprintf("%d cores", all[0])
	}
	if l.Pinned {
		cores += ", pinned"
	}
	rounds := fmt.Sprintf("medians of %d rounds", l.Rounds)
	if l.Rounds == 1 {
		rounds = "one round"
	}
	if r.byCPU && oneCore(lines) {
		rounds += "; speeds by processor time"
	}
	return fmt.Sprintf("Measured on %s: %s, %s; %s; %s, %s documents of %s bytes; %s.", strings.Join(dates, " and "), l.Machine, cores,
		goVersion(l.Go), l.Input, figure.Short(float64(l.Of)), figure.Short(float64(whole.Bytes)/float64(max(whole.Documents, 1))), rounds)
}

func goVersion(v string) string { return strings.Replace(v, "go", "Go ", 1) }

// day returns the date of a time.
func day(at string) string {
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		return t.Format(time.DateOnly)
	}
	return at
}

// queries writes a number of them.
func queries(n int) string {
	if n == 1 {
		return "1 query"
	}
	return figure.Exact(n) + " queries"
}

// maybe writes a figure, or a dash for none.
func maybe(x *float64) string {
	if x == nil {
		return none
	}
	return figure.Short(*x)
}

// against writes a figure and the goal for it, "of" what must be reached or not be
// crossed; in bold where it was not.
func against(value, goal float64, most bool) string {
	text := figure.Short(value)
	if goal == 0 {
		return text
	}
	sign := "≥"
	if most {
		sign = "≤"
	}
	if most && value > goal || !most && value < goal {
		text = "**" + text + "**"
	}
	return fmt.Sprintf("%s (%s %s)", text, sign, figure.Short(goal))
}
