package registry

import (
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
)

const (
	createLogs = "CREATE STREAM logs (id BIGINT, text VARCHAR, lang VARCHAR)"
	ofLogs     = "SELECT lang, count(*) AS n FROM logs GROUP BY lang"
)

// stream is a declaration.
func (b *bench) stream(epoch int64, edit ...func(*wire.Stream)) kafka.Record {
	b.t.Helper()
	def := wire.Stream{
		Name: "logs", Epoch: epoch, SQL: createLogs, Topic: "millrace.logs", TopicID: strings.Repeat("a", 22),
		Partitions: 2, From: []int64{7, 9}, Submitted: time.Unix(1, 0),
	}
	for _, e := range edit {
		e(&def)
	}
	value, err := def.Marshal()
	if err != nil {
		b.t.Fatal(err)
	}
	r := dropStream(def.Name, epoch)
	r.Value = value
	return r
}

func dropStream(name string, epoch int64) kafka.Record {
	return kafka.Record{Key: wire.StreamKey(name), Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(epoch)}}}
}

// withLogs lets queries be compiled that read logs.
func (b *bench) withLogs() {
	b.t.Helper()
	b.catalog = b.catalog.With(&catalog.Stream{Name: "logs", Topic: "millrace.logs", Declared: true, Columns: func() []catalog.Column {
		def, _ := b.catalog.Stream("tweets")
		var columns []catalog.Column
		for _, c := range def.Columns {
			if c.Name == "id" || c.Name == "text" || c.Name == "lang" {
				columns = append(columns, c)
			}
		}
		return columns
	}()})
}

// queryOfLogs is a registration of a query that reads logs.
func (b *bench) queryOfLogs(epoch int64) kafka.Record {
	b.t.Helper()
	plain := b.catalog
	b.withLogs()
	defer func() { b.catalog = plain }()
	return b.query("q", epoch, ofLogs)
}

// Streams come, are declared anew and go, each at the position of its record, and what
// was handed out stays as it was.
func TestStreams(t *testing.T) {
	b := newBench(t)
	r, _ := b.follow(nil)
	b.write(true, b.stream(1), b.queryOfLogs(2))
	first := b.reach(r)
	st := first.Streams.Get("logs")
	if st == nil || st.Position != 0 || st.Topic != "millrace.logs" || st.Partitions != 2 || st.From[1] != 9 || st.TopicID != strings.Repeat("a", 22) {
		t.Fatalf("%+v", st)
	}
	if q := first.Queries.Get("q"); q.Failed != "" || q.Stream != "logs" {
		t.Fatalf("%+v", q)
	}
	snapshot := r.Current()
	if of, ok := snapshot.Program.Stream("logs"); !ok || of.Since != 1 || len(snapshot.Streams) != 1 || snapshot.Streams[0].Epoch != 1 || snapshot.Streams[0].Since() != 1 {
		t.Fatalf("%+v, %v", of, snapshot.Streams)
	}
	b.write(true, b.query("other", 3, counting))
	second := b.reach(r)
	if second.Streams.Get("logs") != st || r.Current().Streams[0] != snapshot.Streams[0] {
		t.Error("a query changed the streams")
	}
	b.write(true, drop("q", 4), b.stream(5))
	third := b.reach(r)
	if now := third.Streams.Get("logs"); now.Position != 6 || r.Current().Streams[0].Epoch != 5 {
		t.Errorf("%+v", now)
	}
	if of, _ := r.Current().Program.Stream("logs"); of.Since != 7 {
		t.Errorf("its scan is since %d", of.Since)
	}
	b.write(true, drop("other", 6)) // no query is left: the plan is made anew, with the stream
	b.reach(r)
	if of, ok := r.Current().Program.Stream("logs"); !ok || of.Since != 7 {
		t.Errorf("without queries: %+v", of)
	}
	late, _ := b.follow(nil) // one that starts now reads the same
	if d := b.reach(late); d.Streams.Get("logs").Position != 6 {
		t.Errorf("%+v", d.Streams.Get("logs"))
	}
	b.write(true, dropStream("logs", 7), b.queryOfLogs(8))
	last := b.reach(r)
	if last.Streams.Len() != 0 || len(r.Current().Streams) != 0 || first.Streams.Get("logs") != st {
		t.Errorf("%v", r.Current().Streams)
	}
	if q := last.Queries.Get("q"); !strings.Contains(q.Failed, "stream logs is not in the catalog") {
		t.Errorf("a query over a stream that is gone: %+v", q)
	}
	b.write(true, dropStream("logs", 9)) // compaction may leave a drop of what nobody knows
	b.reach(r)
}

// A registry that is compacted while it is read lacks drops of what was read before. What
// stands in the way of a stream had been dropped.
func TestStreamsWithoutTheDropsBefore(t *testing.T) {
	b := newBench(t)
	r, _ := b.follow(nil)
	b.write(true, b.stream(1), b.queryOfLogs(2), b.query("stays", 3, counting))
	b.reach(r)
	b.write(true, b.stream(5)) // the drop of q is compacted away
	d := b.reach(r)
	if d.Queries.Has("q") || !d.Queries.Has("stays") || d.Streams.Get("logs").Position != 4 {
		t.Errorf("%d queries, stream %+v", d.Queries.Len(), d.Streams.Get("logs"))
	}
	b.write(true, b.queryOfLogs(6))
	if q := b.reach(r).Queries.Get("q"); q.Failed != "" {
		t.Errorf("%+v", q)
	}
	over := func(s *wire.Stream) {
		s.Name, s.SQL, s.Topic = "events", strings.Replace(createLogs, "logs", "events", 1), "millrace.events"
	}
	b.write(true, drop("q", 7), dropStream("logs", 8), b.stream(9, func(s *wire.Stream) {
		s.SQL, s.Topic = createLogs+" WITH (topic = 'shared')", "shared"
	}))
	b.reach(r)
	b.write(true, b.stream(11, over, func(s *wire.Stream) { // and so is the drop of logs
		s.SQL, s.Topic = s.SQL+" WITH (topic = 'shared')", "shared"
	}))
	d = b.reach(r)
	if d.Streams.Has("logs") || !d.Streams.Has("events") {
		t.Errorf("logs %v, events %v", d.Streams.Get("logs"), d.Streams.Get("events"))
	}
	if _, ok := r.Current().Program.Stream("logs"); ok {
		t.Error("logs is scanned for")
	}
}

// What cannot be read here is left out, and nothing else.
func TestAStreamOfALaterVersion(t *testing.T) {
	b := newBench(t)
	r, _ := b.follow(nil)
	b.write(true,
		b.stream(1, func(s *wire.Stream) { s.SQL = "CREATE STREAM logs (a VARCHAR) WITH (something = 'new')" }),
		b.queryOfLogs(2), b.query("other", 3, counting))
	d := b.reach(r)
	if d.Streams.Len() != 0 || d.Queries.Get("q").Failed == "" || d.Queries.Get("other").Failed != "" {
		t.Errorf("%d streams, %+v, %+v", d.Streams.Len(), d.Queries.Get("q"), d.Queries.Get("other"))
	}
}
