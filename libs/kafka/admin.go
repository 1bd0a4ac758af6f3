package kafka

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Admin asks brokers about topics and groups. It may be used by many
// goroutines. Every call ends within seconds; a broker that cannot be reached
// is an [UnreachableError], which the caller retries.
type Admin struct {
	cfg Config
	cl  *kgo.Client
	adm *kadm.Client
}

// adminTimeout bounds one request to a broker that has stopped answering.
const adminTimeout = 15 * time.Second

// NewAdmin returns an Admin. It does not connect: see [Admin.Ping].
func NewAdmin(cfg Config) (*Admin, error) {
	cl, err := cfg.client()
	if err != nil {
		return nil, err
	}
	adm := kadm.NewClient(cl)
	adm.SetTimeoutMillis(int32(adminTimeout.Milliseconds()))
	return &Admin{cfg: cfg, cl: cl, adm: adm}, nil
}

// Close lets go of the connections.
func (a *Admin) Close() { a.cl.Close() }

// Ping asks any broker for a sign of life, within the dial time-out.
func (a *Admin) Ping(ctx context.Context) error {
	timed, cancel := context.WithTimeout(ctx, a.cfg.dialTimeout())
	defer cancel()
	if err := a.cl.Ping(timed); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, kerr.SaslAuthenticationFailed) {
			return fmt.Errorf("the brokers at %s refused the login of %q: check the SASL mechanism, user and password: %w", strings.Join(a.cfg.Brokers, ","), a.cfg.SASLUser, err)
		}
		return &UnreachableError{Brokers: a.cfg.Brokers, Err: err}
	}
	return nil
}

// call runs one request under the time-out and names what it was for.
func (a *Admin) call(ctx context.Context, what string, fn func(context.Context) error) error {
	timed, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	err := fn(timed)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case timed.Err() != nil, unreachable(err):
		return fmt.Errorf("%s: %w", what, &UnreachableError{Brokers: a.cfg.Brokers, Err: err})
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}

// Topics are the ids and partition counts of topics that exist.
type Topics struct {
	byName map[string]topicInfo
}

type topicInfo struct {
	id         string
	uuid       [16]byte
	partitions int32
}

// ID returns the topic's UUID as Kafka prints it (22 letters), which tells it
// from another topic that once had the same name; "" if there is no such topic.
func (t *Topics) ID(name string) string { return t.byName[name].id }

// Partitions returns how many partitions the topic has, 0 if there is none.
func (t *Topics) Partitions(name string) int32 { return t.byName[name].partitions }

// Names returns the topics in order of name.
func (t *Topics) Names() []string {
	var names []string
	for n := range t.byName {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Topics looks topics up; those that do not exist are missing from the answer.
func (a *Admin) Topics(ctx context.Context, names ...string) (*Topics, error) {
	out := &Topics{byName: map[string]topicInfo{}}
	if len(names) == 0 {
		return out, nil
	}
	req := kmsg.NewPtrMetadataRequest()
	for _, name := range names {
		rt := kmsg.NewMetadataRequestTopic()
		rt.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, rt)
	}
	err := a.call(ctx, "look up topics", func(ctx context.Context) error {
		resp, err := req.RequestWith(ctx, a.cl) // a client's own metadata may be old
		if err != nil {
			return err
		}
		for _, d := range resp.Topics {
			err := kerr.ErrorForCode(d.ErrorCode)
			if d.Topic == nil || errors.Is(err, kerr.UnknownTopicOrPartition) {
				continue
			}
			if err != nil {
				return fmt.Errorf("topic %s: %w", *d.Topic, err)
			}
			out.byName[*d.Topic] = topicInfo{
				id:         base64.RawURLEncoding.EncodeToString(d.TopicID[:]),
				uuid:       d.TopicID,
				partitions: int32(len(d.Partitions)),
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Ends returns each partition's high watermark: the offset that the next record
// will have, records of open transactions and control records counted.
func (a *Admin) Ends(ctx context.Context, topic string) (map[int32]int64, error) {
	return a.offsets(ctx, "ask for the ends of "+topic, topic, a.adm.ListEndOffsets)
}

// Starts returns each partition's first offset that still exists.
func (a *Admin) Starts(ctx context.Context, topic string) (map[int32]int64, error) {
	return a.offsets(ctx, "ask for the starts of "+topic, topic, a.adm.ListStartOffsets)
}

func (a *Admin) offsets(ctx context.Context, what, topic string, list func(context.Context, ...string) (kadm.ListedOffsets, error)) (map[int32]int64, error) {
	out := map[int32]int64{}
	err := a.call(ctx, what, func(ctx context.Context) error {
		listed, err := list(ctx, topic)
		if err != nil {
			return err
		}
		if err := listed.Error(); err != nil {
			return err
		}
		for p, o := range listed[topic] {
			out[p] = o.Offset
		}
		if len(out) == 0 {
			return kerr.UnknownTopicOrPartition
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GroupOffsets returns the offsets that the group has committed for the topic,
// without those partitions that have none. It waits until no transaction holds
// a commit of the group open, so that what it returns cannot be overtaken by a
// commit begun before.
func (a *Admin) GroupOffsets(ctx context.Context, group, topic string) (map[int32]int64, error) {
	const pause = 50 * time.Millisecond
	for {
		out, err := a.groupOffsets(ctx, group, topic, true)
		if !errors.Is(err, kerr.UnstableOffsetCommit) {
			return out, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// PeekGroupOffsets is GroupOffsets without the wait: open commits do not count.
func (a *Admin) PeekGroupOffsets(ctx context.Context, group, topic string) (map[int32]int64, error) {
	return a.groupOffsets(ctx, group, topic, false)
}

func (a *Admin) groupOffsets(ctx context.Context, group, topic string, stable bool) (map[int32]int64, error) {
	known, err := a.Topics(ctx, topic)
	if err != nil {
		return nil, err
	}
	// Each partition is asked for by name: asked for everything, a group does
	// not mention a partition whose first commit is still open.
	req := kmsg.NewPtrOffsetFetchRequest()
	req.RequireStable = stable
	rg, rt := kmsg.NewOffsetFetchRequestGroup(), kmsg.NewOffsetFetchRequestGroupTopic()
	rg.Group, rt.Topic, rt.TopicID = group, topic, known.byName[topic].uuid
	for p := range known.Partitions(topic) {
		rt.Partitions = append(rt.Partitions, p)
	}
	rg.Topics = append(rg.Topics, rt)
	req.Groups = append(req.Groups, rg)
	out := map[int32]int64{}
	err = a.call(ctx, "ask for the offsets of group "+group, func(ctx context.Context) error {
		resp, err := req.RequestWith(ctx, a.cl)
		if err != nil {
			return err
		}
		for _, g := range resp.Groups {
			if err := kerr.ErrorForCode(g.ErrorCode); err != nil {
				if errors.Is(err, kerr.GroupIDNotFound) {
					return nil
				}
				return err
			}
			for _, t := range g.Topics {
				for _, p := range t.Partitions {
					if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
						return fmt.Errorf("%s partition %d: %w", topic, p.Partition, err)
					}
					if p.Offset >= 0 {
						out[p.Partition] = p.Offset
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteRecords makes each partition start at the given offset. An offset that
// is already below the start is left alone.
func (a *Admin) DeleteRecords(ctx context.Context, topic string, before map[int32]int64) error {
	if len(before) == 0 {
		return nil
	}
	offsets := kadm.Offsets{}
	for p, o := range before {
		offsets.AddOffset(topic, p, o, -1)
	}
	return a.call(ctx, "delete records of "+topic, func(ctx context.Context) error {
		done, err := a.adm.DeleteRecords(ctx, offsets)
		if err != nil {
			return err
		}
		for p, d := range done[topic] {
			if d.Err != nil && !errors.Is(d.Err, kerr.OffsetOutOfRange) {
				return fmt.Errorf("partition %d before %d: %w", p, before[p], d.Err)
			}
		}
		return nil
	})
}

// DeleteTopics deletes topics; those that do not exist are left out.
func (a *Admin) DeleteTopics(ctx context.Context, names ...string) error {
	return a.call(ctx, "delete topics", func(ctx context.Context) error {
		done, err := a.adm.DeleteTopics(ctx, names...)
		if err != nil {
			return err
		}
		for _, d := range done {
			if d.Err != nil && !errors.Is(d.Err, kerr.UnknownTopicOrPartition) {
				return fmt.Errorf("topic %s: %w", d.Topic, d.Err)
			}
		}
		return nil
	})
}

// DeleteGroups forgets consumer groups and their offsets; those that do not
// exist are left out. A group that has members is an error.
func (a *Admin) DeleteGroups(ctx context.Context, names ...string) error {
	return a.call(ctx, "delete groups", func(ctx context.Context) error {
		for {
			err := a.deleteGroups(ctx, names)
			if !coordinating(err) {
				return err
			}
			select {
			case <-ctx.Done():
				return err
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
}

func (a *Admin) deleteGroups(ctx context.Context, names []string) error {
	done, err := a.adm.DeleteGroups(ctx, names...)
	if err != nil {
		return err
	}
	for _, d := range done {
		if d.Err != nil && !errors.Is(d.Err, kerr.GroupIDNotFound) {
			return fmt.Errorf("group %s: %w", d.Group, d.Err)
		}
	}
	return nil
}

// coordinating reports whether err says that a coordinator is being found or is
// loading, as at a broker's first use of groups: it passes.
func coordinating(err error) bool {
	return errors.Is(err, kerr.CoordinatorNotAvailable) || errors.Is(err, kerr.CoordinatorLoadInProgress) || errors.Is(err, kerr.NotCoordinator)
}
