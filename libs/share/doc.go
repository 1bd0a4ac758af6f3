// Package share merges many queries into one shared plan, in which each
// predicate, selection, grouping and aggregate exists once, whoever asked for
// it.
//
// [Decompose] cuts one query's plan into the layers that can be shared, its
// [Shape], with the ids that are on the wire. A [Plan] interns the shapes of all
// queries as nodes of a graph with reference counts: adding or dropping a query
// touches the nodes that it alone uses and reports them as a [Change].
//
//	scan → unnest → atoms → combinations → selections → groupings → tables → aggregates → outputs
//	                                                 └→ rows → outputs
//
// It does not normalise (canonical form is what makes two queries meet), does
// not evaluate, and knows nothing of registries or epochs.
//
//	shape, err := share.Decompose(root)
//	p := share.New()
//	change, err := p.Add("q1", shape)
//	fmt.Print(p.Format())
package share
