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
)

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

// GroupsNamed returns the consumer groups whose names begin with the prefix.
func (a *Admin) GroupsNamed(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	err := a.coordinated(ctx, "list groups", func(ctx context.Context) error {
		names = nil
		found, err := a.adm.ListGroups(ctx)
		for name := range found {
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return err
	})
	return names, err
}

// DeleteGroups forgets consumer groups and their offsets; those that do not
// exist are left out. A group that has members is an error.
func (a *Admin) DeleteGroups(ctx context.Context, names ...string) error {
	return a.coordinated(ctx, "delete groups", func(ctx context.Context) error {
		return a.deleteGroups(ctx, names)
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

// coordinated is call for what a group's coordinator answers: while one is being
// found or is loading, as at a broker's first use of groups, it tries again.
func (a *Admin) coordinated(ctx context.Context, what string, fn func(context.Context) error) error {
	return a.call(ctx, what, func(ctx context.Context) error {
		for {
			err := fn(ctx)
			if !errors.Is(err, kerr.CoordinatorNotAvailable) && !errors.Is(err, kerr.CoordinatorLoadInProgress) && !errors.Is(err, kerr.NotCoordinator) {
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

// GroupMembers returns how many members each of the groups has, without those
// that have none or do not exist.
func (a *Admin) GroupMembers(ctx context.Context, names ...string) (map[string]int, error) {
	out := map[string]int{}
	err := a.coordinated(ctx, "look at groups", func(ctx context.Context) error {
		clear(out)
		found, err := a.adm.DescribeGroups(ctx, names...)
		for _, g := range found {
			if err == nil && !errors.Is(g.Err, kerr.GroupIDNotFound) {
				err = g.Err
			}
			if len(g.Members) > 0 {
				out[g.Group] = len(g.Members)
			}
		}
		return err
	})
	return out, err
}
