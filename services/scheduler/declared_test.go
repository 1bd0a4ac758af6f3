package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

const (
	eventsTopic  = "events"
	createEvents = "CREATE STREAM events (kind VARCHAR) WITH (topic = 'events')"
)

// declarer writes declarations and queries as query-parser does.
type declarer struct {
	*world
	admin   *kafka.Admin
	catalog *catalog.Catalog
	epoch   int64
}

func newDeclarer(w *world) *declarer {
	w.t.Helper()
	admin, err := kafka.NewAdmin(w.Kafka)
	check(w.t, err)
	w.t.Cleanup(admin.Close)
	c, err := catalog.Default()
	check(w.t, err)
	_, cmd, err := parser.ParseAny(createEvents)
	check(w.t, err)
	c, _, err = ddl.Apply(c, cmd, createEvents, nil)
	check(w.t, err)
	return &declarer{world: w, admin: admin, catalog: c}
}

func (d *declarer) write(key, value []byte) {
	d.t.Helper()
	d.epoch++
	d.produce(kafka.Record{Topic: kafka.TopicRegistry, Key: key, Value: value, Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(d.epoch)}}})
}

// declare declares the stream over the topic as it is now.
func (d *declarer) declare() {
	d.t.Helper()
	d.declareFrom(0)
}

// declareFrom declares the stream so many offsets behind the end of its topic.
func (d *declarer) declareFrom(behind int64) {
	d.t.Helper()
	topics, err := kafka.Ensure(within(d.t), d.Kafka, d.Layout.With(eventsTopic))
	check(d.t, err)
	admin, err := kafka.NewAdmin(d.Kafka) // a new one: the topic may have been made anew
	check(d.t, err)
	defer admin.Close()
	ends, err := admin.Ends(within(d.t), eventsTopic)
	check(d.t, err)
	st := wire.Stream{
		Name: "events", Epoch: d.epoch + 1, SQL: createEvents, Topic: eventsTopic, TopicID: topics.ID(eventsTopic),
		Partitions: topics.Partitions(eventsTopic), Submitted: time.Now(),
	}
	for p := range st.Partitions {
		st.From = append(st.From, ends[p]+behind)
	}
	value, err := st.Marshal()
	check(d.t, err)
	d.write(wire.StreamKey(st.Name), value)
}

func (d *declarer) submit(id, text string) {
	d.t.Helper()
	root, err := sql.Compile(text, d.catalog)
	check(d.t, err)
	value, err := (&wire.Registry{ID: id, Epoch: d.epoch + 1, SQL: text, Plan: plan.Encode(root), Submitted: time.Now()}).Marshal()
	check(d.t, err)
	d.write(wire.RegistryKey(id), value)
}

// feed appends events of a kind to both partitions of a topic, all told n of them.
func (d *declarer) feed(topic, kind string, n int) {
	d.t.Helper()
	for i := range n {
		d.produce(kafka.Record{Topic: topic, Partition: int32(i % 2), Value: fmt.Appendf(nil, `{"kind":%q,"lang":%q}`, kind, kind)})
	}
}

// rows waits until a query has these rows.
func (d *declarer) rows(id string, want ...string) {
	d.t.Helper()
	rdb := results.Connect(d.Redis)
	defer rdb.Close()
	var got []string
	defer func() {
		if d.t.Failed() {
			d.t.Logf("query %s has %v", id, got)
		}
	}()
	d.until(fmt.Sprintf("query %s has %v", id, want), func() bool {
		rows, err := rdb.HGetAll(within(d.t), "millrace:{"+id+"}:rows").Result()
		check(d.t, err)
		got = slices.Sorted(maps.Values(rows))
		return slices.Equal(got, want)
	})
}

func (d *declarer) live(id string) {
	d.t.Helper()
	rdb := results.Connect(d.Redis)
	defer rdb.Close()
	d.until("query "+id+" is live", func() bool {
		status, _ := rdb.HGet(within(d.t), "millrace:{"+id+"}:meta", "status").Result()
		epoch, _ := rdb.HGet(within(d.t), "millrace:{"+id+"}:meta", "epoch").Result()
		return status == "live" && epoch == fmt.Sprint(d.epoch)
	})
}

// Streams that are declared while a scheduler runs are scanned from their declaration on;
// dropped and declared again they are others, over the same topic too, and whoever
// restarts goes on where they were.
func TestDeclaredStreams(t *testing.T) {
	w := newWorld(t)
	w.CheckpointInterval = 100 * time.Millisecond
	_, stop := w.start()
	w.until("ready", w.ready)
	d := newDeclarer(w)
	_, err := kafka.Ensure(within(t), w.Kafka, w.Layout.With(eventsTopic))
	check(t, err)
	d.feed(eventsTopic, "before", 4)
	d.declare()
	const byKind = "SELECT kind, count(*) AS n FROM events GROUP BY kind"
	d.submit("q", byKind)
	d.live("q")
	d.feed(eventsTopic, "first", 3)
	d.rows("q", `{"kind":"first","n":3}`)

	check(t, stop())
	again := w.another()
	d.world = again
	_, stop = again.start()
	d.feed(eventsTopic, "second", 2)
	d.rows("q", `{"kind":"first","n":3}`, `{"kind":"second","n":2}`)
	d.submit("both", "SELECT k, count(*) AS n FROM (SELECT kind AS k FROM events UNION ALL SELECT lang FROM tweets) AS u GROUP BY k")
	d.live("both")
	d.feed(kafka.TopicTweets, "tweet", 2)
	d.feed(eventsTopic, "third", 1)
	d.rows("both", `{"k":"third","n":1}`, `{"k":"tweet","n":2}`)

	d.write(wire.RegistryKey("q"), nil)
	d.write(wire.RegistryKey("both"), nil)
	d.write(wire.StreamKey("events"), nil)
	d.feed(eventsTopic, "between", 2)
	d.declare()
	d.submit("q", byKind)
	d.live("q")
	d.feed(eventsTopic, "last", 5)
	d.rows("q", `{"kind":"last","n":5}`)
	again.until("the first one's scan has ended", again.logged("its scan has ended"))
	check(t, stop())
}

// A stream whose topic was deleted, or made anew, is not scanned, which is told; nobody
// else minds.
func TestTopicOfADeclaredStreamGoes(t *testing.T) {
	w := newWorld(t)
	_, stop := w.start()
	w.until("ready", w.ready)
	d := newDeclarer(w)
	d.declare()
	d.submit("q", "SELECT kind, count(*) AS n FROM events GROUP BY kind")
	d.live("q")
	check(t, d.admin.DeleteTopics(within(t), eventsTopic))
	w.until("it is told that the topic is gone", w.logged("is not there"))
	_, err := kafka.Ensure(within(t), w.Kafka, w.Layout.With(eventsTopic))
	check(t, err)
	w.until("it is told that the topic is another", w.logged("DROP STREAM events"))
	d.submit("langs", "SELECT lang, count(*) AS n FROM tweets GROUP BY lang")
	d.live("langs")
	d.feed(kafka.TopicTweets, "en", 2)
	d.rows("langs", `{"lang":"en","n":2}`)
	if notes := fmt.Sprint(w.Ready.Notes()); !strings.Contains(notes, "stream events is not scanned") {
		t.Errorf("notes: %s", notes)
	}

	d.write(wire.RegistryKey("q"), nil)
	d.write(wire.StreamKey("events"), nil)
	d.declare()
	d.submit("q", "SELECT kind, count(*) AS n FROM events GROUP BY kind")
	d.live("q")
	d.feed(eventsTopic, "new", 2)
	d.rows("q", `{"kind":"new","n":2}`)
	check(t, stop())
}
