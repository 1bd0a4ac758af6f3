package kafka

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/millrace/millrace/schemas"
)

// TestTopicsAreDescribed: schemas/asyncapi.yaml has every topic as the table has it,
// and every message that there is a schema of.
func TestTopicsAreDescribed(t *testing.T) {
	text, err := schemas.Description("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Channels map[string]struct {
			Address  string
			Bindings struct {
				Kafka *struct {
					Topic      string
					Partitions int32
					Settings   map[string]any `yaml:"topicConfiguration"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for name, c := range doc.Channels {
		k := c.Bindings.Kafka
		if k == nil {
			continue // of Redis
		}
		described[c.Address] = true
		i := slices.IndexFunc((Layout{}).table(), func(row topic) bool { return row.name == c.Address })
		if i < 0 || k.Topic != c.Address {
			t.Errorf("channel %s: there is no topic %s (%s)", name, c.Address, k.Topic)
			continue
		}
		row := (Layout{}).table()[i]
		settings := row.settings(Layout{}, false)
		if k.Partitions != row.partitions {
			t.Errorf("%s is described with %d partitions, and has %d", row.name, k.Partitions, row.partitions)
		}
		if k.Settings["cleanup.policy"] == nil || k.Settings["retention.ms"] == nil {
			t.Errorf("%s is described without cleanup.policy or retention.ms", row.name)
		}
		for key, value := range k.Settings {
			got := strings.Trim(fmt.Sprint(value), "[]")
			if want := settings[key]; want == nil || got != *want {
				t.Errorf("%s is described with %s=%s, the table has %v", row.name, key, got, want)
			}
		}
	}
	for _, name := range AllTopics() {
		if !described[name] {
			t.Errorf("topic %s is not described", name)
		}
	}

	// Keys are described in words, and the listing is no message.
	apart := []string{"checkpoint-key.json", "listing.json"}
	messages, err := fs.ReadDir(schemas.Files(), "messages")
	if err != nil || len(messages) == 0 {
		t.Fatal(messages, err)
	}
	for _, m := range messages {
		if !slices.Contains(apart, m.Name()) && !strings.Contains(string(text), "$ref: ./messages/"+m.Name()+" ") {
			t.Errorf("message %s is on no channel", m.Name())
		}
	}
}
