// Package ledger holds what tests know of a pipeline whose processes they kill: the
// writer of its files, the churn of its queries, followers of its topics, and the
// comparison of its results with the reference.
//
// The main noun is the [Ledger]: what was written into the watched folder, where
// every line of it landed in millrace.tweets, and under which plan position it
// was scanned, read from the seals in millrace.exchange. From it follows what
// each query has to answer, whoever was killed meanwhile. The package starts and
// kills nothing itself.
//
//	l := ledger.New(layout)
//	f := &ledger.Follower{Config: cfg, Ledger: l}
//	w := &ledger.Writer{Dir: watched, Aside: aside, Lines: lines, Random: rnd, Ledger: l, Rate: 600}
//	c := &ledger.Checker{Follower: f, Churn: churn, Reader: reader, Admin: admin}
//	c.Settle(ctx, t)
//	c.Expect(t)
//	c.Compare(ctx, t, false)
//	c.Counters(ctx, t)
package ledger
