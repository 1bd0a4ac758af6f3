// Package scheduler is the service that answers queries: it scans the streams
// once for all of them and merges what the scans found into results.
//
// [Run] holds two stages, each a member of a consumer group of its own: the scan
// (package exec/scan) turns posts into partial aggregates on the exchange, the
// merge (package exec/merge) folds them into state and writes results to Redis.
// Both follow the registry through one reader. A stage that fails is given up
// and started anew with a new member; what could lose or repeat posts ends the
// program with a message, and so does losing the slot ([ErrFenced]), or being the
// only one that does not reach Redis ([ErrAlone]): who supervises the process starts
// it again.
//
// It reads no submissions and serves nobody: that is query-parser's and
// presentation's.
//
//	err := scheduler.Run(ctx, scheduler.Config{Kafka: kafkaConfig, Redis: server})
package scheduler
