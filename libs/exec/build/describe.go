package build

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Path is how the rows of a selection are found, as docs/decisions/0015 has it.
type Path string

// The access paths, cheap ones first.
const (
	Counted   Path = "counted"   // only the number of rows is wanted, and an interval tells it
	Direct    Path = "direct"    // an index tells the rows
	Refined   Path = "refined"   // one access predicate, and the rest in its rows
	Candidate Path = "candidate" // several, of which one is TRUE wherever the selection is
	Dense     Path = "dense"     // the predicate, if there is one, is evaluated in every row
)

// Route is the access path of a selection as plain data.
type Route struct {
	Path Path
	By   []Access // the access predicates; none of dense ones
	Rest string   // what is evaluated in the rows found; "": nothing
	Rows float64  // the part of all rows that is looked at, as the choice guesses it
}

// Access is an access predicate, and the index that has it.
type Access struct {
	ID         plan.ID // of the index
	Index      string  // "equality", "membership", "substring", "folded substring", "prefix" or "interval"
	Column     string
	Predicates []string // as plan.FormatExpr writes them; several are the bounds of one interval
	Under      *Access  // the index is looked into only where this is TRUE; nil: always
}

// Route returns the access path that a selection has, or would have: it need not
// be among the queries of b, which is left as it is. Counts says that only the
// number of the selection's rows is wanted. An error says what the selection needs
// and this version or the catalog does not have.
func (b *Builder) Route(n *share.Node, counts bool) (Route, error) {
	if n.Kind != share.SelectionNode {
		return Route{}, fmt.Errorf("%s %s is no selection", n.Kind, n.ID)
	}
	// A builder of its own: what becomes of slots and indexes is of no interest.
	own := &Builder{functions: b.functions, trials: map[plan.ID]*stream{}}
	def := b.stream(n.Stream())
	if def == nil {
		return Route{}, fmt.Errorf("stream %s is not in the catalog", n.Stream())
	}
	own.streams = []*stream{newStream(def.def, def.fields)}
	if err := own.unnestTrial(n.Source()); err != nil {
		return Route{}, err
	}
	s := own.source(n)
	sel := &selection{node: n, stream: s, count: scan.NoSlot}
	if counts {
		sel.groupings.add(&grouping{aggs: new(tuple)})
	}
	d := describer{b: own, s: s, texts: map[plan.ID][]string{}}
	if !n.Everything() {
		if err := d.read(n.Inputs()[0]); err != nil {
			return Route{}, err
		}
	}
	own.route(sel)
	return d.route(sel), nil
}

// describer writes predicates that were made of nodes of the shared plan.
type describer struct {
	b     *Builder
	s     *stream
	texts map[plan.ID][]string // of predicates, by id: one, or those under an AND that are one interval
}

// read compiles the atoms under n, and notes how the predicates are written that
// acquirePredicate makes of n.
func (d *describer) read(n *share.Node) error {
	text := []string{plan.FormatExpr(n.Expr())}
	d.texts[n.ID] = text
	if t, k, ok := heldBy(n); ok {
		d.texts[leafID(d.s, nil, t, k)] = text
	}
	if n.Kind == share.AtomNode {
		if _, err := d.b.compile(n); err != nil {
			return err
		}
		if t, k, ok := index.ImpliedBy(n.Expr()); ok {
			d.texts[RestID(n.ID)] = text
			d.texts[leafID(d.s, nil, t, k)] = []string{implied(t, k, n.Expr())}
		}
		return nil
	}
	for _, in := range n.Inputs() {
		if err := d.read(in); err != nil {
			return err
		}
	}
	if opOf(n) == scan.OpAnd {
		intervals, _ := intervalsOf(n.Inputs())
		for _, i := range intervals {
			parts := make([]string, len(i.nodes))
			for j, c := range i.nodes {
				parts[j] = plan.FormatExpr(c.Expr())
			}
			slices.Sort(parts)
			d.texts[leafID(d.s, nil, i.target, i.key)] = parts
			d.texts[i.id()] = []string{plan.FuncAnd + "(" + strings.Join(parts, ", ") + ")"}
		}
	}
	return nil
}

// implied writes the text that a pattern wants.
func implied(t index.Target, k index.Key, pattern plan.Expr) string {
	fn := plan.FuncContains
	if t.Test == index.IContains {
		fn = plan.FuncIContains
	}
	return plan.FormatExpr(&plan.Call{Func: fn, Args: []plan.Expr{
		pattern.(*plan.Call).Args[0], &plan.Literal{Value: record.Text(k.Text)},
	}})
}

func (d *describer) route(sel *selection) Route {
	r := &sel.route
	out := Route{Rows: 1}
	out.Path = [...]Path{densePath: Dense, countedPath: Counted, candidatePath: Candidate, refinedPath: Refined, directPath: Direct}[r.path]
	via := r.via()
	if len(via) > 0 {
		out.Rows = 0
	}
	for _, p := range via {
		out.By = append(out.By, *d.access(p))
		out.Rows = min(out.Rows+p.guess, 1)
	}
	if r.rest != nil {
		out.Rest = d.text(r.rest)
	}
	return out
}

// access describes a predicate that an index holds.
func (d *describer) access(p *predicate) *Access {
	t := p.target.at
	a := &Access{ID: p.target.id, Index: kindOf(t.Test), Column: t.Column, Predicates: d.texts[leafID(d.s, nil, t.Target, p.key)]}
	if t.under != nil {
		a.Under = d.access(t.under)
	}
	return a
}

// text writes a predicate: as its node has it, or what is left of one.
func (d *describer) text(p *predicate) string {
	parts, ok := d.texts[p.id]
	if ok && len(parts) == 1 {
		return parts[0]
	}
	fn := plan.FuncAnd // of comparisons that are one interval
	if p.of != nil {
		fn = map[scan.Op]string{scan.OpAnd: plan.FuncAnd, scan.OpOr: plan.FuncOr, scan.OpNot: plan.FuncNot}[p.of.op]
	}
	for _, in := range p.inputs() {
		parts = append(parts, d.text(in))
	}
	return fn + "(" + strings.Join(parts, ", ") + ")"
}

func kindOf(t index.Test) string {
	switch t {
	case index.Has:
		return "membership"
	case index.Contains:
		return "substring"
	case index.IContains:
		return "folded substring"
	case index.Begins:
		return "prefix"
	case index.Between:
		return "interval"
	default:
		return "equality"
	}
}
