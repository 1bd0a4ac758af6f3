package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/millrace"
)

// open reaches both servers, and refuses such that hold anything of Millrace's, or,
// if it was told so, deletes it.
func (r *runner) open(ctx context.Context) error {
	server, err := r.Servers.redis()
	if err != nil {
		return err
	}
	if r.admin, err = kafka.NewAdmin(r.Servers.kafka("bench", nil)); err != nil {
		return err
	}
	if err := r.admin.Ping(ctx); err != nil {
		return err
	}
	r.rdb = results.Connect(server)
	r.reader = results.NewReader(r.rdb)
	if err := results.CheckServer(ctx, r.rdb); err != nil {
		return err
	}
	if r.Reset {
		r.tell("deleting what Kafka and Redis hold of Millrace's")
		if err := r.wipe(ctx); err != nil {
			return err
		}
	}
	return r.refuse(ctx)
}

func (r *runner) close() {
	if r.admin != nil {
		r.admin.Close()
	}
	if r.rdb != nil {
		_ = r.rdb.Close()
	}
}

// refuse fails if there are topics or keys of Millrace's: a run deletes what is
// there when it has ended.
func (r *runner) refuse(ctx context.Context) error {
	found, err := r.admin.Topics(ctx, kafka.AllTopics()...)
	if err != nil {
		return err
	}
	var there []string
	for _, name := range found.Names() {
		starts, err := r.admin.Starts(ctx, name)
		if err != nil {
			return err
		}
		ends, err := r.admin.Ends(ctx, name)
		if err != nil {
			return err
		}
		records := int64(0)
		for p, end := range ends {
			records += end - starts[p]
		}
		there = append(there, fmt.Sprintf("topic %s with about %d records", name, records))
	}
	inv, err := results.TakeInventory(ctx, r.rdb)
	if err != nil {
		return err
	}
	if inv.Keys > 0 {
		there = append(there, fmt.Sprintf("%d keys in Redis, with the results of %d queries", inv.Keys, inv.Queries))
	}
	if len(there) == 0 {
		return nil
	}
	return daemon.Usagef("Kafka at %s and Redis at %s hold data of Millrace's: %s. bench pipeline needs servers without any, for names are fixed and it deletes what it made: "+
		"give others, or say --reset to delete all of this for good, queries and posts too",
		strings.Join(r.Servers.Kafka.Brokers, ","), r.Servers.Redis.Address, strings.Join(there, ", "))
}

// wipe deletes every topic, group and key of Millrace's, unless a service runs.
func (r *runner) wipe(ctx context.Context) error {
	server, err := r.Servers.redis()
	if err != nil {
		return err
	}
	stack := &millrace.Stack{Config: millrace.Config{Kafka: r.Servers.kafka("bench", nil), Redis: server}}
	_, _, err = stack.Reset(ctx, true)
	return err
}

// fresh makes topics and Redis as they are at first, but for the tweets topic, which
// stays if it holds what was filled in.
func (r *runner) fresh(ctx context.Context) error {
	if r.topics != nil {
		if err := r.ours(ctx); err != nil {
			return err
		}
		names := slices.DeleteFunc(kafka.AllTopics(), func(name string) bool { return name == kafka.TopicTweets && r.filled != "" })
		if err := r.admin.DeleteGroups(ctx, kafka.GroupScan, kafka.GroupMerge, kafka.GroupQueryParser); err != nil {
			return err
		}
		if err := r.admin.DeleteTopics(ctx, names...); err != nil {
			return fmt.Errorf("delete topics: %w", err)
		}
		if _, err := results.Reset(ctx, r.rdb); err != nil {
			return err
		}
		if r.filled == "" {
			r.written = 0
		}
		r.submitted = 0
	}
	topics, err := kafka.Ensure(ctx, r.Servers.kafka("bench", nil), r.Servers.Topics.Layout())
	if err != nil {
		return err
	}
	first := r.topics == nil
	r.topics = topics
	if first { // of which some may have been made by others since they were not there
		if err := r.ours(ctx); err != nil {
			r.topics = nil
			return err
		}
	}
	r.admin.Close() // it may believe for a moment that they are not there
	r.admin, err = kafka.NewAdmin(r.Servers.kafka("bench", nil))
	return err
}

// ours fails unless all topics are those that this run has made, with as many posts
// and submissions as it has written: else somebody else uses them.
func (r *runner) ours(ctx context.Context) error {
	found, err := r.admin.Topics(ctx, kafka.AllTopics()...)
	if err != nil {
		return err
	}
	for _, name := range kafka.AllTopics() {
		if id := found.ID(name); id != r.topics.ID(name) {
			return fmt.Errorf("topic %s was deleted or made anew by somebody else: nothing more is deleted", name)
		}
	}
	for name, most := range map[string]int64{kafka.TopicTweets: r.written, kafka.TopicQueries: r.submitted} {
		ends, err := r.admin.Ends(ctx, name)
		if err != nil {
			return err
		}
		records := int64(0)
		for _, end := range ends {
			records += end
		}
		if records > most {
			return fmt.Errorf("topic %s holds %d records, and %d were written here: somebody else uses it, and nothing more is deleted", name, records, most)
		}
	}
	about, err := r.reader.Topics(ctx)
	if err != nil {
		return err
	}
	for name, id := range about {
		if id != r.topics.ID(name) {
			return fmt.Errorf("results of another topic %s than the one made here are in Redis: somebody else uses it, and nothing more is deleted", name)
		}
	}
	return nil
}

// clear deletes in the end what the run has made.
func (r *runner) clear(ctx context.Context) error {
	if r.topics == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := r.ours(ctx); err != nil {
		return err
	}
	// Of a scheduler that was killed Kafka and Redis believe for a while that it runs.
	const pause, patience = time.Second, 15
	for n := 0; ; n++ {
		err := r.wipe(ctx)
		if err == nil || n == patience || sleep(ctx, pause) != nil {
			return err
		}
	}
}

// connections are what a runner holds.
type connections struct {
	admin  *kafka.Admin
	rdb    redis.UniversalClient
	reader *results.Reader
	topics *kafka.Topics // nil before the first cell

	written   int64  // records in the tweets topic
	submitted int64  // in the queries topic
	filled    string // how the tweets topic is compressed that holds the input; "": it does not
}
