package merge

import (
	"bytes"
	"encoding/hex"
	stdjson "encoding/json"
	"reflect"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/schemas"
)

// schema is one of the messages that merge writes and reads.
type schema struct {
	t        *testing.T
	name     string
	compiled *jsonschema.Schema
	examples []stdjson.RawMessage
	valid    int // messages found valid
}

func openSchema(t *testing.T, name string) *schema {
	t.Helper()
	text, err := schemas.Message(name)
	if err != nil {
		t.Fatal(err)
	}
	s := &schema{t: t, name: name}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, s.parse(text)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if s.compiled, err = c.Compile(name); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var head struct{ Examples []stdjson.RawMessage }
	if err := stdjson.Unmarshal(text, &head); err != nil {
		t.Fatal(err)
	}
	if s.examples = head.Examples; len(s.examples) < 2 {
		t.Errorf("%s: %d examples", name, len(s.examples))
	}
	return s
}

// parse keeps numbers as they are written.
func (s *schema) parse(text []byte) any {
	s.t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		s.t.Fatalf("%s: %v in %s", s.name, err, text)
	}
	return v
}

func (s *schema) check(text []byte) {
	s.t.Helper()
	if err := s.compiled.Validate(s.parse(text)); err != nil {
		s.t.Errorf("%s: %s\nis not valid: %v", s.name, text, err)
	}
	s.valid++
}

func (s *schema) checkKey(key []byte) {
	s.t.Helper()
	s.check([]byte(`"` + hex.EncodeToString(key) + `"`))
}

// again reads an example and writes it as the same JSON.
func again[T any](s *schema, example []byte) {
	s.t.Helper()
	var v T
	if err := json.Unmarshal(example, &v); err != nil {
		s.t.Errorf("%s: %v in %s", s.name, err, example)
		return
	}
	text, err := json.Marshal(v)
	if err != nil {
		s.t.Fatal(err)
	}
	s.check(text)
	if !reflect.DeepEqual(s.parse(text), s.parse(example)) {
		s.t.Errorf("%s: %s\nis written as\n%s", s.name, example, text)
	}
}

func TestSchemaExamples(t *testing.T) {
	for name, codec := range map[string]func(*schema, []byte){
		"checkpoint": again[Checkpoint], "claim": again[Claim], "checkpoint-counters": again[counters],
		"checkpoint-key": keyAgain,
	} {
		s := openSchema(t, name)
		for _, example := range s.examples {
			s.check(example)
			codec(s, example)
		}
	}
}

func keyAgain(s *schema, example []byte) {
	s.t.Helper()
	var text string
	if err := json.Unmarshal(example, &text); err != nil {
		s.t.Fatal(err)
	}
	key, err := hex.DecodeString(text)
	if err != nil {
		s.t.Fatal(err)
	}
	if key[0] == keyCheckpoint || key[0] == keyClaim {
		return
	}
	k, chunk, err := parseStateKey(key)
	if err != nil {
		s.t.Errorf("key %s: %v", text, err)
		return
	}
	if got := hex.EncodeToString(k.encode(chunk)); got != text {
		s.t.Errorf("key %s is written as %s", text, got)
	}
}

// TestWrittenMessagesAreValid takes everything that a stage writes, from the
// first claim to the last tombstone, and the seals that it reads.
func TestWrittenMessagesAreValid(t *testing.T) {
	b := newBench(t, 2, 2)
	all := count(t, "all", "all", 0, global)
	langs := count(t, "langs", "langs", 1)
	perWindow := count(t, "windows", "windows", 2, windowed, final)
	posts := rowsOf("posts", "posts", 3)
	b.define([]*Query{all, langs, perWindow, posts}, nil)
	b.step()
	b.commit(0, 3, posts, post{"en", second}, post{"ja", record.NoEventTime})
	b.commit(0, 2, all)
	b.commit(1, 2, langs, post{"en", second}, post{"ja", 2 * second})
	b.step()
	b.commit(0, 2, perWindow, post{"en", second}, post{"en", 100 * second})
	b.commit(1, 2, perWindow, post{"ja", 100 * second})
	b.step() // windows close
	b.commit(0, 2, perWindow, post{"en", second})
	b.restart()
	b.step() // late, and by a new owner
	b.define([]*Query{all}, map[string]int64{"langs": 10, "windows": 11, "posts": 12})
	b.commit(0, 12, all, post{"en", second})
	b.restart()
	b.step() // state goes

	key, checkpoint, claim := openSchema(t, "checkpoint-key"), openSchema(t, "checkpoint"), openSchema(t, "claim")
	tally, seal := openSchema(t, "checkpoint-counters"), openSchema(t, "seal")
	kinds, gone := map[byte]int{}, 0
	for _, records := range b.broker.checkpoint {
		for _, r := range records {
			key.checkKey(r.Key)
			kinds[r.Key[0]]++
			if r.Value == nil {
				gone++
				continue
			}
			switch r.Key[0] {
			case keyCheckpoint:
				checkpoint.check(r.Value)
			case keyClaim:
				claim.check(r.Value)
			case keyCounters:
				tally.check(r.Value)
			}
		}
	}
	for _, records := range b.broker.exchange {
		for _, r := range records {
			if r.Type == TypeSeal {
				seal.check(r.Value)
			}
		}
	}
	for _, kind := range []byte{keyCheckpoint, keyClaim, keyGroup, keyCounters, keyPane, keyMinute} {
		if kinds[kind] == 0 {
			t.Errorf("no record of kind %q", kind)
		}
	}
	for _, s := range []*schema{checkpoint, claim, tally, seal} {
		if s.valid == 0 {
			t.Errorf("no %s was written", s.name)
		}
	}
	if gone == 0 {
		t.Error("no state was deleted")
	}
}

// TestSealsWithGaps validates the parts of a seal that are rare.
func TestSealsWithGaps(t *testing.T) {
	s := openSchema(t, "seal")
	text, err := delta.EncodeSeal(&delta.Seal{
		Plan: 1 << 40, Wall: 1, Slot: 3, Sequence: 9, Topics: map[string]string{topic: "uuid-1"},
		Parts: []delta.SealPart{{Topic: topic, Partition: 7, From: 30, To: 30, Newest: -1, Idle: true, Gap: true, GapFrom: 10}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.check(text)
	s.check([]byte(`{"version":1,"plan":0,"wall":0,"slot":0,"sequence":0,"topics":{},"parts":[]}`))
}
