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
// What the models stand for is held from outside: the store by TestStoreIsTheScripts,
// which compares it with the scripts of package results over miniredis. Built with
// the tag faults the tests show that every bug of package planted is found.
//
//	go test ./sim -seeds 10000                   # fresh seeds, on all cores
//	go test ./sim -for 5m
//	go test ./sim -run TestSchedules -seed 42 -seeds 1 -v -artifacts -outputdir DIR   # one, with its trace
//	go test -tags faults ./sim -run Planted -v   # prints which bug was found, and as what
package sim
