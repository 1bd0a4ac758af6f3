package explain

import (
	"math"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// pricer prices the nodes of one query.
type pricer struct {
	measured Measured
	route    *build.Route
	figures  []Figure
	used     map[string]bool // figures

	predicates map[plan.ID]terms
	unmet      terms // lookups of what is no node, as of a text that a pattern wants
}

// terms are figures with factors, of which a cost is the sum.
type terms map[string]float64

func newPricer(q *query, r *build.Route, m Measured) *pricer {
	p := &pricer{
		measured: m, route: r, figures: Defaults(), used: map[string]bool{},
		predicates: map[plan.ID]terms{}, unmet: terms{},
	}
	found := map[string]lookupTerm{}
	for i := range r.By {
		p.lookups(&r.By[i], r.Path == build.Counted, found)
	}
	met := map[*build.Access]bool{}
	if q.selection.Expr != nil {
		rows := r.Rows
		if r.Rest == "" {
			rows = 0
		}
		p.walk(q.selection.Inputs[0], rows, found, met)
	}
	for _, l := range found {
		if !met[l.of] {
			p.unmet[l.figure] += l.factor
		}
	}
	for _, u := range q.nodes {
		if u.node.Kind == share.AggregateNode && len(u.node.Inputs) > 1 {
			p.walk(u.node.Inputs[1], r.Rows, nil, met)
		}
	}
	return p
}

// lookupTerm is what the predicates that an index holds cost, each by its text.
type lookupTerm struct {
	of     *build.Access
	figure string
	factor float64
}

func (p *pricer) lookups(a *build.Access, counted bool, found map[string]lookupTerm) {
	l := lookupTerm{of: a, figure: figureLookup, factor: 1 / float64(len(a.Predicates))}
	if counted {
		l.figure = figureCount
	}
	for _, text := range a.Predicates {
		found[text] = l
	}
	if a.Under != nil {
		p.lookups(a.Under, false, found)
	}
}

// walk prices a predicate that is evaluated in a part of all rows, but where an
// index finds it.
func (p *pricer) walk(n *share.Node, rows float64, found map[string]lookupTerm, met map[*build.Access]bool) {
	if _, done := p.predicates[n.ID]; done {
		return
	}
	cost := terms{}
	p.predicates[n.ID] = cost
	if l, ok := found[plan.FormatExpr(n.Expr)]; ok {
		cost[l.figure] += l.factor
		met[l.of] = true
		return
	}
	if n.Kind == share.AtomNode {
		if rows > 0 {
			cost[evaluated(n.Expr)] += rows
		}
		return
	}
	for _, in := range n.Inputs {
		p.walk(in, rows, found, met)
	}
}

// evaluated returns the figure for a predicate in one row.
func evaluated(e plan.Expr) string {
	if call, ok := e.(*plan.Call); ok && (call.Func == plan.FuncLike || call.Func == plan.FuncILike) {
		return figurePattern
	}
	return figureCompare
}

// terms returns what a node costs per document. Rows are those that are looked at:
// where something is left to be evaluated, more than those that are kept.
func (p *pricer) terms(n *share.Node) terms {
	rows := p.route.Rows
	switch n.Kind {
	case share.ScanNode:
		return terms{figureDecode: 1}
	case share.AtomNode, share.CombinationNode:
		return p.predicates[n.ID]
	case share.SelectionNode:
		return p.unmet
	case share.GroupingNode:
		if len(n.Table.Keys) > 0 || n.Table.Window != nil {
			return terms{figureGroup: rows}
		}
	case share.AggregateNode:
		if of, _ := makes(n); of != nil { // else the rows of a group are counted anyway
			return terms{figureAgg: rows}
		}
	case share.RowsNode:
		return terms{figureRow: rows}
	case share.TableNode, share.OutputNode:
	}
	return nil
}

// node prices a node: by measurement, or by default.
func (p *pricer) node(n *share.Node) Cost {
	if p.measured != nil {
		if c, ok := p.measured(n.ID); ok {
			c.Evidence = EvidenceMeasured
			return c
		}
	}
	c := p.sum(p.terms(n))
	c.Bytes = int64(p.figure(figureNode))
	return c
}

// column prices a column that documents are decoded for.
func (p *pricer) column() Cost { return p.sum(terms{figureColumn: 1}) }

func (p *pricer) sum(t terms) Cost {
	c := Cost{Evidence: EvidenceDefault}
	for _, f := range p.figures { // in their order: sums of floats depend on it
		if factor := t[f.Name]; factor > 0 {
			c.Nanos += factor * p.figure(f.Name)
		}
	}
	c.Nanos = rounded(c.Nanos)
	return c
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
