package millrace

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
)

// Holdings are what [Stack.Reset] deletes.
type Holdings struct {
	Keys    int64 // in Redis: results, and what is known of them
	Queries int64 // that have results
	Topics  []TopicHoldings
}

// TopicHoldings is one topic that exists, and how many records it holds, about.
type TopicHoldings struct {
	Name    string
	Records int64
}

// resets are the topics that a reset deletes: those of derived state, or all.
func resets(everything bool) []string {
	if everything {
		return kafka.AllTopics()
	}
	return []string{kafka.TopicExchange, kafka.TopicCheckpoints}
}

// Holdings looks what [Stack.Reset] would delete.
func (s *Stack) Holdings(ctx context.Context, everything bool) (*Holdings, error) {
	admin, err := s.reach(ctx)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	found, err := admin.Topics(ctx, resets(everything)...)
	if err != nil {
		return nil, err
	}
	h := &Holdings{}
	for _, name := range found.Names() {
		starts, err := admin.Starts(ctx, name)
		if err != nil {
			return nil, err
		}
		ends, err := admin.Ends(ctx, name)
		if err != nil {
			return nil, err
		}
		t := TopicHoldings{Name: name}
		for p, end := range ends {
			t.Records += end - starts[p]
		}
		h.Topics = append(h.Topics, t)
	}
	rdb := results.Connect(s.Redis)
	defer rdb.Close()
	inv, err := results.TakeInventory(ctx, rdb)
	if err != nil {
		return nil, fmt.Errorf("redis at %s: %w", s.Redis.Addr, err)
	}
	h.Keys, h.Queries = inv.Keys, inv.Queries
	return h, nil
}

// reach returns an Admin of brokers that answer.
func (s *Stack) reach(ctx context.Context) (*kafka.Admin, error) {
	cfg := s.Kafka
	cfg.Logger, cfg.Reach = nil, nil // the error says it
	admin, err := kafka.NewAdmin(cfg)
	if err != nil {
		return nil, err
	}
	if err := admin.Ping(ctx); err != nil {
		admin.Close()
		return nil, err
	}
	return admin, nil
}

// Reset clears the results in Redis and deletes the topics that hold derived
// state (exchange and checkpoints), so that schedulers begin anew with whatever
// the other topics hold; with everything set, all topics. No service may run: of
// one that does, and can be seen, it says which, and deletes nothing.
func (s *Stack) Reset(ctx context.Context, everything bool) (keys int64, topics []string, err error) {
	admin, err := s.reach(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer admin.Close()
	rdb := results.Connect(s.Redis)
	defer rdb.Close()
	inv, err := results.TakeInventory(ctx, rdb)
	if err != nil {
		return 0, nil, fmt.Errorf("redis at %s: %w", s.Redis.Addr, err)
	}
	if err := idle(ctx, admin, inv.Leases); err != nil {
		return 0, nil, err
	}
	topics = resets(everything)
	groups := []string{kafka.GroupMerge}
	if everything {
		// Streams that are declared afterwards may come to the epochs of those before.
		declared, err := admin.GroupsNamed(ctx, kafka.GroupScan+"-")
		if err != nil {
			return 0, nil, err
		}
		groups = append(append(groups, declared...), kafka.GroupScan, kafka.GroupQueryParser)
	}
	if err := admin.DeleteGroups(ctx, groups...); err != nil {
		return 0, nil, fmt.Errorf("is a service still running? %w", err)
	}
	if err := admin.DeleteTopics(ctx, topics...); err != nil {
		return 0, nil, fmt.Errorf("delete topics: %w", err)
	}
	keys, err = results.Reset(ctx, rdb)
	return keys, topics, err
}

// idle fails if a service can be seen to run: a scheduler and a query-parser are
// members of groups, and a scheduler has a slot besides. The others leave no
// trace.
func idle(ctx context.Context, admin *kafka.Admin, leases []string) error {
	members, err := admin.GroupMembers(ctx, kafka.GroupMerge, kafka.GroupScan, kafka.GroupQueryParser)
	if err != nil {
		return err
	}
	service := map[string]string{
		kafka.GroupMerge: "the scheduler", kafka.GroupScan: "the scheduler", kafka.GroupQueryParser: "the query-parser",
	}
	running := map[string][]string{}
	for _, group := range slices.Sorted(maps.Keys(members)) {
		noun := "members"
		if members[group] == 1 {
			noun = "member"
		}
		running[service[group]] = append(running[service[group]], fmt.Sprintf("group %s has %d %s", group, members[group], noun))
	}
	for _, lease := range leases {
		running["the scheduler"] = append(running["the scheduler"], "Redis has its lease "+lease)
	}
	if len(running) == 0 {
		return nil
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(running)) {
		parts = append(parts, fmt.Sprintf("%s is still running (%s)", name, strings.Join(running[name], ", ")))
	}
	return fmt.Errorf("%s: stop all services first; of one that was killed this lasts up to ten seconds", strings.Join(parts, ", "))
}
