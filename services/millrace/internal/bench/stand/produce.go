package stand

import (
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// Producer returns one that compresses in the given way.
func (s *Stand) Producer(compression string) (*kafka.Producer, error) {
	cfg := s.Servers.Client("bench", nil)
	cfg.Uncompressed = compression == None
	return kafka.NewProducer(cfg)
}

// Batch is the record of a batch as directory-monitor writes it.
func Batch(partition int32, value []byte) kafka.Record {
	return kafka.Record{
		Topic: kafka.TopicTweets, Partition: partition, Value: value,
		Headers: []kafka.Header{{Key: wire.HeaderBatch, Value: []byte(wire.BatchNDJSON)}},
	}
}
