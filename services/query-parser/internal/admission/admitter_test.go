package admission

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// table is an Admitter under test, over a registry and topics that are a list and a map.
type table struct {
	*Admitter
	cfg      Config
	topics   map[string]kafka.StreamTopic
	refused  map[string]error
	staged   []kafka.Record // of the registry, since the last commit
	registry []kafka.Record
}

func newTable(t *testing.T) *table {
	t.Helper()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	b := &table{topics: map[string]kafka.StreamTopic{}, refused: map[string]error{}}
	b.cfg = Config{
		Topic: b.topic, Now: func() time.Time { return now }, MaxValue: 1 << 20, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Limits: Limits{MaxGroups: 100, MaxRowsPerSecond: 10, MaxResultBytes: 1000, Retention: time.Hour},
	}
	b.restart(t)
	return b
}

// topic makes topics of two partitions.
func (b *table) topic(_ context.Context, name string) (kafka.StreamTopic, error) {
	if err := b.refused[name]; err != nil {
		return kafka.StreamTopic{}, err
	}
	if _, ok := b.topics[name]; !ok {
		b.topics[name] = kafka.StreamTopic{ID: fmt.Sprintf("%022d", len(b.topics)), Ends: []int64{0, 0}}
	}
	return b.topics[name], nil
}

// restart reads what was committed.
func (b *table) restart(t *testing.T) {
	t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	state := NewState(cat)
	for i := range b.registry {
		if err := state.Read(&b.registry[i]); err != nil {
			t.Fatal(err)
		}
	}
	b.staged = nil
	b.Admitter = New(state, b.cfg)
}

// TestDecide shows what becomes of submissions. Commands: submit key=ID, with the
// value as input (key=- is no key, null is no value, empty an empty one); commit;
// abort; restart, which reads the registry; topic name=TOPIC, which is refused, silent, away, or
// there with ends=(N,…); catalog, which lists what there is; limit streams=N, of those
// that are declared from then on.
func TestDecide(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		b, offset := newTable(t), int64(0)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "commit":
				b.registry, b.staged = append(b.registry, b.staged...), nil
				return fmt.Sprintf("%+v\n", b.Commit())
			case "abort":
				b.Abort()
				b.staged = nil
				return ""
			case "restart":
				b.restart(t)
				return ""
			case "catalog":
				return names(b.catalog().Catalog())
			case "limit":
				d.ScanArgs(t, "streams", &b.cfg.Limits.MaxDeclaredStreams)
				b.restart(t)
				return ""
			case "topic":
				b.setTopic(t, d)
				return ""
			case "submit":
				rec := submitted(t, d, offset)
				out, err := b.Decide(t.Context(), rec)
				if err != nil {
					return fmt.Sprintf("error: %v\n", err) // it is to be decided again
				}
				offset++
				for _, r := range out {
					if r.Topic == kafka.TopicRegistry {
						b.staged = append(b.staged, r)
					}
				}
				return show(t, out)
			default:
				t.Fatalf("unknown command %s", d.Cmd)
				return ""
			}
		})
	})
}

func (b *table) setTopic(t *testing.T, d *datadriven.TestData) {
	t.Helper()
	var name string
	d.ScanArgs(t, "name", &name)
	delete(b.refused, name)
	switch arg, ends := d.Arg("ends"); {
	case ends:
		topic := kafka.StreamTopic{ID: fmt.Sprintf("%022d", len(b.topics))}
		for _, v := range arg.Vals {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			topic.Ends = append(topic.Ends, n)
		}
		b.topics[name] = topic
	case d.HasArg("refused"):
		b.refused[name] = fmt.Errorf("create: %w", &kafka.RefusedError{Err: errors.New("POLICY_VIOLATION: only the shop has topics")})
	case d.HasArg("silent"):
		b.refused[name] = fmt.Errorf("look: %w", &SilentError{Err: errors.New("LEADER_NOT_AVAILABLE: there is no leader")})
	case d.HasArg("away"):
		b.refused[name] = &kafka.UnreachableError{Brokers: []string{"kafka:9092"}, Err: errors.New("connection refused")}
	}
}

func names(c *catalog.Catalog) string {
	var all []string
	for _, s := range c.Streams() {
		all = append(all, "stream "+s.Name)
	}
	for _, v := range c.Views() {
		all = append(all, "view "+v.Name)
	}
	return strings.Join(all, ", ") + "\n"
}

func submitted(t *testing.T, d *datadriven.TestData, offset int64) *kafka.Record {
	t.Helper()
	rec := &kafka.Record{
		Topic: kafka.TopicQueries, Offset: offset, Key: []byte("q"), Value: []byte(d.Input),
		Time: time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC),
	}
	for _, arg := range d.CmdArgs {
		switch arg.Key {
		case "key":
			rec.Key = []byte(arg.Vals[0])
			if arg.Vals[0] == "-" {
				rec.Key = nil
			}
		case "null":
			rec.Value = nil
		case "empty":
			rec.Value = []byte{}
		case "repeat": // the value many times
			n, err := strconv.Atoi(arg.Vals[0])
			if err != nil {
				t.Fatal(err)
			}
			rec.Value = bytes.Repeat(rec.Value, n)
		case "unquote":
			v, err := strconv.Unquote(`"` + d.Input + `"`)
			if err != nil {
				t.Fatal(err)
			}
			rec.Value = []byte(v)
		default:
			t.Fatalf("unknown argument %s", arg.Key)
		}
	}
	return rec
}

// show writes records for people: a plan as its tree, a status by its fields.
func show(t *testing.T, records []kafka.Record) string {
	t.Helper()
	var b strings.Builder
	for _, rec := range records {
		fmt.Fprintf(&b, "%s %s", strings.TrimPrefix(rec.Topic, "millrace."), rec.Key)
		for _, h := range rec.Headers {
			fmt.Fprintf(&b, " %s=%s", h.Key, h.Value)
		}
		b.WriteByte('\n')
		switch {
		case rec.Value == nil:
			b.WriteString("  null\n")
		case rec.Topic == kafka.TopicRegistry && bytes.HasPrefix(rec.Key, []byte("q/")):
			showRegistry(t, &b, rec.Value)
		default:
			showFields(t, &b, rec.Value)
		}
	}
	return b.String()
}

func showRegistry(t *testing.T, b *strings.Builder, value []byte) {
	t.Helper()
	var r wire.Registry
	if err := r.Unmarshal(value); err != nil {
		t.Fatal(err)
	}
	root, err := plan.Decode(r.Plan)
	if err != nil {
		t.Fatal(err)
	}
	r.Plan = nil
	plain, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	showFields(t, b, plain)
	for line := range strings.Lines(plan.Format(root)) {
		fmt.Fprintf(b, "    %s", line)
	}
	b.WriteByte('\n')
}

// showFields writes the fields of a message, one a line.
func showFields(t *testing.T, b *strings.Builder, value []byte) {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(value, &fields); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{
		"epoch", "transition", "object", "message", "position", "line", "column", "expected", "found", "hint", "excerpt", "code", "more",
		"sql", "topic", "topic_id", "partitions", "from", "owner", "labels", "options", "failed", "completed", "submitted",
	} {
		raw, ok := fields[f]
		if !ok {
			continue
		}
		var text string
		if json.Unmarshal(raw, &text) == nil {
			fmt.Fprintf(b, "  %s: %s\n", f, strings.ReplaceAll(text, "\n", "\n    "))
			continue
		}
		fmt.Fprintf(b, "  %s: %s\n", f, raw)
	}
}
