package stand

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/millrace"
)

// open reaches both servers, and refuses such that hold anything of Millrace's, or,
// if it was told so, deletes it.
func (s *Stand) open(ctx context.Context) error {
	server, err := s.Servers.Server()
	if err != nil {
		return err
	}
	if s.Admin, err = kafka.NewAdmin(s.Servers.Client("bench", nil)); err != nil {
		return err
	}
	if err := s.Admin.Ping(ctx); err != nil {
		return err
	}
	s.Redis = results.Connect(server)
	s.Reader = results.NewReader(s.Redis)
	if err := results.CheckServer(ctx, s.Redis); err != nil {
		return err
	}
	if s.Reset {
		s.tell("deleting what Kafka and Redis hold of Millrace's")
		if err := s.wipe(ctx); err != nil {
			return err
		}
	}
	return s.refuse(ctx)
}

// Close lets go of the connections.
func (s *Stand) Close() {
	if s.Admin != nil {
		s.Admin.Close()
	}
	if s.Redis != nil {
		_ = s.Redis.Close()
	}
}

// refuse fails if there are topics or keys of Millrace's: a run deletes what is
// there when it has ended.
func (s *Stand) refuse(ctx context.Context) error {
	found, err := s.Admin.Topics(ctx, kafka.AllTopics()...)
	if err != nil {
		return err
	}
	var there []string
	for _, name := range found.Names() {
		starts, err := s.Admin.Starts(ctx, name)
		if err != nil {
			return err
		}
		ends, err := s.Admin.Ends(ctx, name)
		if err != nil {
			return err
		}
		records := int64(0)
		for p, end := range ends {
			records += end - starts[p]
		}
		there = append(there, fmt.Sprintf("topic %s with about %d records", name, records))
	}
	inv, err := results.TakeInventory(ctx, s.Redis)
	if err != nil {
		return err
	}
	if inv.Keys > 0 {
		there = append(there, fmt.Sprintf("%d keys in Redis, with the results of %d queries", inv.Keys, inv.Queries))
	}
	if len(there) == 0 {
		return nil
	}
	return daemon.Usagef("Kafka at %s and Redis at %s hold data of Millrace's: %s. %s needs servers without any, for names are fixed and it deletes what it made: "+
		"give others, or say --reset to delete all of this for good, queries and posts too",
		strings.Join(s.Servers.Kafka.Brokers, ","), s.Servers.Redis.Address, strings.Join(there, ", "), s.Name)
}

// wipe deletes every topic, group and key of Millrace's, unless a service runs.
func (s *Stand) wipe(ctx context.Context) error {
	server, err := s.Servers.Server()
	if err != nil {
		return err
	}
	stack := &millrace.Stack{Config: millrace.Config{Kafka: s.Servers.Client("bench", nil), Redis: server}}
	_, _, err = stack.Reset(ctx, true)
	return err
}

// Fresh makes topics and Redis as they are at first, but for the tweets topic if posts
// are to stay.
func (s *Stand) Fresh(ctx context.Context, posts bool) error {
	if s.Topics != nil {
		if err := s.ours(ctx); err != nil {
			return err
		}
		names := slices.DeleteFunc(kafka.AllTopics(), func(name string) bool { return name == kafka.TopicTweets && posts })
		if err := s.Admin.DeleteGroups(ctx, kafka.GroupScan, kafka.GroupMerge, kafka.GroupQueryParser); err != nil {
			return err
		}
		if err := s.Admin.DeleteTopics(ctx, names...); err != nil {
			return fmt.Errorf("delete topics: %w", err)
		}
		if _, err := results.Reset(ctx, s.Redis); err != nil {
			return err
		}
		if !posts {
			s.Written = 0
		}
		s.Submitted = 0
	}
	topics, err := kafka.Ensure(ctx, s.Servers.Client("bench", nil), s.Servers.Topics.Layout())
	if err != nil {
		return err
	}
	first := s.Topics == nil
	s.Topics = topics
	if first { // of which some may have been made by others since they were not there
		if err := s.ours(ctx); err != nil {
			s.Topics = nil
			return err
		}
	}
	s.Admin.Close() // it may believe for a moment that they are not there
	s.Admin, err = kafka.NewAdmin(s.Servers.Client("bench", nil))
	return err
}

// ours fails unless all topics are those that this run has made, with as many posts
// and submissions as it has written: else somebody else uses them.
func (s *Stand) ours(ctx context.Context) error {
	found, err := s.Admin.Topics(ctx, kafka.AllTopics()...)
	if err != nil {
		return err
	}
	for _, name := range kafka.AllTopics() {
		if id := found.ID(name); id != s.Topics.ID(name) {
			return fmt.Errorf("topic %s was deleted or made anew by somebody else: nothing more is deleted", name)
		}
	}
	for name, most := range map[string]int64{kafka.TopicTweets: s.Written, kafka.TopicQueries: s.Submitted} {
		ends, err := s.Admin.Ends(ctx, name)
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
	about, err := s.Reader.Topics(ctx)
	if err != nil {
		return err
	}
	for name, id := range about {
		if id != s.Topics.ID(name) {
			return fmt.Errorf("results in Redis are of another topic %s than the one made here: somebody else uses it, and nothing more is deleted", name)
		}
	}
	return nil
}

// Clear deletes in the end what the run has made.
func (s *Stand) Clear(ctx context.Context) error {
	if s.Topics == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := s.ours(ctx); err != nil {
		return err
	}
	// Of a scheduler that was killed Kafka and Redis believe for a while that it runs.
	const pause, patience = time.Second, 15
	for n := 0; ; n++ {
		err := s.wipe(ctx)
		if err == nil || n == patience || sleep(ctx, pause) != nil {
			return err
		}
	}
}
