// Package faults runs Millrace's services as processes over a Kafka and a Redis of
// its own, does to all of them what goes wrong in the world, and checks by
// observers of its own that the promise holds: every line is counted exactly once
// in every query that was active when it was scanned, and no written offset goes
// back while Redis keeps what it acknowledged.
//
// The main noun is the harness of one run: the two servers, the services, a proxy
// on every link between them, a random workload, the observers. What is done when
// follows from the seed; what it meets does not, for processes run as they like, so
// that a seed repeats the faults and not their every effect. A fault counts as
// effective only when it aborted or interrupted an open transaction, a restore, a
// flush or a rebalance: the broker's list of transactions tells, or the services'
// logs and metrics do. What it only held up is counted apart.
//
// The proxies see what is asked of the servers. Most faults lay a trap on some of
// them, which strikes when a moment comes: a request of a transaction, of a group, of
// a write to Redis, before the server has heard of it, or when it has answered and the
// service has not heard of that; from then on a fault's effect is counted. What does
// not come to its end within a bound, a strike, a round, the results while the servers
// are there, is a violation. The package touches only processes that it has started.
//
//	cfg := faults.Config{Seed: 7, Duration: time.Minute, Rate: 300, Bin: "bin/faults", Dir: dir, Out: os.Stdout}
//	err := cfg.FromEnvironment()
//	report, err := faults.Run(ctx, cfg)
package faults
