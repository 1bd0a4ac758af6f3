package faults

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
)

// spy asks the broker what the services do not say.
type spy struct {
	client *kgo.Client
	admin  *kadm.Client
}

func newSpy(broker string) (*spy, error) {
	cl, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.DialTimeout(time.Second), kgo.RetryTimeout(2*time.Second))
	if err != nil {
		return nil, err
	}
	return &spy{cl, kadm.NewClient(cl)}, nil
}

// ongoing returns which of the transactional ids have a transaction open; all that
// have one where none is named.
func (s *spy) ongoing(ctx context.Context, ids ...string) []string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	listed, err := s.admin.ListTransactions(ctx, nil, []string{"Ongoing"})
	if err != nil {
		return nil
	}
	var open []string
	for id := range listed {
		if len(ids) == 0 || slices.Contains(ids, id) {
			open = append(open, id)
		}
	}
	slices.Sort(open)
	return open
}

// rebalancing returns the groups that are being rebalanced.
func (s *spy) rebalancing(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	groups, err := s.admin.DescribeGroups(ctx, kafka.GroupScan, kafka.GroupMerge)
	if err != nil {
		return nil
	}
	var out []string
	for name, g := range groups {
		if strings.HasSuffix(g.State, "Rebalance") {
			out = append(out, name)
		}
	}
	return out
}

// watermarks asks for the last stable offsets of topics and, before them, for their
// high watermarks.
func (s *spy) watermarks(ctx context.Context, topics ...string) (stable, ends kadm.ListedOffsets, err error) {
	if ends, err = s.admin.ListEndOffsets(ctx, topics...); err != nil {
		return nil, nil, fmt.Errorf("ask for high watermarks: %w", err)
	}
	if stable, err = s.admin.ListCommittedOffsets(ctx, topics...); err != nil {
		return nil, nil, fmt.Errorf("ask for last stable offsets: %w", err)
	}
	return stable, ends, nil
}

// stuck waits until every partition has, at some moment, had its last stable
// offset at its high watermark, and returns those that had not.
func (s *spy) stuck(ctx context.Context, patience time.Duration) ([]string, error) {
	below := map[string]bool{}
	first := true
	for until := time.Now().Add(patience); ; {
		stable, ends, err := s.watermarks(ctx, kafka.AllTopics()...)
		if err != nil {
			return nil, err
		}
		ends.Each(func(o kadm.ListedOffset) {
			name := fmt.Sprintf("%s partition %d", o.Topic, o.Partition)
			l, ok := stable.Lookup(o.Topic, o.Partition)
			switch {
			case ok && l.Offset >= o.Offset:
				delete(below, name)
			case first:
				below[name] = true
			}
		})
		first = false
		if len(below) == 0 || time.Now().After(until) || !ledger.Pause(ctx, 100*time.Millisecond) {
			break
		}
	}
	var out []string
	for name := range below {
		out = append(out, name)
	}
	slices.Sort(out)
	return out, nil
}

// diagnose tells what is known when nothing moves: groups, open transactions, and
// in the logs of the schedulers what their goroutines do, which ends them.
func (h *harness) diagnose(ctx context.Context) {
	h.journal.note("transactions open: %v", h.spy.ongoing(ctx))
	short, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	hanging, err := h.spy.hanging(short)
	if err != nil {
		h.journal.note("%v", err)
	}
	for _, t := range hanging {
		h.journal.note("the broker has forgotten a transaction: %s", t)
	}
	groups, err := h.spy.admin.DescribeGroups(short, kafka.GroupScan, kafka.GroupMerge)
	if err != nil {
		h.journal.note("describe the groups: %v", err)
	}
	for _, g := range groups.Sorted() {
		for _, m := range g.Members {
			h.journal.note("%s is %s: member %s has %v", g.Group, g.State, m.MemberID, assigned(m))
		}
	}
	for _, s := range h.fleet.schedulers {
		if s.signal(syscall.SIGQUIT) {
			h.journal.note("%s is ended, to see in its log what it was doing", s.name)
		}
	}
}

func assigned(m kadm.DescribedGroupMember) map[string][]int32 {
	all := map[string][]int32{}
	if c, ok := m.Assigned.AsConsumer(); ok {
		for _, t := range c.Topics {
			all[t.Topic] = t.Partitions
		}
	}
	return all
}
