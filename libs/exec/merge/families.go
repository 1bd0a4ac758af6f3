package merge

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/sql/plan"
)

// families is what partitions that are restored one after the other have in common: the
// queries by node, and which partition each concerns. To find that out takes a look at
// every query, which is done once and not in every partition.
type families struct {
	defs     *Definitions
	anywhere []family   // those whose groups may come to any partition
	at       [][]family // by partition: those at home in it
	facts    [][]*Query // by partition: those of which it writes the facts, and has no more
}

// family is the queries of one node. It is immutable: the nodes of several partitions
// share its aggregates.
type family struct {
	model   nodeModel
	members []member // by position, then id
	starts  int      // their different positions
	aggs    []Aggregate
}

// member is a query, with the partition that writes its facts.
type member struct {
	*Query
	facts int32
}

// familiesOf looks at every query of the definitions.
func familiesOf(defs *Definitions, topo *Topology) *families {
	f := &families{defs: defs, at: make([][]family, topo.Partitions), facts: make([][]*Query, topo.Partitions)}
	order, members := make([]relation, 0, defs.Queries.Len()), make([]member, 0, defs.Queries.Len())
	for _, q := range defs.Queries.All() {
		facts, home := topo.factsOf(q), int32(anywhere)
		id := q.node()
		works := q.Failed == "" && id != (plan.ID{})
		if works {
			home = topo.homeOf(q)
		}
		if !works || home != anywhere && home != facts {
			f.facts[facts] = append(f.facts[facts], q)
		}
		if works {
			order = append(order, relation{newNodeOrder(id), q.Position, home, int32(len(members))})
			members = append(members, member{q, facts})
		}
	}
	slices.SortFunc(order, func(a, b relation) int {
		if c := a.compareNodes(b); c != 0 {
			return c
		}
		if a.position != b.position {
			return cmp.Compare(a.position, b.position)
		}
		return strings.Compare(members[a.at].ID, members[b.at].ID)
	})
	sorted := make([]member, len(members))
	for i, r := range order {
		sorted[i] = members[r.at]
	}
	for i := 0; i < len(order); {
		end := i + 1
		for end < len(order) && order[end].compareNodes(order[i]) == 0 {
			end++
		}
		to := &f.anywhere
		if home := order[i].home; home != anywhere {
			to = &f.at[home]
		}
		*to = append(*to, newFamily(sorted[i:end]))
		i = end
	}
	return f
}

// relation is what queries are put in order by, beside the queries themselves: there are
// many, and each lies somewhere else.
type relation struct {
	node     nodeOrder
	position int64
	home     int32
	at       int32 // which of the queries
}

func (r relation) compareNodes(s relation) int {
	switch {
	case r.node != s.node:
		return r.node.compare(s.node)
	case r.home != s.home:
		return cmp.Compare(r.home, s.home)
	}
	return 0
}

// nodeOrder is a node's id as numbers.
type nodeOrder struct{ high, low uint64 }

func newNodeOrder(id plan.ID) nodeOrder {
	return nodeOrder{binary.BigEndian.Uint64(id[:]), binary.BigEndian.Uint64(id[8:])}
}

func (o nodeOrder) compare(p nodeOrder) int {
	if o.high != p.high {
		return cmp.Compare(o.high, p.high)
	}
	return cmp.Compare(o.low, p.low)
}

func newFamily(members []member) family {
	f := family{members: members, starts: 1, model: nodeModelOf(members[0].Query)}
	if t := members[0].Table; t != nil && len(members) == 1 && len(t.Aggs) <= 1 {
		f.aggs = t.Aggs // as nearly all
	} else {
		f.aggs = unionOf(func(yield func(*Query) bool) {
			for _, m := range members {
				if !yield(m.Query) {
					return
				}
			}
		})
	}
	for i := 1; i < len(members); i++ {
		if members[i].Position != members[i-1].Position {
			f.starts++
		}
	}
	return f
}

// compareStarts is the order of a node's queries.
func compareStarts(a, b *Query) int {
	if a.Position != b.Position {
		return cmp.Compare(a.Position, b.Position)
	}
	return strings.Compare(a.ID, b.ID)
}

// begin gives an empty partition the queries of the definitions. What is owed to the store
// of those below the position settled is there already.
func (s *Partition) begin(f *families, settled int64) {
	s.resumeStreams(f.defs.Streams)
	mine := f.at[s.id]
	queries := len(f.facts[s.id])
	for _, families := range [][]family{f.anywhere, mine} {
		for i := range families {
			queries += len(families[i].members)
		}
	}
	s.queries = make(map[string]*query, queries)
	s.nodes = make(map[plan.ID]*node, len(f.anywhere)+len(mine))
	for _, q := range f.facts[s.id] {
		s.admit(q, nil, true, q.Position >= settled)
	}
	for _, families := range [][]family{f.anywhere, mine} {
		for i := range families {
			s.addFamily(&families[i], settled)
		}
	}
	s.defs = &Definitions{Queries: f.defs.Queries, Streams: f.defs.Streams}
	s.sync(f.defs)
}

// addFamily makes the node of a family.
func (s *Partition) addFamily(f *family, settled int64) {
	n := s.nodes[f.model.id]
	known := n != nil
	if !known {
		n = s.addNode(f.model)
	}
	n.queries = slices.Grow(n.queries, len(f.members))
	for _, m := range f.members {
		n.queries = append(n.queries, s.admit(m.Query, n, m.facts == s.id, m.Position >= settled))
	}
	if known { // as a node whose queries disagree on where their groups belong
		s.reshape(n)
		return
	}
	n.aggs, n.segments = f.aggs, make([]*segment, 0, f.starts)
	for i, m := range f.members {
		if i == 0 || m.Position != f.members[i-1].Position {
			n.segments = append(n.segments, newSegment(m.Position, &s.held))
		}
	}
}
