package faults

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
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

	coordinator int32 // the epoch of the coordinator that last ended one of the producer
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
					out = append(out, hung{a.Topic, a.Partition, a.CurrentTxnStartOffset, a.ProducerID, a.ProducerEpoch, a.CoordinatorEpoch})
				}
			}
		}
	}
	return out, nil
}

// end ends a transaction that hangs by a marker, past its coordinator.
func (s *spy) end(ctx context.Context, t hung, commit bool) error {
	req := kmsg.NewPtrWriteTxnMarkersRequest()
	marker := kmsg.NewWriteTxnMarkersRequestMarker()
	marker.ProducerID, marker.ProducerEpoch, marker.CoordinatorEpoch = t.producer, t.epoch, max(t.coordinator, 0)
	marker.Committed = commit
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

// decided reads from the coordinator's own log whether it has decided to commit the
// transaction, before it forgot it: the ends that it decides have the epoch of the
// transaction or the next one.
func (h *harness) decided(ctx context.Context, t hung) (commit bool, err error) {
	const topic = "__transaction_state"
	ends, err := h.spy.admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return false, fmt.Errorf("ask for the ends of %s: %w", topic, err)
	}
	from, left := map[int32]kgo.Offset{}, map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			from[o.Partition], left[o.Partition] = kgo.NewOffset().AtStart(), o.Offset
		}
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(h.broker.direct), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}))
	if err != nil {
		return false, err
	}
	defer cl.Close()
	found := false
	for len(left) > 0 && ctx.Err() == nil {
		cl.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
			var v kmsg.TxnMetadataValue
			if r.Value == nil || v.ReadFrom(r.Value) != nil || v.ProducerID != t.producer || v.ProducerEpoch < t.epoch || v.ProducerEpoch > t.epoch+1 {
				return
			}
			if v.State == kmsg.TransactionStatePrepareCommit || v.State == kmsg.TransactionStatePrepareAbort {
				found, commit = true, v.State == kmsg.TransactionStatePrepareCommit
			}
		})
	}
	if !found {
		return false, fmt.Errorf("%s does not tell how it was to end", topic)
	}
	return commit, nil
}

// forgotten is how long a transaction hangs before the operator ends it: longer than
// any takes by itself.
const forgotten = 12 * time.Second

// operate plays the operator of the broker: a transaction that its coordinator has
// forgotten is ended by hand, in the way that the coordinator had decided, and
// counted. That can come of a broker that was killed alone; of anything else it is a
// violation.
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
		commit, err := h.decided(ctx, t)
		if err == nil {
			err = h.spy.end(ctx, t, commit)
		}
		if err != nil {
			h.journal.note("the broker has forgotten a transaction, which cannot be ended by hand: %s: %v", t, err)
			continue
		}
		h.journal.note("the broker has forgotten a transaction, which is ended by hand as it had decided (commit: %t): %s", commit, t)
		h.journal.count("markers that the broker has forgotten to write when it was ended, written by hand")
	}
}
