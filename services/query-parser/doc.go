// Package queryparser is the service between people's submissions and what
// schedulers run: it reads millrace.queries, and registers, replaces, fails and
// drops standing queries in millrace.registry; what became of each submission
// is told on millrace.status. Its main noun is the submission. Streams and views are
// declared and dropped the same way; the topic of a stream is made before.
//
// A submission's offset, its registry record and its status record are written
// in one Kafka transaction, so that epochs, which are the offsets of submissions,
// only ever increase in the registry, and no record is rewritten under its epoch.
//
// It does not run queries and knows nothing of results.
//
//	err := queryparser.Run(ctx, queryparser.Config{Kafka: kafka.Config{Brokers: brokers}})
package queryparser
