package kafka_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/kafka"
)

// What is recycled gives its memory to others, and what is not stays as it is.
func TestRecycle(t *testing.T) {
	cfg := brokers(t)
	in := makeTopic(t, cfg, 1)
	p, err := kafka.NewProducer(cfg)
	check(t, err)
	defer p.Close()
	const n = 60
	value := func(i int) string { return strings.Repeat(fmt.Sprintf("record %d of many; ", i), 2000) }
	for i := 0; i < n; i += 3 { // batches of several, of which some are recycled in part
		check(t, p.Produce(within(t), kafka.Record{Topic: in, Value: []byte(value(i))},
			kafka.Record{Topic: in, Value: []byte(value(i + 1))}, kafka.Record{Topic: in, Value: []byte(value(i + 2))}))
	}
	g, err := kafka.NewGroup(within(t), cfg, kafka.GroupConfig{
		Group: unique(t, "group"), Topic: in, TransactionalID: unique(t, "id"), Adjust: fromStart,
		Recycle: true, MaxPollRecords: 2, MaxFetchBytes: 1 << 10,
	})
	check(t, err)
	defer g.Close()
	assigned(t, g, 1)
	kept := map[int][]byte{}
	for i := 0; i < n; {
		polled, err := g.Poll(within(t))
		check(t, err)
		for _, r := range polled.Records {
			if string(r.Value) != value(i) {
				t.Fatalf("record %d is %.40q…", i, r.Value)
			}
			if i%7 == 0 {
				kept[i] = r.Value
			} else {
				r.Recycle()
			}
			i++
		}
	}
	for i, v := range kept {
		if string(v) != value(i) {
			t.Errorf("record %d has become %.40q…", i, v)
		}
	}
}
