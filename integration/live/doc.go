// Package live runs queries over a stream that does not end: posts flow in while
// queries are submitted, replaced and dropped and services are stopped and
// started again. What Redis holds in the end is then held against the reference.
//
// The main noun is the [System]: a log, a result store and the services over
// them, each of which may be stopped and started. A [Feeder] writes posts, a
// [Script] submits queries, a [Follower] reads from the exchange under which plan
// position each post was scanned, a [Watcher] looks at what is visible in Redis
// meanwhile. [System.Check] waits until everything has been taken and compares.
//
// What a query must show is decided by what is recorded: a query registered at
// registry offset p has the posts whose seal carries a plan position of at least
// p, on every partition, and no others.
//
// The servers are those of package pipeline. Without MILLRACE_SEEDS, a list of
// numbers with commas, tests use seeds of their own; every test prints its seed.
//
//	sys, err := live.Open(ctx, live.Options{Partitions: 3})
//	follower := live.Follow(sys)
//	sys.Start(live.QueryParser, live.Scheduler)
//	script, err := live.NewScript(sys, seed)
//	err = script.Replace(ctx, "q1", "SELECT count(*) AS n FROM tweets")
//	…
//	report, err := sys.Check(ctx, script, follower)
package live
