package kafka_test

import (
	"errors"
	"net"
	"strconv"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/libs/kafka"
)

// What the brokers answer about a topic that is not well may pass, and is no refusal;
// and they answer for other topics meanwhile, by which it is told from brokers that are
// away.
func TestEnsureStreamOfSickTopics(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	check(t, err)
	t.Cleanup(c.Close)
	cfg := kafka.Config{Brokers: c.ListenAddrs(), Embedded: true}
	layout := kafka.Layout{Partitions: 1, ExchangePartitions: 1, ReplicationFactor: 1}
	_, err = kafka.Ensure(within(t), cfg, layout)
	check(t, err)
	check(t, c.CreateTopic("mute", 2, nil))
	check(t, c.CreateTopic("leaderless", 2, nil))
	c.Fault(
		kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Topic: "mute", Count: -1},
		kfake.Fault{Keys: []kmsg.Key{kmsg.CreateTopics}, Topic: "missing", Count: -1},
	)
	answer := leaderless(t, c)
	c.ControlKey(int16(kmsg.Metadata), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		return answer(req.(*kmsg.MetadataRequest))
	})
	a := admin(t, cfg)
	for name, want := range map[string]error{
		"mute": kerr.UnknownServerError, "missing": kerr.UnknownServerError, "leaderless": kerr.LeaderNotAvailable,
	} {
		_, err := a.EnsureStream(within(t), layout, name)
		var refused *kafka.RefusedError
		if !errors.Is(err, want) || errors.As(err, &refused) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if _, err := a.Ends(within(t), kafka.TopicQueries); err != nil {
			t.Errorf("beside %s: %v", name, err)
		}
	}
}

// leaderless answers for the topic of that name, whose second partition has no leader.
func leaderless(t *testing.T, c *kfake.Cluster) func(*kmsg.MetadataRequest) (kmsg.Response, error, bool) {
	t.Helper()
	host, port, err := net.SplitHostPort(c.ListenAddrs()[0])
	check(t, err)
	n, err := strconv.ParseInt(port, 10, 32)
	check(t, err)
	broker := kmsg.NewMetadataResponseBroker()
	broker.NodeID, broker.Host, broker.Port = c.LeaderFor("leaderless", 0), host, int32(n)
	topic := kmsg.NewMetadataResponseTopic()
	topic.Topic, topic.TopicID = kmsg.StringPtr("leaderless"), c.TopicInfo("leaderless").TopicID
	for p := range int32(2) {
		rp := kmsg.NewMetadataResponseTopicPartition()
		rp.Partition, rp.Leader = p, broker.NodeID
		if p == 1 {
			rp.Leader, rp.ErrorCode = -1, kerr.LeaderNotAvailable.Code
		}
		topic.Partitions = append(topic.Partitions, rp)
	}
	return func(req *kmsg.MetadataRequest) (kmsg.Response, error, bool) {
		if len(req.Topics) != 1 || req.Topics[0].Topic == nil || *req.Topics[0].Topic != *topic.Topic {
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.MetadataResponse)
		resp.Brokers = append(resp.Brokers, broker)
		resp.Topics = append(resp.Topics, topic)
		return resp, nil, true
	}
}
