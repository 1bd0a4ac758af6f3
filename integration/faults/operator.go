package faults

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/integration/ledger"
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
	open, err := s.open(ctx, topics.TopicsSet())
	if err != nil {
		return nil, err
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
	return slices.DeleteFunc(open, func(t hung) bool { return known[t.producer] }), nil
}

// open returns the transactions that are open in the partitions of topics.
func (s *spy) open(ctx context.Context, topics kadm.TopicsSet) (out []hung, err error) {
	described, err := s.admin.DescribeProducers(ctx, topics)
	if err != nil {
		return nil, fmt.Errorf("describe producers: %w", err)
	}
	for _, t := range described {
		for _, p := range t.Partitions {
			for _, a := range p.ActiveProducers {
				if a.CurrentTxnStartOffset >= 0 {
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

// forgotten is how long a transaction hangs before the operator ends it: longer than
// any takes by itself.
const forgotten = 12 * time.Second

// excusable is for how long after the broker is back from being ended a transaction
// may be found to hang: until then it takes up what it had not finished.
const excusable = 15 * time.Second

// operate plays the operator of the broker: a transaction that its coordinator has
// forgotten is ended by hand, in the way that the coordinator had decided, and
// counted. That can come of a broker that was just ended alone; of anything else it
// is a violation.
func (h *harness) operate(ctx context.Context, report *Report) error {
	seen := map[hung]sighting{}
	for ledger.Pause(ctx, 2*time.Second) {
		short, cancel := context.WithTimeout(ctx, 5*time.Second)
		if now, err := h.spy.hanging(short); err == nil {
			maps.DeleteFunc(seen, func(t hung, _ sighting) bool { return !slices.Contains(now, t) })
			h.endForgotten(short, report, now, seen)
		}
		cancel()
	}
	return nil
}

// sighting is when a transaction was first found to hang, and whether the broker
// had been ended just before.
type sighting struct {
	at      time.Time
	excused bool
	told    bool
}

func (h *harness) endForgotten(ctx context.Context, report *Report, now []hung, seen map[hung]sighting) {
	for _, t := range now {
		s, known := seen[t]
		if !known {
			s = sighting{at: time.Now(), excused: h.broker.endedBefore(time.Now(), excusable)}
			seen[t] = s
		}
		if time.Since(s.at) < forgotten {
			continue
		}
		if !s.excused && !s.told {
			s.told = true
			seen[t] = s
			h.journal.violation("the broker, which was not ended within %s before, has forgotten a transaction: %s", excusable, t)
		}
		commit, err := h.decided(ctx, t)
		if err == nil {
			err = h.spy.end(ctx, t, commit)
		}
		if err != nil {
			h.journal.note("the broker has forgotten a transaction, which cannot be ended by hand: %s: %v", t, err)
			continue
		}
		delete(seen, t)
		report.marked()
		h.journal.note("the broker has forgotten a transaction, which is ended by hand as it had decided (commit: %t): %s", commit, t)
		h.journal.count("markers that the broker has forgotten to write when it was ended, written by hand")
	}
}
