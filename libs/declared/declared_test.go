package declared_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/declared"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
)

func builtIn(t *testing.T) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

const topicID = "AAECAwQFBgcICQoLDA0ODw"

func streamOf(name, src string, epoch int64) *wire.Stream {
	return &wire.Stream{
		Name: name, Epoch: epoch, SQL: src, Topic: "millrace." + name, TopicID: topicID,
		Partitions: 2, From: []int64{0, 5}, Submitted: time.Unix(1, 0).UTC(),
	}
}

func viewOf(name, src string, epoch int64) *wire.View {
	return &wire.View{Name: name, Epoch: epoch, SQL: src, Submitted: time.Unix(1, 0).UTC()}
}

// put reads a record as the registry has it.
func put(t *testing.T, c *declared.Catalog, m any) declared.Change {
	t.Helper()
	var key, value []byte
	var epoch int64
	var err error
	switch m := m.(type) {
	case *wire.Stream:
		key, epoch = wire.StreamKey(m.Name), m.Epoch
		value, err = m.Marshal()
	case *wire.View:
		key, epoch = wire.ViewKey(m.Name), m.Epoch
		value, err = m.Marshal()
	}
	if err != nil {
		t.Fatal(err)
	}
	change, err := c.Read(key, value, wire.FormatEpoch(epoch))
	if err != nil {
		t.Fatal(err)
	}
	return change
}

func drop(t *testing.T, c *declared.Catalog, key []byte, epoch int64) {
	t.Helper()
	if change, err := c.Read(key, nil, wire.FormatEpoch(epoch)); err != nil || change.Stream != nil || change.View != nil || change.Epoch != epoch {
		t.Fatalf("%+v, %v", change, err)
	}
}

const (
	createLogs   = "CREATE STREAM logs (level VARCHAR, source VARCHAR) WITH (format = 'tsv')"
	createErrors = "CREATE VIEW errors AS SELECT source AS host FROM logs WHERE level = 'ERROR'"
)

func TestLifecycle(t *testing.T) {
	base := builtIn(t)
	c := declared.New(base)
	if change := put(t, c, streamOf("logs", createLogs, 3)); change.LeftOut != nil || change.Stream.Epoch != 3 || change.Object != wire.ObjectStream {
		t.Fatalf("%+v", change)
	}
	if change := put(t, c, viewOf("errors", createErrors, 4)); change.LeftOut != nil || change.View.Epoch != 4 {
		t.Fatalf("%+v", change)
	}
	before := c.Clone()
	const query = "SELECT host, count(*) FROM errors GROUP BY host"
	if _, err := sql.Compile(query, c.Catalog()); err != nil {
		t.Fatal(err)
	}
	// In the place of a stream comes another one.
	if change := put(t, c, streamOf("logs", "CREATE OR REPLACE STREAM logs (level VARCHAR)", 9)); change.LeftOut != nil {
		t.Fatal(change.LeftOut)
	}
	if s, _ := c.Catalog().Stream("logs"); len(s.Columns) != 1 || c.Stream("logs").Epoch != 9 {
		t.Errorf("%+v, %+v", s, c.Stream("logs"))
	}
	drop(t, c, wire.ViewKey("errors"), 10)
	drop(t, c, wire.StreamKey("logs"), 11)
	if len(c.Catalog().Streams()) != len(base.Streams()) || len(c.Catalog().Views()) != 0 || c.Stream("logs") != nil || c.View("errors") != nil {
		t.Errorf("%d streams, %d views are left", len(c.Catalog().Streams()), len(c.Catalog().Views()))
	}
	if c.Epoch() != 11 || c.EpochOf(wire.ObjectStream, "logs") != -1 || c.EpochOf(wire.ObjectView, "errors") != -1 {
		t.Errorf("read up to epoch %d; what was dropped has epochs", c.Epoch())
	}
	// The copy has stayed as it was.
	if _, err := sql.Compile(query, before.Catalog()); err != nil || before.EpochOf(wire.ObjectStream, "logs") != 3 {
		t.Errorf("the copy: %v, epoch %d", err, before.EpochOf(wire.ObjectStream, "logs"))
	}
	// What is read in the meantime changes nothing, and the catalog stays the same one.
	now := c.Catalog()
	if change, err := c.Read(wire.RegistryKey("q"), []byte("x"), nil); err != nil || change.Object != "" || c.Catalog() != now {
		t.Errorf("%+v, %v", change, err)
	}
}

// TestDropsThatAreGone: a registry that is compacted while it is read may lack the drop of
// what was there before.
func TestDropsThatAreGone(t *testing.T) {
	over := streamOf("events", "CREATE STREAM events (a VARCHAR) WITH (topic = 'events.of.hosts')", 5)
	over.Topic = "events.of.hosts"
	for name, m := range map[string]any{
		"events": over,
		"logs":   viewOf("logs", "CREATE VIEW logs AS SELECT id FROM tweets", 5),
	} {
		c := declared.New(builtIn(t))
		logs := streamOf("logs", strings.Replace(createLogs, "(format", "(topic = 'events.of.hosts', format", 1), 3)
		logs.Topic = over.Topic
		put(t, c, logs)
		if change := put(t, c, m); change.LeftOut != nil || c.Epoch() != 5 {
			t.Errorf("%s is left out: %v", name, change.LeftOut)
		}
		if c.Stream("logs") != nil {
			t.Errorf("%s: the stream before it is there", name)
		}
	}
	c := declared.New(builtIn(t))
	put(t, c, viewOf("logs", "CREATE VIEW logs AS SELECT id FROM tweets", 3))
	if change := put(t, c, streamOf("logs", createLogs, 5)); change.LeftOut != nil || c.View("logs") != nil {
		t.Errorf("%v, view %v", change.LeftOut, c.View("logs"))
	}
}

// TestLeftOut: what cannot be read here harms nothing else.
func TestLeftOut(t *testing.T) {
	for want, m := range map[string]any{
		"expected":                 streamOf("x", "CREATE STREAM x (a VARCHAR) PARTITIONED BY a", 5),
		"cannot be":                streamOf("x", "CREATE STREAM x (a INTERVAL)", 5),
		"declares no stream x":     streamOf("x", "CREATE STREAM y (a VARCHAR)", 5),
		"declares no stream":       streamOf("x", "CREATE VIEW x AS SELECT id FROM tweets", 5),
		"does not name that":       streamOf("x", "CREATE STREAM x (a VARCHAR) WITH (topic = 'z')", 5),
		"Millrace comes with":      streamOf("tweets", "CREATE STREAM IF NOT EXISTS tweets (a VARCHAR)", 5),
		"there is a stream tweets": streamOf("tweets", "CREATE STREAM tweets (a VARCHAR)", 5),
		"declares no view x":       viewOf("x", "CREATE VIEW y AS SELECT id FROM tweets", 5),
	} {
		c := declared.New(builtIn(t))
		put(t, c, streamOf("logs", createLogs, 3))
		change := put(t, c, m)
		if change.LeftOut == nil || !strings.Contains(change.LeftOut.Error(), want) {
			t.Errorf("%+v: left out for %v, want %s", m, change.LeftOut, want)
		}
		if _, ok := c.Catalog().Stream("logs"); !ok || len(c.Catalog().Streams()) != 2 || len(c.Catalog().Views()) != 0 || c.Stream("x") != nil || c.View("x") != nil {
			t.Errorf("%+v: %d streams and %d views", m, len(c.Catalog().Streams()), len(c.Catalog().Views()))
		}
		if c.Epoch() != 5 || c.EpochOf(change.Object, change.Name) != -1 {
			t.Errorf("%+v: read up to epoch %d, it has %d", m, c.Epoch(), c.EpochOf(change.Object, change.Name))
		}
	}
	// In the place of one that could be read.
	c := declared.New(builtIn(t))
	put(t, c, streamOf("logs", createLogs, 3))
	put(t, c, streamOf("logs", "CREATE STREAM logs (a INTERVAL)", 4))
	if _, ok := c.Catalog().Stream("logs"); ok || c.Stream("logs") != nil {
		t.Error("the earlier stream has stayed")
	}
	drop(t, c, wire.StreamKey("logs"), 5)
	if _, ok := c.Catalog().Stream("tweets"); !ok {
		t.Error("tweets is gone")
	}
}

func TestRefused(t *testing.T) {
	c := declared.New(builtIn(t))
	put(t, c, streamOf("logs", createLogs, 3))
	value := func(s *wire.Stream) []byte {
		b, err := s.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, tt := range []struct {
		key, value, epoch string
		want              error
	}{
		{"s/logs", string(value(streamOf("logs", createLogs, 3))), "3", declared.ErrEpochs},
		{"s/logs", "", "2", declared.ErrEpochs},
		{"s/other", "", "3", declared.ErrEpochs},
		{"v/other", "", "1", declared.ErrEpochs},
		{"s/logs", "", "", wire.ErrInvalid},
		{"s/logs", string(value(streamOf("logs", createLogs, 5))), "4", wire.ErrInvalid},
		{"s/logs", string(value(streamOf("x", createLogs, 4))), "4", wire.ErrInvalid},
		{"s/logs", "{}", "4", wire.ErrInvalid},
		{"v/logs", "{}", "4", wire.ErrInvalid},
	} {
		var v []byte
		if tt.value != "" {
			v = []byte(tt.value)
		}
		if _, err := c.Read([]byte(tt.key), v, []byte(tt.epoch)); !errors.Is(err, tt.want) {
			t.Errorf("%s at epoch %q: %v, want %v", tt.key, tt.epoch, err, tt.want)
		}
	}
}
