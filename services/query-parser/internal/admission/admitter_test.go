package admission

import (
	"bytes"
	"fmt"
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

func testConfig(t testing.TB) Config {
	t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	return Config{
		Catalog: cat, Now: func() time.Time { return now }, MaxValue: 1 << 20,
		Limits: Limits{MaxGroups: 100, MaxRowsPerSecond: 10, MaxResultBytes: 1000, Retention: time.Hour},
	}
}

// TestDecide shows what becomes of submissions. Commands: submit key=ID, with the
// value as input (key=- is no key, null is no value, empty an empty one); commit;
// abort; limits.
func TestDecide(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		a, offset := New(NewState(), testConfig(t)), int64(0)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "commit":
				return fmt.Sprintf("%+v\n", a.Commit())
			case "abort":
				a.Abort()
				return ""
			case "submit":
				rec := submitted(t, d, offset)
				offset++
				return show(t, a.Decide(rec))
			default:
				t.Fatalf("unknown command %s", d.Cmd)
				return ""
			}
		})
	})
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
		case rec.Topic == kafka.TopicRegistry:
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
		"epoch", "transition", "message", "position", "line", "column", "expected", "found", "hint", "excerpt", "code", "more",
		"sql", "owner", "labels", "options", "failed", "completed", "submitted",
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
