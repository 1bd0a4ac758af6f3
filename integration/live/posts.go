package live

import (
	"context"
	"fmt"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// Post is a line of the tweets topic.
type Post struct {
	Partition int32
	Offset    int64
	Line      []byte
}

// Ends returns the ends of the tweets partitions.
func (s *System) Ends(ctx context.Context) (map[int32]int64, error) {
	admin, err := kafka.NewAdmin(s.Kafka)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	return admin.Ends(ctx, kafka.TopicTweets)
}

// Posts returns everything in the tweets topic below the ends.
func (s *System) Posts(ctx context.Context, ends map[int32]int64) ([]Post, error) {
	var posts []Post
	err := s.readTo(ctx, kafka.TopicTweets, ends, func(rec *kafka.Record) error {
		if rec.Offset >= ends[rec.Partition] {
			return nil
		}
		if batch, _ := rec.Header(wire.HeaderBatch); string(batch) != wire.BatchNDJSON {
			posts = append(posts, Post{rec.Partition, rec.Offset, append([]byte(nil), rec.Value...)})
			return nil
		}
		for _, line := range jsonscan.Lines(rec.Value) {
			posts = append(posts, Post{rec.Partition, rec.Offset, append([]byte(nil), line...)})
		}
		return nil
	})
	return posts, err
}

// Arrived waits until the tweets topic holds that many lines.
func (s *System) Arrived(ctx context.Context, lines int64) error {
	return s.poll(ctx, fmt.Sprintf("wait for %d lines", lines), func() (bool, error) {
		ends, err := s.Ends(ctx)
		if err != nil {
			return false, err
		}
		posts, err := s.Posts(ctx, ends)
		return int64(len(posts)) >= lines, err
	})
}

// readTo reads a topic from its start to the ends.
func (s *System) readTo(ctx context.Context, topic string, ends map[int32]int64, fn func(*kafka.Record) error) error {
	from := map[int32]int64{}
	for p := range ends {
		from[p] = 0
	}
	r, err := kafka.NewReader(s.Kafka, topic, from)
	if err != nil {
		return err
	}
	defer r.Close()
	return r.ReadTo(ctx, ends, func(rec *kafka.Record) error {
		if rec.Control {
			return nil
		}
		return fn(rec)
	})
}

// entry is what the registry says of an id.
type entry struct {
	position int64
	dropped  bool
	record   wire.Registry
}

// registry reads what is registered now.
func (s *System) registry(ctx context.Context) (map[string]entry, error) {
	admin, err := kafka.NewAdmin(s.Kafka)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	ends, err := admin.Ends(ctx, kafka.TopicRegistry)
	if err != nil {
		return nil, err
	}
	out := map[string]entry{}
	err = s.readTo(ctx, kafka.TopicRegistry, ends, func(rec *kafka.Record) error {
		id, ok := wire.ParseRegistryKey(rec.Key)
		if !ok {
			return nil
		}
		e := entry{position: rec.Offset, dropped: rec.Value == nil}
		if !e.dropped {
			if err := e.record.Unmarshal(rec.Value); err != nil {
				return fmt.Errorf("registry offset %d: %w", rec.Offset, err)
			}
		}
		out[id] = e
		return nil
	})
	return out, err
}

// expect gives the reference of every query the posts that the query has: those
// from its activation on.
func expect(queries []*expected, posts []Post, from Activations) {
	starts := make([]map[int32]int64, len(queries))
	for i, q := range queries {
		starts[i] = map[int32]int64{}
		for p := range from {
			starts[i][p] = from.From(p, q.position)
		}
	}
	for i := range posts {
		post := &posts[i]
		doc, err := reference.Parse(post.Line)
		if err != nil {
			continue
		}
		for j, q := range queries {
			if post.Offset >= starts[j][post.Partition] {
				q.query.AddDocument(doc)
				q.posts++
			}
		}
	}
}

// expected is a query and what the reference makes of it.
type expected struct {
	Submission
	position int64
	query    *reference.Query
	posts    int
}

// rows returns the rows that must be visible. A window that no watermark has
// passed shows nothing under EMIT FINAL.
func (e *expected) rows() []reference.Row {
	all := e.query.Rows()
	if e.Query.Table == nil || !e.Query.Table.Final || e.Query.Table.Window == 0 {
		return all
	}
	var closed []reference.Row
	for _, r := range all {
		if r.Window.End <= flushTime.UnixMilli() {
			closed = append(closed, r)
		}
	}
	return closed
}
