// Package stand is what benchmarks over a real Kafka and a real Redis stand on: the
// servers, which hold nothing of Millrace's before and after ([Stand]), and a
// scheduler in a process of its own, pinned to one core ([Process]). It measures
// nothing.
//
// Topics and keys have fixed names, so that the servers must hold nothing of Millrace's,
// or be cleared on demand (Reset in [Options]). What was made is deleted by
// [Stand.Clear], unless somebody else has come to use it.
//
//	s, err := stand.Open(ctx, stand.Options{Servers: servers, Command: child, …})
//	defer s.Close()
//	err = s.Fresh(ctx, false)
//	scheduler, ctx, err := s.Start(ctx)
//
// Command runs [Child].
package stand
