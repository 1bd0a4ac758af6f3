package kafka_test

import (
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/millrace/millrace/libs/kafka"
)

// pendingOffsets commits an offset in a transaction and leaves it open; end
// ends it.
func pendingOffsets(t *testing.T, cfg kafka.Config, group, topic string, offset int64) (map[int32]int64, func(commit bool)) {
	t.Helper()
	id := unique(t, "raw")
	cl, err := rawClient(cfg, id)
	check(t, err)
	t.Cleanup(cl.Close)
	pid, epoch, err := cl.ProducerID(within(t))
	check(t, err)
	if code := txnOffsetCommit(t, cl, id, pid, epoch, group, topic, "", -1, offset); code != nil {
		t.Fatal(code)
	}
	return map[int32]int64{0: offset}, func(commit bool) {
		req := kmsg.NewPtrEndTxnRequest()
		req.TransactionalID, req.ProducerID, req.ProducerEpoch, req.Commit = id, pid, epoch, commit
		resp, err := req.RequestWith(within(t), cl)
		check(t, err)
		check(t, kerr.ErrorForCode(resp.ErrorCode))
	}
}

// rawClient speaks TxnOffsetCommit with topics' names.
func rawClient(cfg kafka.Config, id string) (*kgo.Client, error) {
	return kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...), kgo.TransactionalID(id), kgo.MaxVersions(kversion.V4_0_0()))
}

func txnOffsetCommit(t *testing.T, cl *kgo.Client, id string, pid int64, epoch int16, group, topic, member string, generation int32, offset int64) error {
	t.Helper()
	req := kmsg.NewPtrTxnOffsetCommitRequest()
	req.TransactionalID, req.Group, req.ProducerID, req.ProducerEpoch = id, group, pid, epoch
	req.MemberID, req.Generation = member, generation
	rt := kmsg.NewTxnOffsetCommitRequestTopic()
	rt.Topic = topic
	rp := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	rp.Offset, rp.LeaderEpoch = offset, -1
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	ctx := within(t)
	for {
		answer, err := req.RequestWith(ctx, cl)
		check(t, err)
		err = kerr.ErrorForCode(answer.Topics[0].Partitions[0].ErrorCode)
		if kerr.IsRetriable(err) && !errors.Is(err, kerr.IllegalGeneration) {
			time.Sleep(10 * time.Millisecond)
			continue // the group's coordinator is being made
		}
		return err
	}
}

// The broker itself refuses offsets of a generation that has passed.
func TestBrokerFencesGenerations(t *testing.T) {
	cfg := brokers(t)
	in := makeTopic(t, cfg, 2)
	group := unique(t, "group")
	g := join(t, cfg, group, in, unique(t, "g"))
	old := assigned(t, g, 2)
	h := join(t, cfg, group, in, unique(t, "h"))
	assigned(t, h, 1)
	now := assigned(t, g, 1)

	id := unique(t, "raw")
	cl, err := rawClient(cfg, id)
	check(t, err)
	defer cl.Close()
	pid, epoch, err := cl.ProducerID(within(t))
	check(t, err)
	if err := txnOffsetCommit(t, cl, id, pid, epoch, group, in, old.Member, old.Generation, 1); !errors.Is(err, kerr.IllegalGeneration) {
		t.Errorf("offsets of the former generation: %v, want ILLEGAL_GENERATION", err)
	}
	if err := txnOffsetCommit(t, cl, id, pid, epoch, group, in, "nobody", now.Generation, 1); !errors.Is(err, kerr.UnknownMemberID) {
		t.Errorf("offsets of a stranger: %v, want UNKNOWN_MEMBER_ID", err)
	}
	if err := txnOffsetCommit(t, cl, id, pid, epoch, group, in, now.Member, now.Generation, 1); err != nil {
		t.Errorf("offsets of the present generation: %v", err)
	}
}
