// Package presentation is the service that people talk to: HTTP to submit, list,
// show, explain, read, follow and drop standing queries, and health, readiness and
// metrics.
//
// [Run] is the program. It keeps itself informed of all queries from the topics
// millrace.registry and millrace.status, reads results from Redis, writes
// submissions to millrace.queries, and holds nothing that is not in one of
// these. Any number of instances may run.
//
//	err := presentation.Run(ctx, presentation.Config{
//		Kafka:  kafka.Config{Brokers: []string{"127.0.0.1:9092"}},
//		Redis:  results.Server{Addr: "127.0.0.1:6379"},
//		Listen: "127.0.0.1:8080",
//	})
package presentation
