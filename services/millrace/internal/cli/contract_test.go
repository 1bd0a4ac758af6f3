package cli

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/schemas"
)

// message returns what holds a message against its schema.
func message(t *testing.T, name string) func(text string) error {
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
	return func(text string) error {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			return err
		}
		return schema.Validate(v)
	}
}

// TestRedisContract holds the listing and every change that real queries of all
// kinds make against the schemas.
func TestRedisContract(t *testing.T) {
	h := openHouse(t)
	rdb := results.Connect(h.stack.Redis)
	defer rdb.Close()
	ctx := context.Background()
	sub := rdb.PSubscribe(ctx, results.ChangesChannel("*"))
	if _, err := sub.Receive(ctx); err != nil {
		t.Fatal(err)
	}
	change := message(t, "change")
	var (
		mu      sync.Mutex
		dropped int
		changes = map[string]int{} // of rows, by kind
	)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for msg := range sub.Channel() {
			if err := change(msg.Payload); err != nil {
				t.Errorf("%s\nis not valid: %v", msg.Payload, err)
			}
			c, err := results.ParseChange(msg.Payload)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			switch {
			case c.Dropped:
				dropped++
			case c.Window != nil:
				changes["window"]++
			case len(c.Rows) > 0:
				changes["rows"]++
			case len(c.Top) > 0:
				changes["top"]++
			case len(c.Log) > 0:
				changes["log"]++
			}
			mu.Unlock()
		}
	}()
	defer func() {
		sub.Close()
		<-heard
	}()

	file := write(t, "q.sql", `
-- name: langs
SELECT lang, count(*) AS n FROM tweets GROUP BY lang;
-- name: top
SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY n DESC LIMIT 1;
-- name: ids
SELECT id FROM tweets WHERE lang = 'ja';
-- name: minutes
SELECT window_start, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) GROUP BY window_start;`)
	h.must("submit", "--owner", "ben", "--label", "team=a", "--wait", "live", "-f", file)
	h.must("submit", "--id", "plain", "--wait", "live", "SELECT count(*) FROM tweets")
	h.feed("one.ndjson", "en", "ja", "en")
	h.eventually("changed", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return changes["rows"] > 0 && changes["top"] > 0 && changes["log"] > 0 && changes["window"] > 0
	})

	listing := message(t, "listing")
	all, err := rdb.HGetAll(ctx, results.KeyQueries).Result()
	if err != nil || len(all) != 5 {
		t.Fatalf("%v, %v", all, err)
	}
	for id, text := range all {
		if err := listing(text); err != nil || !strings.Contains(text, `"id":"`+id+`"`) || strings.Contains(text, "\n") {
			t.Errorf("%s: %s: %v", id, text, err)
		}
	}

	h.must("drop", "--all", "--yes")
	h.eventually("dropped", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return dropped == 5
	})
}
