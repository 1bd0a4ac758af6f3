// Package explain says how standing queries are answered, what they share and
// what they cost.
//
// Its main noun is [Plans], the shared plan of all registered queries with the
// number of queries that use each node. Of one query, registered or not, it makes
// an [Explanation]: its logical plan, its nodes in the shared plan with the access
// path of its selection, and, where that is asked for, what it shares and what its
// cost is. Of all queries it makes a [Whole]. Both are values; they are written as
// text and JSON, and the whole plan for Graphviz, too.
//
// Costs are measured where somebody has measured them ([Measured]), and otherwise
// [Defaults], which say so and by which command they were found. It measures
// nothing, reads no registry, and runs no query.
//
//	p := explain.New(catalog)
//	p.Run("q1", root, plan.Encode(root))
//	e, err := p.Candidate(other, explain.Options{Sharing: true})
//	fmt.Print(e.Text())
package explain
