package wire_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/wire"
)

// TestRandomMessages checks that messages with any allowed values are valid by
// their schemas and are read back as they were.
func TestRandomMessages(t *testing.T) {
	type maker struct {
		name  string
		empty func() message
		make  func(*random) message
	}
	makers := []maker{
		{"file-progress", func() message { return new(wire.FileProgress) }, (*random).fileProgress},
		{"registry", func() message { return new(wire.Registry) }, (*random).registry},
		{"registry-stream", func() message { return new(wire.Stream) }, (*random).stream},
		{"registry-view", func() message { return new(wire.View) }, (*random).view},
		{"status", func() message { return new(wire.Status) }, (*random).status},
		{"dead-letter", func() message { return new(wire.DeadLetter) }, (*random).deadLetter},
		{"cost", func() message { return new(wire.Cost) }, (*random).cost},
	}
	for _, m := range makers {
		schema, _ := compile(t, m.name)
		for seed := range uint64(300) {
			msg := m.make(newRandom(seed))
			b, err := msg.Marshal()
			if err != nil {
				t.Fatalf("%s, seed %d: %v", m.name, seed, err)
			}
			validate(t, schema, b)
			got := m.empty()
			if err := got.Unmarshal(b); err != nil {
				t.Fatalf("%s, seed %d: %v", m.name, seed, err)
			}
			if !reflect.DeepEqual(got, msg) {
				t.Fatalf("%s, seed %d:\n%+v\nreads back as\n%+v", m.name, seed, msg, got)
			}
		}
	}
	schema, _ := compile(t, "submission")
	for seed := range uint64(300) {
		s := newRandom(seed).submission()
		b, err := s.Marshal()
		if err != nil {
			t.Fatalf("submission, seed %d: %v", seed, err)
		}
		validate(t, schema, b)
		if got, err := wire.ParseSubmission(b); err != nil || !reflect.DeepEqual(got, s) {
			t.Fatalf("submission, seed %d: %v:\n%+v\nreads back as\n%+v", seed, err, s, got)
		}
	}
	drop := wire.Submission{Kind: wire.SubmitDrop}
	if b, err := drop.Marshal(); b != nil || err != nil {
		t.Errorf("a drop is written as %q, %v", b, err)
	}
}

// TestSealIsValid checks the schema of the one message that another package writes.
func TestSealIsValid(t *testing.T) {
	schema, _ := compile(t, "seal")
	for _, s := range []delta.Seal{
		{},
		{
			Plan: math.MaxInt64, Wall: -1, Slot: math.MaxInt32, Sequence: 1, Topics: map[string]string{"t": "u"},
			Parts: []delta.SealPart{
				{Topic: "t", From: 0, To: math.MaxInt64, Newest: record.NoEventTime},
				{Topic: "t", Partition: math.MaxInt32, From: 9, To: 9, Newest: math.MinInt64 + 1, Idle: true, End: true, Gap: true, GapFrom: 3},
			},
		},
	} {
		if s.Topics == nil {
			s.Topics = map[string]string{}
		}
		b, err := delta.EncodeSeal(&s)
		if err != nil {
			t.Fatal(err)
		}
		validate(t, schema, b)
	}
}

// TestChecks holds what is neither written nor read, one change to a good
// message at a time.
func TestChecks(t *testing.T) {
	r := newRandom(1)
	for _, tt := range []struct {
		msg  message
		want string
	}{
		{edit(r.fileProgress, func(p *wire.FileProgress) { p.Path = "" }), "without a path"},
		{edit(r.fileProgress, func(p *wire.FileProgress) { p.Hash = "AB" }), "hash: expected a SHA-256"},
		{edit(r.fileProgress, func(p *wire.FileProgress) { p.Tail = strings.Repeat("A", 64) }), "tail: expected a SHA-256"},
		{edit(r.fileProgress, func(p *wire.FileProgress) { p.Offset = -1 }), "a negative number"},
		{edit(r.fileProgress, func(p *wire.FileProgress) { p.Lines = p.Offset + 1 }), "lines in"},
		{edit(r.fileProgress, func(p *wire.FileProgress) { p.Format = "xml" }), "format \"xml\", which this program does not read"},
		{edit(r.fileProgress, func(p *wire.FileProgress) { p.Format, p.State = "csv", "array" }), "state \"array\" of format \"csv\""},
		{edit(r.fileProgress, func(p *wire.FileProgress) { p.Format, p.State = "json", "open" }), "state \"open\" of format \"json\""},
		{edit(r.fileProgress, func(p *wire.FileProgress) { p.Missing = new(time.Time) }), "missing: expected a time"},
		{edit(r.registry, func(m *wire.Registry) { m.ID = "a b" }), `query id "a b"`},
		{edit(r.registry, func(m *wire.Registry) { m.Epoch = -1 }), "epoch -1"},
		{edit(r.registry, func(m *wire.Registry) { m.SQL = "" }), "without SQL"},
		{edit(r.registry, func(m *wire.Registry) { m.Plan = nil }), "without a plan"},
		{edit(r.registry, func(m *wire.Registry) { m.Failed = new(string) }), "failed without a reason"},
		{edit(r.registry, func(m *wire.Registry) { m.Owner = strings.Repeat("o", 129) }), "owner of 129 bytes"},
		{edit(r.registry, func(m *wire.Registry) { m.Labels = map[string]string{"": "x"} }), "label"},
		{edit(r.registry, func(m *wire.Registry) { m.Options.MaxGroups = -1 }), "max_groups must not be negative"},
		{edit(r.registry, func(m *wire.Registry) { m.Options.LogRows = -1 }), "log_rows must not be negative"},
		{edit(r.registry, func(m *wire.Registry) { m.Submitted = time.Time{} }), "submitted: expected a time"},
		{edit(r.stream, func(m *wire.Stream) { m.Name = "Logs" }), `stream name "Logs"`},
		{edit(r.stream, func(m *wire.Stream) { m.Epoch = -1 }), "epoch -1"},
		{edit(r.stream, func(m *wire.Stream) { m.SQL = "" }), "without SQL"},
		{edit(r.stream, func(m *wire.Stream) { m.Topic = "" }), "without a topic"},
		{edit(r.stream, func(m *wire.Stream) { m.TopicID = "x" }), `the topic id "x"`},
		{edit(r.stream, func(m *wire.Stream) { m.Partitions, m.From = 0, nil }), "0 partitions"},
		{edit(r.stream, func(m *wire.Stream) { m.Partitions++ }), "which begin at"},
		{edit(r.stream, func(m *wire.Stream) { m.From[0] = -1 }), "begins at -1 in partition 0"},
		{edit(r.stream, func(m *wire.Stream) { m.Owner = strings.Repeat("o", 129) }), "owner of 129 bytes"},
		{edit(r.stream, func(m *wire.Stream) { m.Submitted = time.Time{} }), "submitted: expected a time"},
		{edit(r.view, func(m *wire.View) { m.Name = "2" }), `view name "2"`},
		{edit(r.view, func(m *wire.View) { m.Name = "" }), `view name ""`},
		{edit(r.view, func(m *wire.View) { m.Name = strings.Repeat("x", 101) }), "view name"},
		{edit(r.view, func(m *wire.View) { m.Epoch = -1 }), "epoch -1"},
		{edit(r.view, func(m *wire.View) { m.SQL = "" }), "without SQL"},
		{edit(r.view, func(m *wire.View) { m.Owner = strings.Repeat("o", 129) }), "owner of 129 bytes"},
		{edit(r.view, func(m *wire.View) { m.Submitted = time.Time{} }), "submitted: expected a time"},
		{edit(r.status, func(m *wire.Status) { m.Object = "query" }), `unknown object "query"`},
		{edit(r.status, func(m *wire.Status) { m.ID, m.Object, m.Transition = "x", wire.ObjectView, wire.Live }), "view \"x\" with the transition live"},
		{edit(r.status, func(m *wire.Status) { m.ID, m.Object, m.Transition = "X", wire.ObjectStream, wire.Dropped }), `stream name "X"`},
		{edit(r.status, func(m *wire.Status) { m.Transition = "gone" }), `unknown transition "gone"`},
		{edit(r.status, func(m *wire.Status) { m.ID, m.Transition = "", wire.Live }), `query id ""`},
		{edit(r.status, func(m *wire.Status) { m.Message, m.Transition = "", wire.Rejected }), "rejected without a message"},
		{edit(r.status, func(m *wire.Status) { m.Line, m.Column = 1, 0 }), "line 1, column 0"},
		{edit(r.status, func(m *wire.Status) { m.Epoch = -1 }), "epoch -1"},
		{edit(r.status, func(m *wire.Status) { m.Time = time.Time{} }), "time: expected a time"},
		{edit(r.deadLetter, func(m *wire.DeadLetter) { m.Source = "" }), "without a source"},
		{edit(r.deadLetter, func(m *wire.DeadLetter) { m.Reason = "" }), "without a reason"},
		{edit(r.deadLetter, func(m *wire.DeadLetter) { m.Line = -1 }), "line -1"},
		{edit(r.deadLetter, func(m *wire.DeadLetter) { m.Length = int64(len(m.Data)) - 1 }), "dead letter of"},
		{edit(r.deadLetter, func(m *wire.DeadLetter) { m.Data, m.Length = make([]byte, wire.DeadLetterBytes+1), 1<<20 }), "with 65537 of 1048576 bytes"},
		{edit(r.deadLetter, func(m *wire.DeadLetter) { m.SHA256 = "" }), "sha256: expected a SHA-256"},
		{edit(r.cost, func(m *wire.Cost) { m.Slot = -1 }), "slot -1"},
		{edit(r.cost, func(m *wire.Cost) { m.Node = "5F" }), `node "5F"`},
		{edit(r.cost, func(m *wire.Cost) { m.Kind = "merge" }), `unknown kind "merge"`},
		{edit(r.cost, func(m *wire.Cost) { m.Stream = "" }), "without a stream"},
		{edit(r.cost, func(m *wire.Cost) { m.Samples = -1 }), "-1 samples"},
		{edit(r.cost, func(m *wire.Cost) { m.Nanos = math.NaN() }), "with NaN"},
		{edit(r.cost, func(m *wire.Cost) { m.Rows = math.Inf(1) }), "with +Inf"},
		{edit(r.cost, func(m *wire.Cost) { m.Kept = -0.5 }), "with -0.5"},
		{edit(r.cost, func(m *wire.Cost) { m.Time = time.Time{} }), "time: expected a time"},
	} {
		if b, err := tt.msg.Marshal(); !errors.Is(err, wire.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%T is written as %s, error %v, want %s", tt.msg, b, err, tt.want)
		}
	}
	for _, m := range []message{new(wire.FileProgress), new(wire.Registry), new(wire.Stream), new(wire.View), new(wire.Status), new(wire.DeadLetter), new(wire.Cost)} {
		for _, bad := range []string{"", "null", "{}", "[]", `{"version":2}`, `{"version":1}`, `{"version":1,`, `{"version":1}x`, "\xff"} {
			if err := m.Unmarshal([]byte(bad)); !errors.Is(err, wire.ErrInvalid) {
				t.Errorf("%T reads %q: %v", m, bad, err)
			}
		}
	}
	for _, s := range []wire.Submission{
		{},
		{Kind: 9},
		{Kind: wire.SubmitSQL, SQL: " \n"},
		{Kind: wire.SubmitSQL, SQL: "x", Options: wire.Options{Grace: -1}},
		{Kind: wire.SubmitSQL, SQL: "x", Options: wire.Options{MaxGroups: -1}},
		{Kind: wire.SubmitLegacy, Legacy: []byte("{")},
		{Kind: wire.SubmitFail, Fail: wire.Fail{Epoch: 1}},
	} {
		if b, err := s.Marshal(); !errors.Is(err, wire.ErrInvalid) {
			t.Errorf("%+v is written as %s, %v", s, b, err)
		}
	}
}

func edit[M any](good func() message, change func(M)) message {
	m := good()
	change(m.(M))
	return m
}

// TestUnknownFields checks that a newer program may add fields.
func TestUnknownFields(t *testing.T) {
	b, err := newRandom(3).status().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	more := append(b[:len(b)-1:len(b)-1], `,"later":{"a":[1]}}`...)
	if err := new(wire.Status).Unmarshal(more); err != nil {
		t.Error(err)
	}
}

func TestKeysAndHeaders(t *testing.T) {
	for _, id := range []string{"a", "A-z_0.9", strings.Repeat("x", 128)} {
		if got, ok := wire.ParseRegistryKey(wire.RegistryKey(id)); !ok || got != id {
			t.Errorf("key of %s reads as %s, %t", id, got, ok)
		}
	}
	for _, key := range []string{"", "q/", "s/tweets", "q/a b", "q/" + strings.Repeat("x", 129), "q/ü"} {
		if id, ok := wire.ParseRegistryKey([]byte(key)); ok {
			t.Errorf("key %q reads as %q", key, id)
		}
	}
	for _, name := range []string{"a", "_", "a_9", strings.Repeat("x", 100)} {
		if got, ok := wire.ParseStreamKey(wire.StreamKey(name)); !ok || got != name {
			t.Errorf("key of stream %s reads as %s, %t", name, got, ok)
		}
		if got, ok := wire.ParseViewKey(wire.ViewKey(name)); !ok || got != name {
			t.Errorf("key of view %s reads as %s, %t", name, got, ok)
		}
		if got, ok := wire.ParseViewKey(wire.StreamKey(name)); ok {
			t.Errorf("key of stream %s reads as view %s", name, got)
		}
	}
	for _, key := range []string{"", "s/", "s/A", "s/9", "s/a-b", "s/" + strings.Repeat("x", 101), "q/a"} {
		if name, ok := wire.ParseStreamKey([]byte(key)); ok {
			t.Errorf("key %q reads as stream %q", key, name)
		}
	}
	node := strings.Repeat("0a", 16)
	if slot, got, ok := wire.ParseCostKey(wire.CostKey(12, node)); !ok || slot != 12 || got != node {
		t.Errorf("key of a cost reads as %d, %s, %t", slot, got, ok)
	}
	for _, key := range []string{"", "12", "/" + node, "-1/" + node, "01/" + node, "1/" + node[1:], "4294967296/" + node, "x/" + node} {
		if slot, got, ok := wire.ParseCostKey([]byte(key)); ok {
			t.Errorf("key %q reads as %d, %q", key, slot, got)
		}
	}
	for _, epoch := range []int64{0, 7, math.MaxInt64} {
		if got, err := wire.ParseEpoch(wire.FormatEpoch(epoch)); err != nil || got != epoch {
			t.Errorf("epoch %d reads as %d, %v", epoch, got, err)
		}
	}
	for _, bad := range []string{"", "-1", "01", "+1", "1 ", "9223372036854775808"} {
		if _, err := wire.ParseEpoch([]byte(bad)); !errors.Is(err, wire.ErrInvalid) {
			t.Errorf("epoch %q: %v", bad, err)
		}
	}
}

func TestNewDeadLetter(t *testing.T) {
	data := []byte(strings.Repeat("x", wire.DeadLetterBytes+5))
	d := wire.NewDeadLetter(data, "too long")
	d.Source = "t-0"
	b, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	var got wire.DeadLetter
	if err := got.Unmarshal(b); err != nil {
		t.Fatal(err)
	}
	if string(got.Data) != string(data[:wire.DeadLetterBytes]) || got.Length != int64(len(data)) || got.SHA256 != fmt.Sprintf("%x", sha256.Sum256(data)) {
		t.Errorf("%d of %d bytes, %s", len(got.Data), got.Length, got.SHA256)
	}
}

// FuzzUnmarshal checks that no message makes a codec panic, and that what is
// read can be written and is then valid.
func FuzzUnmarshal(f *testing.F) {
	names := []string{"file-progress", "registry", "status", "dead-letter", "cost", "registry-stream", "registry-view"}
	for i, name := range names {
		_, examples := compile(f, name)
		for _, e := range examples {
			f.Add(i, []byte(e))
		}
	}
	schema, _ := compile(f, "status")
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		m := []message{new(wire.FileProgress), new(wire.Registry), new(wire.Status), new(wire.DeadLetter), new(wire.Cost), new(wire.Stream), new(wire.View)}[uint(i)%7]
		if err := m.Unmarshal(b); err != nil {
			return
		}
		out, err := m.Marshal()
		if err != nil {
			t.Fatalf("%s is read, but not written: %v", b, err)
		}
		if _, ok := m.(*wire.Status); ok {
			validate(t, schema, out)
		}
		again := reflect.New(reflect.TypeOf(m).Elem()).Interface().(message)
		if err := again.Unmarshal(out); err != nil || !reflect.DeepEqual(again, m) {
			t.Fatalf("%s\nis written as\n%s\nwhich reads as %+v, %v", b, out, again, err)
		}
	})
}
