// Package sim runs the scheduler's protocol code, the stages of packages scan
// and merge as they are, over an in-memory Kafka and an in-memory result store
// through random schedules: every call that a stage makes waits at a gate until
// the schedule lets it through, loses it, or loses its answer, and between two
// calls processes crash, pause and rebalance, transaction markers are written
// one by one, and the store loses writes. Time is that of testing/synctest.
//
// A schedule is a function of its seed. Its end is compared with an oracle that
// knows what each committed transaction covered: no post is counted twice or
// lost in any query that was active.
//
// Package sim does not simulate brokers' network protocol, the Kafka client or
// Redis itself; tests against real ones do that.
//
//	go test ./sim -seeds 10000            # from a seed of today's
//	go test ./sim -seed 42 -seeds 1 -v    # one schedule with its trace
package sim
