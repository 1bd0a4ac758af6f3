package explain

import (
	"math"
	"slices"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// pricer prices the nodes of one query that stand on a selection, or that it stands on.
type pricer struct {
	measured Measured
	selected *share.Node
	route    *build.Route
	figures  []Figure
	used     map[string]bool // figures

	rows         *Rows   // of the selection, as measured; nil: they are guessed
	looked, kept float64 // parts of all rows
	counted      bool    // an index counts the rows
	timed        bool    // what is left of the selection was timed, with all that it evaluates

	predicates map[plan.ID]price
	unmet      price // lookups of what is no node, as of a text that a pattern wants
	columnBy   float64
}

// price is what a node costs: figures with factors, and what was measured.
type price struct {
	terms terms
	cost  Cost
}

// terms are figures with factors, of which a cost is the sum.
type terms map[string]float64

// pricers are those of the selections of a query.
type pricers []*pricer

func newPricers(q *query, m Measured) pricers {
	var all pricers
	for i := range q.selections {
		all = append(all, newPricer(q, &q.selections[i], m))
	}
	return all
}

// of returns the one that prices a node.
func (ps pricers) of(n *share.Node) *pricer {
	below := selectionBelow(n)
	for _, p := range ps {
		if _, ok := p.predicates[n.ID]; ok || p.selected == below {
			return p
		}
	}
	return ps[0]
}

// used reports whether a default was used.
func (ps pricers) used(figure string) bool {
	return slices.ContainsFunc(ps, func(p *pricer) bool { return p.used[figure] })
}

// selectionBelow returns the selection that a node stands on, by its first input, or is;
// nil: none.
func selectionBelow(n *share.Node) *share.Node {
	for n.Kind != share.SelectionNode {
		if len(n.Inputs()) == 0 {
			return nil
		}
		n = n.Inputs()[0]
	}
	return n
}

func newPricer(q *query, s *selected, m Measured) *pricer {
	r := &s.route
	p := &pricer{
		measured: m, selected: s.node, route: r, figures: Defaults(), used: map[string]bool{},
		rows: measuredRows(m, s.node.ID), looked: r.Rows, kept: r.Rows, counted: r.Path == build.Counted,
		predicates: map[plan.ID]price{}, unmet: price{terms: terms{}}, columnBy: 1,
	}
	if p.rows != nil {
		p.looked, p.kept, p.timed = p.rows.Looked, p.rows.Kept, p.rows.Samples > 0
	}
	found := map[string]lookupTerm{}
	for i := range r.By {
		p.lookups(&r.By[i], p.counted, found)
	}
	met := map[*build.Access]bool{}
	if !s.node.Everything() {
		rows := p.looked
		if r.Rest == "" {
			rows = 0
		}
		p.walk(s.node.Inputs()[0], rows, p.timed, found, met)
	}
	for _, l := range found {
		if !met[l.of] {
			p.unmet.terms[l.figure] += l.factor
			p.unmet.cost.add(l.cost, 1)
		}
	}
	for _, u := range q.nodes {
		if u.node.Kind == share.AggregateNode && len(u.node.Inputs()) > 1 && selectionBelow(u.node) == s.node {
			p.walk(u.node.Inputs()[1], p.kept, false, nil, met)
		}
	}
	return p
}

// lookupTerm is what the predicates that an index holds cost, each by its text.
type lookupTerm struct {
	of     *build.Access
	figure string
	factor float64 // 0: it was measured
	cost   Cost
}

func (p *pricer) lookups(a *build.Access, counted bool, found map[string]lookupTerm) {
	l := lookupTerm{of: a, figure: figureLookup, factor: 1 / float64(len(a.Predicates))}
	if counted {
		l.figure = figureCount
	}
	if m, ok := p.measured.of(a.ID); ok && m.Samples > 0 {
		l.cost, l.factor = m.cost(l.factor/float64(max(m.Nodes, 1))), 0
	}
	for _, text := range a.Predicates {
		found[text] = l
	}
	if a.Under != nil {
		p.lookups(a.Under, false, found)
	}
}

// walk prices a predicate that is evaluated in a part of all rows, but where an
// index finds it; inside says that this was timed with the selection.
func (p *pricer) walk(n *share.Node, rows float64, inside bool, found map[string]lookupTerm, met map[*build.Access]bool) {
	if _, done := p.predicates[n.ID]; done {
		return
	}
	p.predicates[n.ID] = price{}
	if l, ok := found[plan.FormatExpr(n.Expr())]; ok {
		p.predicates[n.ID] = price{terms: terms{l.figure: l.factor}, cost: l.cost}
		met[l.of] = true
		return
	}
	if n.Kind == share.AtomNode {
		if m, ok := measuredAtom(p.measured, n.ID); ok {
			p.predicates[n.ID] = price{cost: m.cost(1)}
		} else if rows > 0 && !inside {
			p.predicates[n.ID] = price{terms: evaluated(n.Expr(), rows)}
		}
		return
	}
	for _, in := range n.Inputs() {
		p.walk(in, rows, inside, found, met)
	}
}

// price returns what a node costs per document.
func (p *pricer) price(n *share.Node) price {
	switch n.Kind {
	case share.ScanNode:
		if c, by, ok := p.scan(n); ok {
			p.columnBy = by
			return price{cost: c}
		}
		return price{terms: terms{figureDecode: 1}}
	case share.UnnestNode: // what is made of the elements is measured, or priced, by itself
		return price{terms: terms{figurePattern: calls(n.Expr())}}
	case share.AtomNode, share.CombinationNode:
		return p.predicates[n.ID]
	case share.SelectionNode:
		out := price{terms: p.unmet.terms, cost: p.unmet.cost}
		if c, ok := p.selection(n); ok {
			out.cost.add(c, 1)
		}
		return out
	case share.GroupingNode:
		if c, ok := p.grouping(n, false); ok {
			return price{cost: c}
		}
		if grouped(n.Spec()) {
			return price{terms: terms{figureGroup: p.kept, figurePattern: p.kept * calls(n.Spec().Keys...)}}
		}
	case share.AggregateNode:
		if of, _ := makes(n); of != nil { // else the rows of a group are counted anyway
			if c, ok := p.grouping(n.Inputs()[0].Inputs()[0], true); ok {
				return price{cost: c}
			}
			return price{terms: terms{figureAgg: p.kept, figurePattern: p.kept * calls(arguments(n.Agg())...)}}
		}
	case share.RowsNode:
		out := price{cost: p.flush(n)}
		if m, ok := p.measured.of(n.ID); ok && m.Samples > 0 {
			out.cost.add(m.cost(1), 1)
		} else {
			out.terms = terms{figureRow: p.kept, figurePattern: p.kept * calls(columns(n.Rows().Cols)...)}
		}
		return out
	case share.TableNode:
		return price{cost: p.flush(n)}
	case share.OutputNode:
	}
	return price{}
}

// node prices a node.
func (p *pricer) node(n *share.Node) Cost {
	c := p.sum(p.price(n))
	c.Bytes = int64(p.figure(figureNode))
	return c
}

// column prices a column that documents are decoded for, after its scan.
func (p *pricer) column() Cost {
	c := p.sum(price{terms: terms{figureColumn: p.columnBy}})
	if p.columnBy != 1 {
		c.Evidence = EvidenceMixed
	}
	return c
}

// sum adds up a price. Rows that are evaluated at a default cost make it a mixed one
// where it is known how many there are.
func (p *pricer) sum(of price) Cost {
	c := of.cost
	for _, f := range p.figures { // in their order: sums of floats depend on it
		factor := of.terms[f.Name]
		if factor <= 0 {
			continue
		}
		c.Nanos += factor * p.figure(f.Name)
		c.Evidence = c.Evidence.and(EvidenceDefault)
		if f.Unit == perRow && p.rows != nil {
			c.Evidence = EvidenceMixed
		}
	}
	if c.Evidence != EvidenceMeasured {
		c.Samples = 0
	}
	c.Nanos = rounded(c.Nanos)
	return c
}

// value returns a default only to split something by.
func (p *pricer) value(name string) float64 {
	used := p.used[name]
	defer func() { p.used[name] = used }()
	return p.figure(name)
}

func (p *pricer) figure(name string) float64 {
	for _, f := range p.figures {
		if f.Name == name {
			p.used[name] = true
			return f.Value
		}
	}
	return 0
}

// rounded leaves three digits: none of the figures has more.
func rounded(v float64) float64 {
	if v == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-2)
	if unit >= 1 {
		return math.Round(v/unit) * unit
	}
	return math.Round(v/unit) / math.Round(1/unit)
}
