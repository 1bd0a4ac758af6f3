package explain

import (
	"math"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Measurement is what was measured on this system of a node, of an index
// ([build.Access]), or of what stands for many nodes ([scan.SumID]).
type Measurement struct {
	Nanos   float64 // of processor time, for a row that is looked at
	Rows    float64 // rows that are looked at, for a document of the stream
	Kept    float64 // rows that a selection keeps, or nodes that are written to the exchange, for a document
	Samples int64   // rows that were timed; 0: they were only counted
	Nodes   int64   // columns of a scan, predicates of an index, aggregates with a state of a grouping, nodes in a transaction, nodes of a sum
}

// Measured returns what was measured; ok is false where nobody did.
type Measured func(id plan.ID) (m Measurement, ok bool)

// of returns what was measured; a nil function knows nothing.
func (f Measured) of(id plan.ID) (m Measurement, ok bool) {
	if f == nil {
		return m, false
	}
	return f(id)
}

// cost is that of a part of what was measured.
func (m *Measurement) cost(part float64) Cost {
	return Cost{Nanos: rounded(part * m.Nanos * m.Rows), Evidence: EvidenceMeasured, Samples: m.Samples}
}

// Rows is how many rows a selection has to do with, as parts of all rows.
type Rows struct {
	Looked  float64 `json:"looked_at"`
	Kept    float64 `json:"kept"`
	Samples int64   `json:"samples,omitempty"` // rows that were timed as well
}

// measuredRows returns what was measured of a selection; nil: nothing.
func measuredRows(f Measured, selection plan.ID) *Rows {
	m, ok := f.of(selection)
	if !ok {
		return nil
	}
	return &Rows{Looked: rounded(min(m.Rows, 1)), Kept: rounded(min(m.Kept, 1)), Samples: m.Samples}
}

// scan splits what decoding a document takes, which is measured as a whole, between
// the scan and the columns, as the defaults have it. It returns by how much those
// are to be multiplied.
func (p *pricer) scan(n *share.Node) (c Cost, by float64, ok bool) {
	m, ok := p.measured.of(n.ID)
	if !ok || m.Samples == 0 {
		return Cost{}, 1, false
	}
	decode := p.value(figureDecode)
	by = m.Nanos * m.Rows / (decode + p.value(figureColumn)*float64(m.Nodes))
	return Cost{Nanos: rounded(decode * by), Evidence: EvidenceMeasured, Samples: m.Samples}, by, true
}

// grouping splits what folding rows takes between a grouping and the aggregates that
// have a state, as the defaults have it.
func (p *pricer) grouping(n *share.Node, aggregate bool) (c Cost, ok bool) {
	m, ok := p.measured.of(n.ID)
	if !ok || m.Samples == 0 {
		return Cost{}, false
	}
	groups, states := 0.0, p.value(figureAgg)*float64(m.Nodes)
	if grouped(n.Spec()) || states == 0 {
		groups = p.value(figureGroup)
	}
	if !aggregate {
		return m.cost(groups / (groups + states)), true
	}
	if states == 0 { // it would be the first one
		states = p.value(figureAgg)
	}
	c = m.cost(p.value(figureAgg) / (groups + states))
	c.Evidence = EvidenceMixed
	return c, true
}

// flush is what it takes to write a node to the exchange, at the end of those
// transactions in which there is something of it: as often as rows come that are
// kept.
func (p *pricer) flush(n *share.Node) Cost {
	m, ok := p.measured.of(scan.SumID(scan.SampleFlush, n.Stream()))
	if !ok || m.Samples == 0 || m.Rows == 0 || m.Nodes == 0 {
		return Cost{}
	}
	documents := float64(m.Nodes) / m.Rows // of a transaction
	c := Cost{Nanos: rounded(m.Nanos * -math.Expm1(-p.kept*documents) / documents), Evidence: EvidenceMeasured, Samples: m.Samples}
	if p.rows == nil {
		c.Evidence = EvidenceMixed
	}
	return c
}

// selection is what evaluating and listing the rows of a selection takes, or
// counting them.
func (p *pricer) selection(n *share.Node) (c Cost, ok bool) {
	m, ok := p.measured.of(n.ID)
	switch {
	case !ok:
		return Cost{}, false
	case m.Samples > 0:
		return m.cost(1), true
	case p.counted:
		return Cost{}, true // in its index
	}
	count, ok := p.measured.of(scan.SumID(scan.SampleCount, n.Stream()))
	count.Rows = m.Kept
	return count.cost(1), ok
}

// StreamCost is what was measured of all nodes of a kind of a stream together, or of
// a document all in all.
type StreamCost struct {
	Stream  string  `json:"stream"`
	What    string  `json:"what"` // decode, evaluate, which is what follows but for flush, index, predicate, selection, grouping, rows, count or flush
	Nodes   int64   `json:"nodes,omitempty"`
	Nanos   float64 `json:"ns_per_document"`
	Samples int64   `json:"samples"`
}

// streamCosts returns what was measured of the stream of a scan.
func streamCosts(f Measured, n *share.Node) []StreamCost {
	var all []StreamCost
	add := func(what string, id plan.ID) {
		if m, ok := f.of(id); ok && m.Samples > 0 {
			all = append(all, StreamCost{Stream: n.Stream(), What: what, Nodes: m.Nodes, Nanos: rounded(m.Nanos * m.Rows), Samples: m.Samples})
		}
	}
	add("decode", n.ID)
	add("evaluate", scan.SumID(0, n.Stream()))
	for _, kind := range scan.SampleKinds() {
		if kind != scan.SampleDecode { // of the scan itself
			add(kind.String(), scan.SumID(kind, n.Stream()))
		}
	}
	return all
}

// cost returns what was measured of a node itself: of a scan with all columns, of a
// grouping with all aggregates.
func (w *Whole) cost(n *share.Node) *Cost {
	var m Measurement
	var ok bool
	switch n.Kind {
	case share.ScanNode, share.SelectionNode, share.GroupingNode, share.RowsNode:
		m, ok = w.measured.of(n.ID)
	case share.AtomNode:
		m, ok = measuredAtom(w.measured, n.ID)
	case share.UnnestNode, share.CombinationNode, share.TableNode, share.AggregateNode, share.OutputNode:
	}
	if !ok || m.Samples == 0 {
		return nil
	}
	c := m.cost(1)
	return &c
}

// measuredAtom returns what was measured of an atom in all rows.
func measuredAtom(f Measured, id plan.ID) (m Measurement, ok bool) {
	for _, id := range []plan.ID{id, build.RestID(id)} {
		if m, ok = f.of(id); ok && m.Samples > 0 {
			return m, true
		}
	}
	return Measurement{}, false
}
