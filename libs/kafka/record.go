package kafka

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Record is one record of a topic. A control record (the end of a transaction)
// has neither key nor value; it is handed out because positions count it.
type Record struct {
	Topic     string
	Partition int32
	Offset    int64
	Key       []byte // nil: none
	Value     []byte // nil: a tombstone
	Headers   []Header
	Time      time.Time // zero in what is produced: now
	Control   bool

	polled *kgo.Record
}

// Recycle gives the record's memory back, for records that are polled later, if its
// [Group] was made for that. Nothing of the record may be used any more. What is
// never given back is left to the collector.
func (r *Record) Recycle() {
	if r.polled != nil {
		r.polled.Recycle()
	}
	*r = Record{}
}

// Header is one header of a record: Key and Value.
type Header = kgo.RecordHeader

// Header returns the value of the first header called key.
func (r *Record) Header(key string) ([]byte, bool) {
	for i := range r.Headers {
		if r.Headers[i].Key == key {
			return r.Headers[i].Value, true
		}
	}
	return nil, false
}

func fromKgo(r *kgo.Record) Record {
	rec := Record{
		Topic:     r.Topic,
		Partition: r.Partition,
		Offset:    r.Offset,
		Time:      r.Timestamp,
		Control:   r.Attrs.IsControl(),
		polled:    r,
	}
	if !rec.Control {
		rec.Key, rec.Value, rec.Headers = r.Key, r.Value, r.Headers
	}
	return rec
}

func toKgo(r *Record) *kgo.Record {
	return &kgo.Record{
		Topic:     r.Topic,
		Partition: r.Partition,
		Key:       r.Key,
		Value:     r.Value,
		Headers:   r.Headers,
		Timestamp: r.Time,
	}
}
