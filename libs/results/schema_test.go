package results_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/schemas"
)

// messageSchema returns the schema of a message and its examples.
func messageSchema(t *testing.T, name string) (*jsonschema.Schema, []json.RawMessage) {
	t.Helper()
	text, err := schemas.Message(name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	var head struct{ Examples []json.RawMessage }
	if err := json.Unmarshal(text, &head); err != nil || len(head.Examples) < 2 {
		t.Fatalf("%d examples, %v", len(head.Examples), err)
	}
	return schema, head.Examples
}

func holds(schema *jsonschema.Schema, msg string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(msg))
	if err != nil {
		return err
	}
	return schema.Validate(v)
}

// TestListingSchema checks the examples; services/millrace holds what merge
// writes against the schema.
func TestListingSchema(t *testing.T) {
	schema, examples := messageSchema(t, "listing")
	for _, e := range examples {
		if err := holds(schema, string(e)); err != nil {
			t.Errorf("%s: %v", e, err)
		}
	}
	for _, bad := range []string{
		`{"id":"q","epoch":0,"status":"live","sql":"SELECT 1"}`,
		`{"id":"q","epoch":0,"status":"failed","sql":"SELECT 1","started":"2026-01-02T03:04:05Z"}`,
		`{"id":"q","epoch":0,"status":"live","reason":"x","sql":"SELECT 1","started":"2026-01-02T03:04:05Z"}`,
	} {
		if holds(schema, bad) == nil {
			t.Errorf("%s is valid", bad)
		}
	}
}

// TestChangeExamples reads every example of the schema as a Change and writes it
// again.
func TestChangeExamples(t *testing.T) {
	schema, examples := messageSchema(t, "change")
	for _, e := range examples {
		if err := holds(schema, string(e)); err != nil {
			t.Errorf("%s: %v", e, err)
		}
		c, err := results.ParseChange(string(e))
		if err != nil {
			t.Errorf("%s: %v", e, err)
			continue
		}
		again, err := json.Append(nil, c, 0)
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		if json.Unmarshal(e, &want) != nil || json.Unmarshal(again, &got) != nil {
			t.Fatalf("%s", again)
		}
		for _, name := range []string{"previous", "offset", "n"} { // a Change has them always
			if _, ok := want[name]; !ok {
				delete(got, name)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\nis written as\n%s", e, again)
		}
	}
	for _, bad := range []string{
		`{"epoch":1,"partition":0}`,
		`{"epoch":1,"partition":0,"previous":1,"offset":2,"n":3}`,
		`{"epoch":1,"partition":0,"previous":1,"offset":2,"n":3,"gone":true}`,
		`{"epoch":1,"partition":0,"rows":[{"key":[],"row":null}]}`,
		`{"epoch":1,"partition":0,"previous":1,"offset":2,"n":3,"rows":[{"key":[],"row":null}],"keys":[[]]}`,
		`{"epoch":1,"partition":0,"dropped":true,"meta":{}}`,
	} {
		if holds(schema, bad) == nil {
			t.Errorf("%s is valid", bad)
		}
	}
}

// TestChangeSchema holds what the writer publishes against the schema, every
// field of it.
func TestChangeSchema(t *testing.T) {
	schema, _ := messageSchema(t, "change")
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		sub := s.rdb.Subscribe(ctx, results.ChangesChannel("a"))
		defer sub.Close()
		if _, err := sub.Receive(ctx); err != nil {
			t.Fatal(err)
		}
		w := taken(t, s, 0, 1)
		target := results.Target{ID: "a", Epoch: 5}
		win := results.Window{Start: -60000, End: 0}
		windowed := rows("a", 5, `["en",null]`, `{"lang":"en","n":9007199254740993}`)
		windowed.Window = win
		long := rows("a", 5)
		for i := range 400 {
			long.Set[fmt.Sprintf("[%d]", 1000+i)] = []byte(`{"t":"` + strings.Repeat("x", 500) + `"}`)
		}
		list := &results.Top{Target: target}
		for range 600 {
			list.Rows = append(list.Rows, []byte(`{"key":[],"row":{"n":1}}`))
		}
		entries := &results.Log{Target: target, Gap: true, Entries: []results.LogRow{{Offset: 3, Index: 1, Row: []byte(`{"id":1}`)}}}
		much := &results.Log{Target: target}
		for i := range int64(400) {
			much.Entries = append(much.Entries, results.LogRow{Offset: 6, Index: i + 1, Row: []byte(`{"t":"` + strings.Repeat("x", 500) + `"}`)})
		}
		for i, ops := range [][]results.Op{
			{&results.Meta{Target: target, Fields: map[string]string{"status": "live"}}, rows("a", 5, "[]", `{"n":0}`)},
			{windowed, rows("a", 5, "[]", "")},
			{&results.Top{Target: target, Window: win, Rows: list.Rows[:2]}, entries},
			{&results.Top{Target: target, Window: win}, &results.DropWindow{Target: target, Window: win}},
			{&results.Top{Target: target}},
			{long, list},
			{much},
			{&results.Clear{Target: target}},
			{&results.Counters{Target: target, Values: map[string]int64{"matched": 1}}},
			{&results.Drop{Target: results.Target{ID: "a", Epoch: 9}}},
		} {
			apply(t, w, int64(i+1), ops...)
		}
		seen := map[string]bool{}
		for last := false; !last; {
			timed, cancel := context.WithTimeout(ctx, time.Minute)
			msg, err := sub.ReceiveMessage(timed)
			cancel()
			if err != nil {
				t.Fatalf("after %v: %v", slices.Sorted(maps.Keys(seen)), err)
			}
			if err := holds(schema, msg.Payload); err != nil {
				t.Errorf("%.300s\nis not valid: %v", msg.Payload, err)
			}
			if c, err := results.ParseChange(msg.Payload); err != nil || c.Epoch < 5 {
				t.Errorf("%.300s: %+v, %v", msg.Payload, c, err)
			}
			var fields map[string]json.RawMessage
			if err := json.Unmarshal([]byte(msg.Payload), &fields); err != nil {
				t.Fatal(err)
			}
			for name := range fields {
				seen[name] = true
			}
			last = fields["dropped"] != nil
		}
		text, err := schemas.Message("change")
		if err != nil {
			t.Fatal(err)
		}
		var described struct{ Properties map[string]any }
		if err := json.Unmarshal(text, &described); err != nil {
			t.Fatal(err)
		}
		for name := range described.Properties {
			if !seen[name] {
				t.Errorf("nothing was published with %s", name)
			}
		}
	})
}
