package costs_test

import (
	"testing"
	"time"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/presentation/internal/costs"
)

func TestBook(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	now := start
	b := costs.New(func() time.Time { return now })
	id := plan.HashID([]byte("a"))
	tell := func(c wire.Cost) {
		t.Helper()
		c.Node, c.Kind, c.Stream, c.Time = id.String(), wire.CostGrouping, "tweets", now
		value, err := c.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Read(&kafka.Record{Key: wire.CostKey(c.Slot, c.Node), Value: value}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(want explain.Measurement, there bool) {
		t.Helper()
		if got, ok := b.Measured(id); ok != there || got != want {
			t.Errorf("%+v %t, want %+v", got, ok, want)
		}
	}
	want(explain.Measurement{}, false)
	tell(wire.Cost{Slot: 0, Nanos: 10, Rows: 0.5, Samples: 100, Nodes: 2})
	want(explain.Measurement{Nanos: 10, Rows: 0.5, Samples: 100, Nodes: 2}, true)
	tell(wire.Cost{Slot: 0, Nanos: 20, Rows: 0.5, Kept: 0.25, Samples: 100, Nodes: 2})
	now = now.Add(time.Hour)
	tell(wire.Cost{Slot: 3, Nanos: 40, Rows: 0.25, Samples: 300, Nodes: 3})
	want(explain.Measurement{Nanos: 35, Rows: 0.375, Kept: 0.125, Samples: 400, Nodes: 3}, true)
	now = now.Add(90 * time.Minute) // the first one is heard of no more
	want(explain.Measurement{Nanos: 40, Rows: 0.25, Samples: 300, Nodes: 3}, true)

	// What is no cost is skipped, and changes nothing.
	key := wire.CostKey(3, id.String())
	for _, rec := range []kafka.Record{
		{Key: []byte("x"), Value: []byte("{}")},
		{Key: key, Value: []byte("{}")},
		{Value: []byte("junk")},
		{Key: wire.CostKey(4, id.String()), Value: []byte(`{"version":1,"slot":3,"node":"` + id.String() + `","kind":"rows","stream":"t","time":"2026-01-02T03:04:05Z"}`)},
	} {
		if b.Read(&rec) == nil {
			t.Errorf("%s %s was taken", rec.Key, rec.Value)
		}
	}
	want(explain.Measurement{Nanos: 40, Rows: 0.25, Samples: 300, Nodes: 3}, true)
	if err := b.Read(&kafka.Record{Key: key}); err != nil {
		t.Error(err)
	}
	want(explain.Measurement{}, false)
	tell(wire.Cost{Rows: 1})
	want(explain.Measurement{Rows: 1}, true)
	b.Reset()
	want(explain.Measurement{}, false)
}
