package page

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/segmentio/encoding/json"
	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/presentation"
	queryparser "github.com/millrace/millrace/services/query-parser"
)

// House is all services over embedded servers.
type House struct {
	URL   string
	Redis *redis.Client

	ctx      context.Context
	stack    *millrace.Stack
	producer *kafka.Producer
	reader   *results.Reader
	group    *errgroup.Group
	stop     context.CancelFunc
	address  string
	present  context.CancelFunc // nil while presentation is stopped
	left     chan error
}

// Open starts everything but presentation. Dir is where the log's folder is made.
func Open(ctx context.Context, dir string) (*House, error) {
	stack, err := millrace.Open(millrace.Config{Dir: dir, Layout: millrace.DemoLayout()})
	if err != nil {
		return nil, err
	}
	h := &House{stack: stack}
	running, stop := context.WithCancel(ctx)
	h.group, h.ctx = errgroup.WithContext(running)
	h.stop = stop
	if _, err := kafka.Ensure(ctx, stack.Kafka, stack.Layout); err != nil {
		stack.Close()
		return nil, err
	}
	if h.producer, err = kafka.NewProducer(stack.Kafka); err != nil {
		stack.Close()
		return nil, err
	}
	h.Redis = redis.NewClient(&redis.Options{Addr: stack.Redis.Addr})
	h.reader = results.NewReader(h.Redis)
	h.group.Go(func() error {
		return stack.Run(h.ctx, millrace.Options{
			Limits: queryparser.DefaultLimits(), Scheduler: millrace.SchedulerOptions{CheckpointInterval: time.Second},
		})
	})
	return h, nil
}

// Present starts presentation, on the same address every time.
func (h *House) Present() error {
	address := h.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := new(net.ListenConfig).Listen(h.ctx, "tcp", address)
	if err != nil {
		return err
	}
	h.address = listener.Addr().String()
	h.URL = "http://" + h.address
	ctx, cancel := context.WithCancel(h.ctx)
	h.present, h.left = cancel, make(chan error, 1)
	go func() {
		h.left <- presentation.Run(ctx, presentation.Config{
			Kafka: h.stack.Kafka, Layout: h.stack.Layout, Redis: h.stack.Redis, Listener: listener, Drain: 100 * time.Millisecond,
		})
	}()
	return nil
}

// Absent stops presentation.
func (h *House) Absent() error {
	h.present()
	h.present = nil
	return <-h.left
}

// Close ends everything.
func (h *House) Close() error {
	var err error
	if h.present != nil {
		err = h.Absent()
	}
	h.stop()
	err = errors.Join(err, h.group.Wait())
	h.producer.Close()
	_ = h.Redis.Close()
	h.stack.Close()
	return err
}

// Submit registers a query, with samples for its chart, and waits until it is live.
func (h *House) Submit(ctx context.Context, id, sql, owner string, limits wire.Options) error {
	limits.History = true
	sub := wire.Submission{Kind: wire.SubmitSQL, SQL: sql, Owner: owner, Options: limits}
	value, err := sub.Marshal()
	if err != nil {
		return err
	}
	rec := []kafka.Record{{Topic: kafka.TopicQueries, Key: []byte(id), Value: value}}
	if err := h.producer.Produce(ctx, rec...); err != nil {
		return err
	}
	_, err = h.reader.WaitLive(ctx, id, rec[0].Offset)
	return err
}

// Post writes documents, one per line.
func (h *House) Post(ctx context.Context, documents ...string) error {
	return h.producer.Produce(ctx, kafka.Record{
		Topic: kafka.TopicTweets, Value: []byte(strings.Join(documents, "\n") + "\n"),
		Headers: []kafka.Header{{Key: "batch", Value: []byte("ndjson")}},
	})
}

// Post is a document of the stream.
type Post struct {
	ID        int64
	At        time.Time
	Lang      string
	Text      string
	Name      string
	Retweets  int64
	Followers int64
}

// Document writes the post as JSON.
func (p Post) Document() string {
	text, _ := json.Marshal(p.Text) // a string always can be written
	return fmt.Sprintf(`{"id":%d,"created_at":%q,"lang":%q,"text":%s,"retweet_count":%d,"user":{"screen_name":%q,"followers_count":%d}}`,
		p.ID, p.At.UTC().Format(time.RubyDate), p.Lang, text, p.Retweets, p.Name, p.Followers)
}
