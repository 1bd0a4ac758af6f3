// Package kill holds the tests that kill services. They build the four service
// binaries, run them as processes over the Kafka and the Redis that
// MILLRACE_BROKERS and MILLRACE_REDIS name, send SIGKILL to one after the other
// at random moments, and compare what comes out in the end with the reference.
//
// The main noun of the tests is the ledger: what was written into the watched
// folder, where every line of it landed in millrace.tweets, and under which plan
// position it was scanned, read from the seals in millrace.exchange. From it
// follows what each query has to answer, whoever was killed meanwhile. A service
// is a process that is started again whenever it dies.
//
// The tests clear the servers of everything of Millrace, so that nothing else
// may use them at the same time, and are skipped where none are named:
//
//	MILLRACE_BROKERS=127.0.0.1:9092 MILLRACE_REDIS=127.0.0.1:6379 \
//		go test ./integration/kill -v -kills 30 -seed 7
//
// The full form of the test of directory-monitor:
//
//	… -run Monitor -timeout 60m -monitor-kills 100 -monitor-bytes 2000000000
package kill
