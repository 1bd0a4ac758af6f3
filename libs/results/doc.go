// Package results is the Redis contract: where results lie, how merge writes
// them so that nothing is ever counted twice or goes back, and how everybody
// reads them.
//
// Its main noun is the [Writer], the fenced writer of one merge partition. A
// Writer takes the partition's fence over ([Writer.Take]), then applies [Op]s
// in atomic scripts ([Writer.Apply]). Every script compares (token, n) with
// what this writer last wrote and stores the next n and the writer's exchange
// offset with its changes, so that two owners of one partition cannot
// interleave, a repeat changes nothing, and data that Redis has lost is noticed
// at the next write. Rows are written whole, never incremented.
//
// A [Sampler] takes samples of small results, from which charts are drawn.
//
// A [Reader] lists queries and reads their rows, windows, ordered lists and
// logs in pages; a [Feed] gives the current state of one query and then its
// changes.
//
// It does not know SQL, plans or Kafka: a row is bytes of JSON, a query an id
// and an epoch, an offset a number. Redis Cluster is not supported: a script
// touches the keys of many queries.
//
//	w := results.NewWriter(rdb, 3, 8, topics)
//	stored, repair, err := w.Take(ctx, token, results.Fence{})
//	refused, err := w.Apply(ctx, offset, []results.Op{&results.Rows{
//		Target: results.Target{ID: "q1", Epoch: 7},
//		Set:    map[string][]byte{`["en"]`: []byte(`{"lang":"en","n":3}`)},
//	}})
//	err = w.Finish(ctx, offset, results.AsOf{Vector: vector}, repair)
//
// # Keys
//
// {ID} is literal: the braces are part of the key.
//
//	millrace:queries               hash    query id → one-line JSON summary
//	millrace:{ID}:meta             hash    facts of the query; counters as NAME:P per merge partition P
//	millrace:{ID}:rows             hash    group key (canonical JSON array) → row (JSON object)
//	millrace:{ID}:rows:START-END   hash    the same per window (milliseconds)
//	millrace:{ID}:windows          zset    START-END by START
//	millrace:{ID}:top[:START-END]  list    {"key":[…],"row":{…}} of ORDER BY … LIMIT, in order
//	millrace:{ID}:log              stream  rows of row-returning queries: field row; gaps: field gap = true
//	millrace:{ID}:history          stream  samples of the result: fields matched, rows (see [Sample])
//	millrace:{ID}:sampled          string  there while no new sample may be taken
//	millrace:{ID}:versions         hash    epoch
//	millrace:{ID}:changes          channel see [Change]
//	millrace:merge:P               hash    token, n, offset, repair, partitions, as_of
//	millrace:topics                hash    topic name → topic id
//	millrace:watched               zset    query id by the time (ms) until which somebody watches
package results
