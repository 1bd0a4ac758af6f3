package wire_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/schemas"
)

// roundTrips decode an example of each message and encode it again.
func roundTrips() map[string]func([]byte) ([]byte, error) {
	return map[string]func([]byte) ([]byte, error){
		"file-progress":   func(b []byte) ([]byte, error) { return again(b, new(wire.FileProgress)) },
		"registry":        func(b []byte) ([]byte, error) { return again(b, new(wire.Registry)) },
		"registry-stream": func(b []byte) ([]byte, error) { return again(b, new(wire.Stream)) },
		"registry-view":   func(b []byte) ([]byte, error) { return again(b, new(wire.View)) },
		"status":          func(b []byte) ([]byte, error) { return again(b, new(wire.Status)) },
		"cost":            func(b []byte) ([]byte, error) { return again(b, new(wire.Cost)) },
		"dead-letter":     func(b []byte) ([]byte, error) { return again(b, new(wire.DeadLetter)) },
		"submission": func(b []byte) ([]byte, error) {
			s, err := wire.ParseSubmission(b)
			if err != nil {
				return nil, err
			}
			return s.Marshal()
		},
		"seal": func(b []byte) ([]byte, error) {
			s, err := delta.DecodeSeal(b)
			if err != nil {
				return nil, err
			}
			return delta.EncodeSeal(s)
		},
		"tweets-headers": func(b []byte) ([]byte, error) { return b, nil }, // no message of ours
	}
}

// elsewhere names the messages that are tested where they are written.
func elsewhere() []string {
	return []string{
		"checkpoint", "checkpoint-counters", "checkpoint-key", "claim", // libs/exec/merge
		"change", "listing", // libs/results, services/millrace
	}
}

type message interface {
	Marshal() ([]byte, error)
	Unmarshal(b []byte) error
}

func again(b []byte, m message) ([]byte, error) {
	if err := m.Unmarshal(b); err != nil {
		return nil, err
	}
	return m.Marshal()
}

// TestExamples checks that every example of every schema is valid, is read, and
// is written as the same JSON.
func TestExamples(t *testing.T) {
	names, err := fs.Glob(schemas.Files(), "messages/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %d schemas", err, len(names))
	}
	codecs := roundTrips()
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".json")
		codec, ok := codecs[name]
		if !ok {
			if !slices.Contains(elsewhere(), name) {
				t.Errorf("the schema of %s is tested nowhere", name)
			}
			continue
		}
		delete(codecs, name)
		schema, examples := compile(t, name)
		if len(examples) < 2 {
			t.Errorf("%s: %d examples", name, len(examples))
		}
		for i, example := range examples {
			validate(t, schema, example)
			got, err := codec(example)
			if err != nil {
				t.Errorf("%s: example %d: %v", name, i, err)
				continue
			}
			validate(t, schema, got)
			want := parse(t, example)
			if options, ok := want.(map[string]any)["options"].(map[string]any); ok && name == "submission" {
				if delete(options, "start"); len(options) == 0 { // latest is what is meant anyway
					delete(want.(map[string]any), "options")
				}
			}
			if !reflect.DeepEqual(parse(t, got), want) {
				t.Errorf("%s: example %d\n%s\nis written as\n%s", name, i, example, got)
			}
		}
	}
	for name := range codecs {
		t.Errorf("no schema of %s", name)
	}
}

// compile returns the schema and its examples.
func compile(t testing.TB, name string) (*jsonschema.Schema, []json.RawMessage) {
	t.Helper()
	text, err := schemas.Message(name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var head struct {
		Schema   string `json:"$schema"`
		Examples []json.RawMessage
	}
	if err := json.Unmarshal(text, &head); err != nil {
		t.Fatal(err)
	}
	if head.Schema != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("%s is a schema of %s", name, head.Schema)
	}
	return schema, head.Examples
}

func validate(t testing.TB, schema *jsonschema.Schema, msg []byte) {
	t.Helper()
	if err := schema.Validate(parse(t, msg)); err != nil {
		t.Errorf("%s\nis not valid: %v", msg, err)
	}
}

func parse(t testing.TB, msg []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(msg))
	if err != nil {
		t.Fatalf("%s: %v", msg, err)
	}
	return v
}

func TestMessageOfNoSchema(t *testing.T) {
	if _, err := schemas.Message("no-such"); err == nil {
		t.Error("a schema that does not exist is found")
	}
}
