package faults

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// poisonTweets writes documents that are none, alone and among good ones: they
// become dead letters, each once, and cost themselves alone.
func (h *harness) poisonTweets(ctx context.Context, r *rand.Rand) blow {
	bad := [][]byte{
		[]byte(fmt.Sprintf(`{"id":%d,"text":"no end`, r.Int64())),
		[]byte(fmt.Sprintf("\xff\xfe%d", r.Int64())),
		[]byte(fmt.Sprintf(`{"id":%d,"text":"a"} {"id":1}`, r.Int64())),
		[]byte(fmt.Sprintf(`{"id":%d,"lang":en}`, r.Int64())),
		[]byte(strings.Repeat("[", 20000) + fmt.Sprint(r.Int64())),
	}
	good := func() []byte { return h.untimed(r) }
	batch := [][]byte{good(), one(r, bad...), good()}
	alone := bad[r.IntN(len(bad))]
	h.book.Add(append(batch, alone)...)
	err := h.producer.Produce(
		context.WithoutCancel(ctx),
		kafka.Record{
			Topic: kafka.TopicTweets, Partition: r.Int32N(partitions), Value: bytes.Join(batch, []byte("\n")),
			Headers: []kafka.Header{{Key: wire.HeaderBatch, Value: []byte(wire.BatchNDJSON)}},
		},
		kafka.Record{Topic: kafka.TopicTweets, Partition: r.Int32N(partitions), Value: alone},
	)
	return blow{to: kafka.TopicTweets, err: err}
}

// poisonQueries submits what is no query: it is rejected, and touches none.
func (h *harness) poisonQueries(ctx context.Context, r *rand.Rand) blow {
	id := []byte(fmt.Sprintf("q%02d", r.IntN(40)))
	err := h.producer.Produce(
		context.WithoutCancel(ctx),
		kafka.Record{Topic: kafka.TopicQueries, Value: []byte("SELECT count(*) FROM tweets")},
		kafka.Record{Topic: kafka.TopicQueries, Key: []byte("not an id"), Value: []byte("SELECT count(*) FROM tweets")},
		kafka.Record{Topic: kafka.TopicQueries, Key: id, Value: []byte("\x00\xff\xfe")},
		kafka.Record{Topic: kafka.TopicQueries, Key: id, Value: []byte(`{"sql":["SELECT"]}`)},
		kafka.Record{Topic: kafka.TopicQueries, Key: id, Value: []byte(strings.Repeat("(", 100_000))},
		kafka.Record{Topic: kafka.TopicQueries, Key: id, Value: []byte{}},
	)
	return blow{to: kafka.TopicQueries, err: err}
}

// poisonOthers writes what nobody of ours does into topics whose readers skip it:
// the registry, under a key that is about no query, and the status.
func (h *harness) poisonOthers(ctx context.Context, r *rand.Rand) blow {
	err := h.producer.Produce(
		context.WithoutCancel(ctx),
		kafka.Record{Topic: kafka.TopicRegistry, Key: []byte(fmt.Sprintf("x/%d", r.Int64())), Value: []byte("garbage")},
		kafka.Record{Topic: kafka.TopicStatus, Key: []byte("garbage"), Value: []byte("\xff garbage")},
	)
	h.strays.Add(2)
	return blow{to: kafka.TopicRegistry + ", " + kafka.TopicStatus, err: err}
}

// poisonInside writes what nobody of ours does into topics that the services write
// and read back: it costs itself alone.
func (h *harness) poisonInside(ctx context.Context, r *rand.Rand) blow {
	junk := func() []byte { return []byte(fmt.Sprintf("\xff garbage %d", r.Int64())) }
	err := h.producer.Produce(
		context.WithoutCancel(ctx),
		kafka.Record{Topic: kafka.TopicExchange, Partition: r.Int32N(exchangePartitions), Key: junk(), Value: junk()},
		kafka.Record{Topic: kafka.TopicExchange, Partition: r.Int32N(exchangePartitions), Value: []byte{}, Headers: []kafka.Header{{Key: "type", Value: []byte("gossip")}}},
		kafka.Record{Topic: kafka.TopicCheckpoints, Partition: r.Int32N(exchangePartitions), Key: junk(), Value: junk()},
		kafka.Record{Topic: kafka.TopicCheckpoints, Partition: r.Int32N(exchangePartitions), Key: []byte("g"), Value: junk()},
		kafka.Record{Topic: kafka.TopicFiles, Key: junk(), Value: junk()},
		kafka.Record{Topic: kafka.TopicDeadLetters, Key: junk(), Value: junk()},
		kafka.Record{Topic: kafka.TopicCosts, Key: junk(), Value: junk()},
	)
	h.strays.Add(1) // among the dead letters
	return blow{to: strings.Join([]string{kafka.TopicCosts, kafka.TopicExchange, kafka.TopicCheckpoints, kafka.TopicFiles, kafka.TopicDeadLetters}, ", "), err: err}
}

// untimed returns a post of its own without a time, which is never late.
func (h *harness) untimed(r *rand.Rand) []byte {
	return []byte(fmt.Sprintf(`{"id":%d,"text":"an odd one %x","lang":%q,"retweet_count":%d,"user":{"id":7,"screen_name":"odd%d","followers_count":%d}}`,
		r.Int64(), r.Uint64(), one(r, "en", "ja", "de"), r.IntN(100), r.IntN(20), r.IntN(5000)))
}
