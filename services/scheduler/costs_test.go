package scheduler

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/wire"
)

// What a scheduler measures arrives on millrace.costs.
func TestCostsAreTold(t *testing.T) {
	w := newWorld(t)
	w.CostInterval = 50 * time.Millisecond
	_, stop := w.start()
	w.until("ready", w.ready)
	producer, err := kafka.NewProducer(w.Kafka)
	check(t, err)
	defer producer.Close()
	batch := bytes.Repeat([]byte(`{"id":1,"lang":"en","text":"so"}`+"\n"), 500)
	post := kafka.Record{Topic: kafka.TopicTweets, Value: batch, Headers: []kafka.Header{{Key: wire.HeaderBatch, Value: []byte(wire.BatchNDJSON)}}}
	reader, err := kafka.NewReader(w.Kafka, kafka.TopicCosts, map[int32]int64{0: 0})
	check(t, err)
	defer reader.Close()
	node := share.ScanID(stream).String()
	w.until("a cost of the scan", func() bool {
		ctx, cancel := context.WithTimeout(within(t), time.Second)
		defer cancel()
		check(t, producer.Produce(ctx, post, post, post, post, post, post, post, post))
		recs, err := reader.Poll(ctx)
		if ctx.Err() != nil {
			return false
		}
		check(t, err)
		found := false
		for i := range recs {
			var c wire.Cost
			if recs[i].Value == nil {
				continue
			}
			check(t, c.Unmarshal(recs[i].Value))
			slot, of, ok := wire.ParseCostKey(recs[i].Key)
			if !ok || slot != 0 || of != c.Node || c.Slot != slot || c.Stream != stream {
				t.Errorf("%s: %+v", recs[i].Key, c)
			}
			found = found || c.Node == node && c.Kind == wire.CostScan && c.Samples >= 500 && c.Nanos > 0
		}
		return found
	})
	check(t, stop())
}
