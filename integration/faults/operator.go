package faults

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/libs/kafka"
)

// hung is a transaction that is open in a partition and of which no coordinator
// knows: nobody but an operator ends it, and readers wait for ever.
type hung struct {
	topic     string
	partition int32
	offset    int64 // where it begins
	producer  int64
	epoch     int16
}

func (t hung) String() string {
	return fmt.Sprintf("%s partition %d from offset %d on, of producer %d in epoch %d", t.topic, t.partition, t.offset, t.producer, t.epoch)
}

// hanging returns the transactions that hang. A broker that is killed while it ends a
// transaction can leave some.
func (s *spy) hanging(ctx context.Context) ([]hung, error) {
	topics, err := s.admin.ListTopicsWithInternal(ctx, append(kafka.AllTopics(), "__consumer_offsets")...)
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	described, err := s.admin.DescribeProducers(ctx, topics.TopicsSet())
	if err != nil {
		return nil, fmt.Errorf("describe producers: %w", err)
	}
	// Asked for last: what is open in a partition has been known to its coordinator.
	listed, err := s.admin.ListTransactions(ctx, nil, []string{"Ongoing", "PrepareCommit", "PrepareAbort"})
	if err != nil {
		return nil, fmt.Errorf("list transactions: %w", err)
	}
	known := map[int64]bool{}
	for _, t := range listed {
		known[t.ProducerID] = true
	}
	var out []hung
	for _, t := range described {
		for _, p := range t.Partitions {
			for _, a := range p.ActiveProducers {
				if a.CurrentTxnStartOffset >= 0 && !known[a.ProducerID] {
					out = append(out, hung{a.Topic, a.Partition, a.CurrentTxnStartOffset, a.ProducerID, a.ProducerEpoch})
				}
			}
		}
	}
	return out, nil
}

// abort ends a transaction that hangs as the tools of the broker do.
func (s *spy) abort(ctx context.Context, t hung) error {
	req := kmsg.NewPtrWriteTxnMarkersRequest()
	marker := kmsg.NewWriteTxnMarkersRequestMarker()
	marker.ProducerID, marker.ProducerEpoch, marker.CoordinatorEpoch = t.producer, t.epoch, -1
	topic := kmsg.NewWriteTxnMarkersRequestMarkerTopic()
	topic.Topic, topic.Partitions = t.topic, []int32{t.partition}
	marker.Topics = append(marker.Topics, topic)
	req.Markers = append(req.Markers, marker)
	resp, err := req.RequestWith(ctx, s.client)
	if err != nil {
		return err
	}
	for _, m := range resp.Markers {
		for _, t := range m.Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// forgotten is how long a transaction hangs before the operator ends it: longer than
// any takes by itself.
const forgotten = 20 * time.Second

// operate plays the operator of the broker: a transaction that its coordinator has
// forgotten is ended by hand, and counted. That can come of a broker that was killed
// alone; of anything else it is a violation.
func (h *harness) operate(ctx context.Context) error {
	since := map[hung]time.Time{}
	for pause(ctx, 5*time.Second) {
		short, cancel := context.WithTimeout(ctx, 5*time.Second)
		now, err := h.spy.hanging(short)
		if err == nil {
			maps.DeleteFunc(since, func(t hung, _ time.Time) bool { return !slices.Contains(now, t) })
			h.endForgotten(short, now, since)
		}
		cancel()
	}
	return nil
}

func (h *harness) endForgotten(ctx context.Context, now []hung, since map[hung]time.Time) {
	for _, t := range now {
		if _, seen := since[t]; !seen {
			since[t] = time.Now()
		}
		if time.Since(since[t]) < forgotten {
			continue
		}
		if h.broker.starts() < 2 {
			h.journal.violation("the broker, which was never ended, has forgotten a transaction: %s", t)
		}
		h.journal.note("the broker has forgotten a transaction; ending it by hand: %s, %v", t, h.spy.abort(ctx, t))
		h.journal.count("transactions that the broker has forgotten over its end, ended by hand")
	}
}
