package millrace_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/schemas"
	"github.com/millrace/millrace/services/millrace"
)

// validator checks messages against the schemas, and counts them.
type validator struct {
	t       *testing.T
	schemas map[string]*jsonschema.Schema
	valid   map[string]int
}

func (v *validator) check(name string, msg []byte) {
	v.t.Helper()
	schema := v.schemas[name]
	if schema == nil {
		text, err := schemas.Message(name)
		if err != nil {
			v.t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource(name, v.parse(text)); err != nil {
			v.t.Fatal(err)
		}
		if schema, err = c.Compile(name); err != nil {
			v.t.Fatal(err)
		}
		v.schemas[name] = schema
	}
	if err := schema.Validate(v.parse(msg)); err != nil {
		v.t.Errorf("%s\nis no valid %s: %v", msg, name, err)
	}
	v.valid[name]++
}

func (v *validator) parse(text []byte) any {
	v.t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		v.t.Fatalf("%v in %s", err, text)
	}
	return doc
}

// record checks a record of any topic.
func (v *validator) record(r *kafka.Record) {
	v.t.Helper()
	if r.Control {
		return
	}
	switch r.Topic {
	case kafka.TopicFiles:
		v.value("file-progress", r)
	case kafka.TopicTweets:
		headers := map[string]string{}
		for _, h := range r.Headers {
			headers[h.Key] = string(h.Value)
		}
		text, err := json.Marshal(headers)
		if err != nil {
			v.t.Fatal(err)
		}
		v.check("tweets-headers", text)
	case kafka.TopicQueries:
		if len(r.Value) > 0 && r.Value[0] == '{' {
			v.check("submission", r.Value)
		}
	case kafka.TopicRegistry:
		v.value("registry", r)
		if epoch, ok := r.Header(wire.HeaderEpoch); !ok {
			v.t.Errorf("record of %s without an epoch", r.Key)
		} else if _, err := wire.ParseEpoch(epoch); err != nil {
			v.t.Error(err)
		}
	case kafka.TopicStatus:
		v.value("status", r)
	case kafka.TopicDeadLetters:
		v.value("dead-letter", r)
	case kafka.TopicCosts:
		v.value("cost", r)
	case kafka.TopicExchange:
		if kind, _ := r.Header("type"); string(kind) == "seal" {
			v.check("seal", r.Value)
		}
	case kafka.TopicCheckpoints:
		v.check("checkpoint-key", []byte(`"`+hex.EncodeToString(r.Key)+`"`))
		if name := map[byte]string{'c': "checkpoint", 'o': "claim", 'n': "checkpoint-counters"}[r.Key[0]]; name != "" {
			v.value(name, r)
		}
	}
}

// value checks a record that may be a tombstone.
func (v *validator) value(name string, r *kafka.Record) {
	v.t.Helper()
	if r.Value == nil {
		v.valid[name+" tombstone"]++
		return
	}
	v.check(name, r.Value)
}

// TestEveryMessageIsAsItsSchemaSays runs all services over good and bad input,
// and checks every record of every topic.
func TestEveryMessageIsAsItsSchemaSays(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stack, err := millrace.Open(millrace.Config{
		Layout: kafka.Layout{Partitions: 2, ExchangePartitions: 2, ReplicationFactor: 1},
		Log:    slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	v := &validator{t: t, schemas: map[string]*jsonschema.Schema{}, valid: map[string]int{}}
	inbox := t.TempDir()
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- stack.Run(running, millrace.Options{
			Watch: inbox, MaxLine: 4 << 10,
			Scheduler: millrace.SchedulerOptions{CheckpointInterval: time.Hour}, // but one at the end
		})
	}()

	if _, err := kafka.Ensure(ctx, stack.Kafka, stack.Layout); err != nil {
		t.Fatal(err)
	}
	producer, err := kafka.NewProducer(stack.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	submit := func(id, value string) {
		r := kafka.Record{Topic: kafka.TopicQueries, Key: []byte(id)}
		if value != "" {
			r.Value = []byte(value)
		}
		if err := producer.Produce(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	submit("text", "SELECT count(*) FROM tweets")
	submit("json", `{"sql":"SELECT window_start, lang, count(*) AS n, avg(user.followers_count) FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) GROUP BY window_start, lang EMIT FINAL","owner":"anna","labels":{"team":"a"},"options":{"retention":"1h"}}`)
	submit("older", `{"select":{"agg":"count","field":"*"},"where":{"text":{"_contains":"水"}},"group_by":"lang"}`)
	submit("rows", "SELECT id, text FROM tweets WHERE lang = 'en'")
	submit("limited", `{"sql":"SELECT id, count(*) FROM tweets GROUP BY id","options":{"max_groups":2}}`)
	submit("wrong", "SELECT lagn\nFROM tweets")
	submit("no id!", "SELECT count(*) FROM tweets")
	v.wait(ctx, stack, "text live", "json live", "older live", "rows live", "limited live", "wrong rejected", "no id! rejected")

	var posts strings.Builder
	for i := range 300 {
		fmt.Fprintf(&posts, `{"id":%d,"created_at":"Sat Oct 01 00:%02d:00 +0000 2016","text":"水車 <&> %d","lang":%q,"user":{"followers_count":%d}}`+"\n",
			i, i/10, i, []string{"en", "ja", "de"}[i%3], i)
	}
	posts.WriteString("not JSON\n" + `{"text":"` + strings.Repeat("x", 8<<10) + "\"}\n{}\n")
	if err := os.WriteFile(filepath.Join(inbox, "posts.ndjson"), []byte(posts.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(inbox, "cut.ndjson.gz"), []byte("\x1f\x8b\x08rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	v.wait(ctx, stack, "limited failed")
	submit("older", "")
	v.wait(ctx, stack, "older dropped")

	v.all(ctx, stack, kafka.TopicExchange) // before it is checkpointed, and deleted
	stop()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("services: %v", err)
	}
	for _, topic := range kafka.AllTopics() {
		if topic != kafka.TopicExchange {
			v.all(ctx, stack, topic)
		}
	}
	for _, name := range []string{
		"file-progress", "tweets-headers", "submission", "registry", "registry tombstone", "status", "dead-letter",
		"seal", "checkpoint", "checkpoint-key", "checkpoint-counters", "claim",
	} {
		if v.valid[name] == 0 {
			t.Errorf("no %s was written", name)
		}
	}
	t.Log(v.valid)
}

// all checks every record that a topic has.
func (v *validator) all(ctx context.Context, stack *millrace.Stack, topic string) {
	v.t.Helper()
	v.read(ctx, stack, topic, v.record)
}

func (v *validator) read(ctx context.Context, stack *millrace.Stack, topic string, fn func(*kafka.Record)) {
	v.t.Helper()
	admin, err := kafka.NewAdmin(stack.Kafka)
	if err != nil {
		v.t.Fatal(err)
	}
	defer admin.Close()
	if err := admin.ReadAll(ctx, topic, func(rec *kafka.Record) error { fn(rec); return nil }); err != nil {
		v.t.Fatalf("%s: %v", topic, err)
	}
}

// wait waits until the status topic tells all of "ID TRANSITION".
func (v *validator) wait(ctx context.Context, stack *millrace.Stack, want ...string) {
	v.t.Helper()
	for {
		told := map[string]bool{}
		v.read(ctx, stack, kafka.TopicStatus, func(r *kafka.Record) {
			var s wire.Status
			if !r.Control && s.Unmarshal(r.Value) == nil {
				told[s.ID+" "+string(s.Transition)] = true
			}
		})
		missing := ""
		for _, w := range want {
			if !told[w] {
				missing = w
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-ctx.Done():
			v.t.Fatalf("not told: %s; told: %v", missing, told)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
