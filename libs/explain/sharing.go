package explain

// Sharing is what a query shares, and what it costs.
type Sharing struct {
	Queries int `json:"queries"`            // others that run
	LeftOut int `json:"left_out,omitempty"` // others of which nothing is known, see [Plans.LeaveOut]

	Reused []Part `json:"reused"` // what others use, too
	Added  []Part `json:"added"`  // what it alone uses, or would

	// Marginal is what the query adds; a running one saves as much when it is
	// dropped. WithShare has its share of what it reuses, too: as much as each of
	// the others has.
	Marginal  Cost `json:"marginal"`
	WithShare Cost `json:"with_share"`

	Guess    float64  `json:"guess"`          // the part of all rows that is looked at, as it is guessed
	Rows     *Rows    `json:"rows,omitempty"` // the same, where it was measured: costs by row are for those
	Evidence []Figure `json:"evidence"`       // the defaults that were used
	Found    string   `json:"found"`          // where they were found
}

// Part is a node that a query uses, or a column.
type Part struct {
	ID     string `json:"id,omitempty"` // of a node
	Kind   string `json:"kind"`         // of a node, or "column"
	Text   string `json:"text,omitempty"`
	Others int    `json:"others"` // other queries that use it
	Cost   Cost   `json:"cost"`
}

func sharing(q *query, m Measured) *Sharing {
	p := newPricers(q, m)
	s := &Sharing{Queries: q.queries, LeftOut: q.left, Reused: []Part{}, Added: []Part{}, Evidence: []Figure{}, Found: MeasuredOn}
	for i := range q.selections {
		s.Guess = min(s.Guess+q.selections[i].route.Rows, 1)
	}
	if len(p) == 1 {
		s.Rows = p[0].rows
	}
	for _, u := range q.nodes {
		s.part(Part{ID: u.node.ID.String(), Kind: u.node.Kind.String(), Text: u.text, Others: u.others, Cost: p.of(u.node).node(u.node)})
	}
	for i, c := range q.columns {
		var cost Cost
		if i > 0 || q.nodes[0].others > 0 {
			cost = p[0].column() // the first one of the first query is in the figure of the scan, which is the first node
		}
		s.part(Part{Kind: "column", Text: c.name, Others: c.others, Cost: cost})
	}
	s.Marginal.Nanos, s.WithShare.Nanos = rounded(s.Marginal.Nanos), rounded(s.WithShare.Nanos)
	for _, f := range p[0].figures {
		if p.used(f.Name) {
			s.Evidence = append(s.Evidence, f)
		}
	}
	return s
}

// part adds a part to its list and its cost to the sums.
func (s *Sharing) part(p Part) {
	list := &s.Added
	if p.Others > 0 {
		list = &s.Reused
	} else {
		s.Marginal.add(p.Cost, 1)
	}
	s.WithShare.add(p.Cost, p.Others+1)
	*list = append(*list, p)
}

// add adds what one of so many pays of d.
func (c *Cost) add(d Cost, of int) {
	if c.Samples == 0 || d.Samples > 0 && d.Samples < c.Samples {
		c.Samples = d.Samples
	}
	c.Nanos += d.Nanos / float64(of)
	c.Bytes += d.Bytes / int64(of)
	if c.Evidence = c.Evidence.and(d.Evidence); c.Evidence != EvidenceMeasured {
		c.Samples = 0
	}
}
