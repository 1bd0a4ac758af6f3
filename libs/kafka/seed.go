package kafka

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ScanGroup returns the consumer group of those who scan a stream that was declared while
// services run, under an epoch.
func ScanGroup(stream string, epoch int64) string {
	return fmt.Sprintf("%s-%s-%d", GroupScan, stream, epoch)
}

// Seed makes the offsets those of another group, one that has no members yet, if and when
// the open transaction commits: then that group begins there. Offsets are by partition, of
// the topic with that id ([Topics.ID]). Being part of the transaction they are fenced with
// it, so that who was taken over can write none later. The transaction must have a record
// by then: one of offsets alone the client does not end.
//
// After an error the transaction is as good as before, and whether some of the offsets
// are part of it is not known.
func (g *Group) Seed(ctx context.Context, group, topic, id string, offsets []int64) error {
	cl := g.session.Client()
	producer, epoch, err := cl.ProducerID(ctx)
	if err != nil {
		return fmt.Errorf("give group %s its offsets: %w", group, fenced(err))
	}
	req := kmsg.NewPtrTxnOffsetCommitRequest()
	req.TransactionalID, req.Group = g.cfg.TransactionalID, group
	req.ProducerID, req.ProducerEpoch, req.Generation = producer, epoch, -1
	t := kmsg.NewTxnOffsetCommitRequestTopic()
	t.Topic = topic
	if uuid, err := base64.RawURLEncoding.DecodeString(id); err == nil {
		copy(t.TopicID[:], uuid)
	}
	for p, o := range offsets {
		rp := kmsg.NewTxnOffsetCommitRequestTopicPartition()
		rp.Partition, rp.Offset, rp.LeaderEpoch = int32(p), o, -1
		t.Partitions = append(t.Partitions, rp)
	}
	req.Topics = append(req.Topics, t)
	for {
		resp, err := req.RequestWith(ctx, cl)
		if err == nil {
			err = refusedOffsets(resp)
		}
		if err == nil {
			return nil
		}
		if !slices.ContainsFunc(passing(), func(e *kerr.Error) bool { return errors.Is(err, e) }) {
			return fmt.Errorf("give group %s its offsets: %w", group, fenced(err))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("give group %s its offsets: %w", group, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// refusedOffsets returns the first error of the answer.
func refusedOffsets(resp *kmsg.TxnOffsetCommitResponse) error {
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return fmt.Errorf("partition %d: %w", p.Partition, err)
			}
		}
	}
	return nil
}

// passing are the errors of a coordinator that is being found, or that has the markers of
// the transaction before this one still to write.
func passing() []*kerr.Error {
	return []*kerr.Error{kerr.CoordinatorNotAvailable, kerr.CoordinatorLoadInProgress, kerr.NotCoordinator, kerr.ConcurrentTransactions}
}
