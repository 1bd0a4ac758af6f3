// Package bench measures the scan in one process: how fast documents are decoded
// and evaluated under many standing queries, by several engines (package engine)
// with the queries of several mixes (package mix), on pinned cores.
//
// A cell is an engine at a share level with so many queries of a mix. The input is
// read into memory before and cut into batches as directory-monitor cuts it. In
// every round each cell is made anew, in turn, so that a machine that is busy for a
// while does not favour one of them; a [Line] has the medians of all rounds. What
// is measured is what the scan stage does between Kafka's answers: decode,
// evaluate, accumulate, and every 100 ms encode what a transaction would send.
//
// [Verify] measures nothing and compares what every query comes to instead.
//
//	lines, err := bench.Run(ctx, bench.Config{Queries: []int{1, 1000}, Mixes: []string{"mixed"}, …})
package bench
