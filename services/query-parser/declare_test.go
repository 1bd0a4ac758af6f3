package queryparser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// told shows statuses by what they are about.
func told(all []wire.Status) string {
	var out []string
	for _, s := range all {
		what := ""
		if s.Object != "" {
			what = string(s.Object) + " "
		}
		out = append(out, fmt.Sprintf("%s%s %s", what, s.ID, s.Transition))
	}
	return strings.Join(out, ", ")
}

// TestDeclarations declares a stream, a view over it and a query over that in one
// transaction, and drops them after a restart, which has to read them.
func TestDeclarations(t *testing.T) {
	l := newLog(t)
	stop := l.start(t)
	l.submit(t,
		"logs", "CREATE STREAM logs (level VARCHAR, source VARCHAR) WITH (topic = 'applogs')",
		"errors", "CREATE VIEW errors AS SELECT source FROM logs WHERE level = 'ERROR'",
		"sources", "SELECT source, count(*) AS n FROM errors GROUP BY source",
		"logs", "DROP STREAM logs",
		"errors", "DROP VIEW errors",
	)
	want := "stream logs accepted, view errors accepted, sources accepted, stream logs rejected, view errors rejected"
	if got := told(l.statuses(t, 5)); got != want {
		t.Errorf("statuses\n%s, want\n%s", got, want)
	}
	topics, err := l.admin.Topics(t.Context(), "applogs")
	check(t, err)
	var s wire.Stream
	check(t, s.Unmarshal(l.registry(t)[0].Value))
	if s.Topic != "applogs" || s.TopicID != topics.ID("applogs") || s.TopicID == "" || s.Partitions != 1 || fmt.Sprint(s.From) != "[0]" || s.Epoch != 0 {
		t.Errorf("registered %+v, the topic is %s", s, topics.ID("applogs"))
	}
	begins := func(epoch int64, want string) {
		t.Helper()
		at, err := l.admin.GroupOffsets(t.Context(), kafka.ScanGroup("logs", epoch), "applogs")
		check(t, err)
		if got := fmt.Sprint(at); got != want {
			t.Errorf("the group of epoch %d begins at %s, want %s", epoch, got, want)
		}
	}
	begins(0, "map[0:0]")
	check(t, stop())

	l.start(t)
	check(t, l.producer.Produce(t.Context(), kafka.Record{Topic: "applogs", Value: []byte(`{"level":"INFO"}`)}))
	l.submit(t,
		"logs", "DROP STREAM logs",
		"more", "SELECT level FROM logs",
		"sources", "", "more", "", "errors", "DROP VIEW errors", "logs", "DROP STREAM logs",
		"more", "SELECT level FROM logs",
		"logs", "CREATE STREAM logs (level VARCHAR) WITH (topic = 'applogs')",
		"more", "SELECT level FROM logs",
	)
	want += ", stream logs rejected, more accepted, sources dropped, more dropped, view errors dropped, stream logs dropped" +
		", more rejected, stream logs accepted, more accepted"
	if got := told(l.statuses(t, 14)); got != want {
		t.Errorf("statuses\n%s, want\n%s", got, want)
	}
	var keys []string
	for _, rec := range l.registry(t) {
		header, _ := rec.Header(wire.HeaderEpoch)
		mark := ""
		if rec.Value == nil {
			mark = "-"
		}
		keys = append(keys, fmt.Sprintf("%s%s@%s", mark, rec.Key, header))
		if string(rec.Key) == "s/logs" && string(header) == "12" {
			check(t, s.Unmarshal(rec.Value))
		}
	}
	if got := strings.Join(keys, " "); got != "s/logs@0 v/errors@1 q/sources@2 q/more@6 -q/sources@7 -q/more@8 -v/errors@9 -s/logs@10 s/logs@12 q/more@13" {
		t.Errorf("registry %s", got)
	}
	if s.Epoch != 12 || s.TopicID != topics.ID("applogs") || s.From[0] != 1 {
		t.Errorf("registered %+v: it begins behind what was there", s)
	}
	begins(12, "map[0:1]")
	begins(0, "map[0:0]")
}
