package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// Ensure checks the brokers' version, makes the topics that are missing and
// checks those that exist: partition counts, and that what must be compacted
// is. It may be called by several processes at once. A broker that cannot be
// reached is an [UnreachableError]; anything else will not mend by itself and
// says what to do.
func Ensure(ctx context.Context, cfg Config, layout Layout) (*Topics, error) {
	cfg.Logger = nil // whoever retries says so itself, and not at every attempt; a Reach does so too
	a, err := NewAdmin(cfg)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	return a.Ensure(ctx, layout)
}

// Ensure is [Ensure] over the Admin's connections.
func (a *Admin) Ensure(ctx context.Context, layout Layout) (*Topics, error) {
	if err := a.Ping(ctx); err != nil {
		return nil, err
	}
	if err := a.checkVersion(ctx); err != nil {
		return nil, err
	}
	table := layout.table()
	names := make([]string, len(table))
	for i, t := range table {
		names[i] = t.name
	}
	found, err := a.Topics(ctx, names...)
	if err != nil {
		return nil, err
	}
	if err := a.check(ctx, table, found); err != nil {
		return nil, err
	}
	if len(found.byName) == len(table) {
		return found, nil
	}
	if err := a.create(ctx, layout, table, found); err != nil {
		return nil, err
	}
	return a.appeared(ctx, table, names)
}

// appeared waits until the broker asked knows all topics that were made, and
// checks them once more: somebody else may have made them meanwhile.
func (a *Admin) appeared(ctx context.Context, table []topic, names []string) (*Topics, error) {
	found, err := a.await(ctx, names)
	if err != nil {
		return nil, err
	}
	return found, a.check(ctx, table, found)
}

// await waits until the broker asked knows all the topics.
func (a *Admin) await(ctx context.Context, names []string) (*Topics, error) {
	const pause, patience = 100 * time.Millisecond, 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		found, err := a.Topics(ctx, names...)
		switch {
		case err != nil && !errors.Is(err, kerr.LeaderNotAvailable):
			return nil, fmt.Errorf("look up the topics just made: %w", err)
		case err == nil && len(found.byName) == len(names):
			return found, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("look up the topics just made: %w", ctx.Err())
		case <-time.After(pause):
		}
	}
}

// create makes the topics that are missing, all in one request.
func (a *Admin) create(ctx context.Context, layout Layout, table []topic, found *Topics) error {
	replicas := layout.ReplicationFactor
	if replicas == 0 {
		replicas = -1
	}
	req := kmsg.NewPtrCreateTopicsRequest()
	req.TimeoutMillis = int32(adminTimeout.Milliseconds())
	for _, t := range table {
		if found.Partitions(t.name) > 0 {
			continue
		}
		rt := kmsg.NewCreateTopicsRequestTopic()
		rt.Topic, rt.NumPartitions, rt.ReplicationFactor = t.name, t.partitions, replicas
		for name, value := range t.settings(layout, a.cfg.Embedded) {
			c := kmsg.NewCreateTopicsRequestTopicConfig()
			c.Name, c.Value = name, value
			rt.Configs = append(rt.Configs, c)
		}
		req.Topics = append(req.Topics, rt)
	}
	return a.call(ctx, "create topics", func(ctx context.Context) error {
		resp, err := req.RequestWith(ctx, a.cl)
		if err != nil {
			return err
		}
		for _, t := range resp.Topics {
			err := kerr.ErrorForCode(t.ErrorCode)
			if err == nil || errors.Is(err, kerr.TopicAlreadyExists) {
				continue
			}
			if t.ErrorMessage != nil {
				err = fmt.Errorf("%w: %s", err, *t.ErrorMessage)
			}
			return fmt.Errorf("topic %s: %w", t.Topic, err)
		}
		return nil
	})
}

// PartitionsError says that topics were first made with other partition counts.
type PartitionsError struct {
	Mismatches []PartitionsMismatch
	Reset      string // the command that deletes all topics; see [Config.ResetCommand]
}

// PartitionsMismatch is one topic that has other partitions than asked for.
type PartitionsMismatch struct {
	Topic     string
	Has, Want int32
	Flag      string // the setting that asked for them; empty: fixed
}

// Error names every such topic and what to do.
func (e *PartitionsError) Error() string {
	var parts, flags, todo []string
	early := false
	for _, m := range e.Mismatches {
		noun := "partitions"
		if m.Has == 1 {
			noun = "partition"
		}
		parts = append(parts, fmt.Sprintf("%s has %d %s, not %d", m.Topic, m.Has, noun, m.Want))
		early = early || m.Topic == TopicTweets && m.Has == 1
		if m.Flag == "" {
			todo = append(todo, fmt.Sprintf("delete topic %s if it is not Millrace's", m.Topic))
			continue
		}
		if f := fmt.Sprintf("%s %d", m.Flag, m.Has); !slices.Contains(flags, f) {
			flags = append(flags, f)
		}
	}
	why := "partition counts are those of the topics as first made"
	if early {
		why += " (Kafka makes a topic with one partition where posts are produced before Millrace has started)"
	}
	if len(flags) > 0 {
		todo = append([]string{"start with " + strings.Join(flags, " ")}, todo...)
	}
	todo = append(todo, "delete every Millrace topic, with posts and queries, and all results by `"+e.Reset+"`", "use another Kafka cluster")
	return fmt.Sprintf("%s: %s; %s", strings.Join(parts, ", "), why, strings.Join(todo, ", or "))
}

func (a *Admin) check(ctx context.Context, table []topic, found *Topics) error {
	if err := checkPartitions(table, found, a.cfg.ResetCommand(true)); err != nil {
		return err
	}
	return a.checkPolicies(ctx, table, found)
}

func checkPartitions(table []topic, found *Topics, reset string) error {
	e := &PartitionsError{Reset: reset}
	for _, t := range table {
		if has := found.Partitions(t.name); has > 0 && has != t.partitions {
			e.Mismatches = append(e.Mismatches, PartitionsMismatch{Topic: t.name, Has: has, Want: t.partitions, Flag: t.flag})
		}
	}
	if len(e.Mismatches) > 0 {
		return e
	}
	return nil
}

// checkPolicies refuses topics whose records Kafka would remove or keep against
// the table: a registry that is not compacted forgets its queries in a week.
func (a *Admin) checkPolicies(ctx context.Context, table []topic, found *Topics) error {
	if len(found.byName) == 0 {
		return nil
	}
	want := map[string]string{}
	for _, t := range table {
		want[t.name] = "delete"
		if t.compacted {
			want[t.name] = "compact"
		}
	}
	return a.call(ctx, "look at the settings of topics", func(ctx context.Context) error {
		configs, err := a.adm.DescribeTopicConfigs(ctx, found.Names()...)
		if err != nil {
			return err
		}
		for _, rc := range configs {
			if rc.Err != nil {
				if errors.Is(rc.Err, kerr.TopicAuthorizationFailed) || errors.Is(rc.Err, kerr.ClusterAuthorizationFailed) {
					continue // not allowed to look: the operator answers for it
				}
				return fmt.Errorf("topic %s: %w", rc.Name, rc.Err)
			}
			for _, c := range rc.Configs {
				if c.Key == "cleanup.policy" && c.MaybeValue() != want[rc.Name] {
					return &policyError{topic: rc.Name, has: c.MaybeValue(), want: want[rc.Name]}
				}
			}
		}
		return nil
	})
}

// policyError says that Kafka keeps a topic's records in another way than it must.
type policyError struct{ topic, has, want string }

// Error says what to do.
func (e *policyError) Error() string {
	return fmt.Sprintf("topic %s has cleanup.policy=%s, not %s, and would lose records or grow for ever: set it with kafka-configs --alter --entity-type topics --entity-name %s --add-config cleanup.policy=%s",
		e.topic, e.has, e.want, e.topic, e.want)
}

// checkVersion refuses brokers before Kafka 4.0 and those whose transactions
// are not of version 2 (KIP-890), under which a zombie's write can never become
// part of its successor's transaction.
func (a *Admin) checkVersion(ctx context.Context) error {
	if a.cfg.Embedded {
		return nil
	}
	return a.call(ctx, "ask for the broker's version", func(ctx context.Context) error {
		req := kmsg.NewPtrApiVersionsRequest()
		req.ClientSoftwareName, req.ClientSoftwareVersion = "millrace", "1"
		resp, err := req.RequestWith(ctx, a.cl)
		if err != nil {
			return err
		}
		if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
			return err
		}
		for _, f := range resp.FinalizedFeatures {
			if f.Name == "transaction.version" && f.MaxVersionLevel >= 2 {
				return nil
			}
		}
		guess := kversion.FromApiVersionsResponse(resp).VersionGuess()
		return fmt.Errorf("the brokers at %s (about %s) do not run transaction.version=2: Millrace needs Apache Kafka 4.0 or newer with kafka-features upgrade --feature transaction.version=2",
			strings.Join(a.cfg.Brokers, ","), guess)
	})
}
