// Package kafka is the log that the services talk over: the topics and their
// settings, producers, transactions, readers and consumer groups. Its main noun
// is the [Record].
//
// Four ways of using a topic, none of which resets an offset by itself:
//
//   - [Producer] writes records and waits for their acknowledgement.
//   - [Txn] writes under a stable transactional id; making one fences whoever
//     held the id before.
//   - [Reader] reads assigned partitions from given offsets, committed records
//     and control records, so that positions reach the end of a partition.
//   - [Group] reads the partitions that a consumer group assigns and writes in
//     transactions that commit exactly the offsets given.
//
// [Ensure] makes the topics and checks those that exist; [Admin] asks for ends,
// starts and group offsets. The package knows nothing of what records mean
// (package wire). With packages embedded and integration it is the only
// importer of franz-go.
//
//	cfg := kafka.Config{Brokers: []string{"127.0.0.1:9092"}}
//	topics, err := kafka.Ensure(ctx, cfg, kafka.Layout{})
//	r, err := kafka.NewReader(cfg, kafka.TopicRegistry, map[int32]int64{0: 0})
//	records, err := r.Poll(ctx)
package kafka
