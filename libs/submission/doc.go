// Package submission decides whether what somebody submits can become a standing
// query, the same way for every way in: query-parser asks it about records of
// millrace.queries, presentation before it writes one.
//
// Its main noun is the [Checker]. What is wrong with a submission is a
// [*Problem], for its author; any other error is ours. The package does not know
// which queries are registered, and does no input or output.
//
//	c := &submission.Checker{Catalog: cat, MaxValue: 512 << 10}
//	sub, err := submission.Parse([]byte(`{"sql":"SELECT count(*) FROM tweets","owner":"anna"}`))
//	q, err := c.Check(&sub)
//	value, err := c.Record(&sub, q, wire.Registry{ID: "q1", Epoch: 7, Options: settings.With(sub.Options), Submitted: now})
package submission
