package presentation_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
)

// saying posts a statement that waits for query-parser, which the test plays.
func (h *house) saying(sql string) <-chan answer {
	h.t.Helper()
	out := make(chan answer, 1)
	go func() { out <- h.say(sql) }()
	return out
}

// declared writes what query-parser writes of a stream or view that it takes.
func (h *house) declared(rec kafka.Record, status wire.Status) {
	h.t.Helper()
	name, epoch := string(rec.Key), rec.Offset
	reg := kafka.Record{Topic: kafka.TopicRegistry, Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(epoch)}}}
	reg.Key = wire.StreamKey(name)
	if status.Object == wire.ObjectView {
		reg.Key = wire.ViewKey(name)
	}
	var err error
	switch {
	case status.Transition == wire.Dropped:
	case status.Object == wire.ObjectView:
		reg.Value, err = (&wire.View{Name: name, Epoch: epoch, SQL: string(rec.Value), Submitted: time.Now()}).Marshal()
	default:
		reg.Value, err = (&wire.Stream{
			Name: name, Epoch: epoch, SQL: string(rec.Value), Topic: "millrace." + name, TopicID: strings.Repeat("a", 22),
			Partitions: 1, From: []int64{0}, Submitted: time.Now(),
		}).Marshal()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	h.produce(reg)
	status.ID, status.Epoch = name, epoch
	h.status(status)
}

// takes has a statement declare or drop what it says.
func (h *house) takes(sql string, status wire.Status) answer {
	h.t.Helper()
	said := h.saying(sql)
	rec := h.next()
	if string(rec.Value) != sql {
		h.t.Errorf("submitted %s %s, want %s", rec.Key, rec.Value, sql)
	}
	h.declared(rec, status)
	a := <-said
	if a.status != 200 || a.body["id"] != string(rec.Key) || fmt.Sprint(a.body["epoch"]) != fmt.Sprint(rec.Offset) || a.body["state"] != string(status.Transition) {
		h.t.Errorf("%s: %d %s", sql, a.status, a.text)
	}
	return a
}

const (
	createLogs   = "CREATE STREAM logs (level VARCHAR, source VARCHAR) WITH (format = 'tsv')"
	createErrors = "CREATE VIEW errors AS SELECT source AS host FROM logs WHERE level = 'ERROR'"
	overErrors   = "SELECT host, count(*) AS n FROM errors GROUP BY host"
)

func TestDeclarations(t *testing.T) {
	h := open(t)
	if a := h.do(http.MethodPut, "/v1/queries/hosts", `{"sql":"`+overErrors+`"}`); a.status != 422 || !strings.Contains(a.text, "unknown stream errors") {
		t.Errorf("before: %d %s", a.status, a.text)
	}
	// Somebody has asked for the plan: it learns what comes.
	h.get("/v1/plan")
	a := h.takes(createLogs, wire.Status{Object: wire.ObjectStream, Transition: wire.Accepted, Message: "its topic has been there"})
	if a.body["note"] != "its topic has been there" || a.body["statement"] != "CREATE STREAM" {
		t.Errorf("%s", a.text)
	}
	h.takes(createErrors, wire.Status{Object: wire.ObjectView, Transition: wire.Accepted})

	// What was declared is there when the answer comes.
	for sql, want := range map[string]string{
		"SHOW STREAMS":                              `["logs","millrace.logs","",""]`,
		"SHOW VIEWS":                                `["errors","SELECT source AS host FROM logs`,
		"DESCRIBE logs":                             `"definition":"CREATE STREAM logs (`,
		"DESCRIBE errors":                           `"columns":["column","type"],"rows":[["host","VARCHAR"]],"definition":"CREATE VIEW errors AS`,
		"EXPLAIN " + overErrors:                     "logs",
		"EXPLAIN SHARING SELECT level FROM logs":    `"sharing":{`,
		"CREATE STREAM IF NOT EXISTS logs (a JSON)": `"note":"there is a stream logs already, and it stays as it is"`,
		"DROP VIEW IF EXISTS nothing":               `"note":"there is no view nothing"`,
	} {
		if a := h.say(sql); a.status != 200 || !strings.Contains(a.text, want) {
			t.Errorf("%s: %d %s\nwant %s", sql, a.status, a.text, want)
		}
	}
	if a := h.do(http.MethodPost, "/v1/explain", `{"sql":"`+overErrors+`"}`); a.status != 200 || !strings.Contains(a.text, `"stream":"logs"`) {
		t.Errorf("%d %s", a.status, a.text)
	}
	if a := h.do(http.MethodPut, "/v1/queries/hosts", `{"sql":"`+overErrors+`"}`); a.status != 202 || !strings.Contains(a.text, `"name":"host"`) {
		t.Errorf("a query over the view: %d %s", a.status, a.text)
	}
	h.registerOver(h.next(), createLogs, createErrors)
	h.eventually("registered", func() bool { return h.get("/v1/queries/hosts").body["sql"] != nil })
	if a := h.get("/v1/queries/hosts/explain"); a.status != 200 || !strings.Contains(a.text, `"stream":"logs"`) {
		t.Errorf("%d %s", a.status, a.text)
	}
	if a := h.do(http.MethodGet, "/v1/plan?format=text", ""); a.status != 200 || !strings.Contains(a.text, "logs") {
		t.Errorf("%d %s", a.status, a.text)
	}

	// What is wrong is told at once, and nothing is submitted.
	for sql, want := range map[string]string{
		createLogs: "there is a stream logs already",
		"CREATE VIEW logs AS SELECT id FROM tweets": "there is a stream logs already",
		"DROP STREAM logs":                          "it is used by view errors",
		"DROP STREAM tweets":                        "Millrace comes with it",
		"DROP STREAM lags":                          "did you mean logs?",
		"DROP VIEW logs":                            "logs is a stream",
		"CREATE STREAM a (b INTERVAL)":              "a column cannot be INTERVAL",
		"CREATE STREAM costs (b JSON)":              "Millrace keeps the topic millrace.costs for itself",
		"CREATE VIEW w AS SELECT lewel FROM logs":   "did you mean level?",
		"DESCRIBE error":                            "did you mean errors?",
	} {
		if a := h.say(sql); a.status != 422 || !strings.Contains(a.text, want) {
			t.Errorf("%s: %d %s\nwant %s", sql, a.status, a.text, want)
		}
	}
	for _, sql := range []string{createLogs, "DROP VIEW errors"} {
		verb := strings.Join(strings.Fields(sql)[:2], " ")
		if a := h.do(http.MethodPut, "/v1/queries/logs", `{"sql":"`+sql+`"}`); a.status != 422 || !strings.Contains(a.text, verb+" is no standing query") || !strings.Contains(a.text, "POST /v1/sql") {
			t.Errorf("%s: %d %s", sql, a.status, a.text)
		}
	}

	// What query-parser refuses is told as it says it.
	said := h.saying("DROP VIEW errors")
	rec := h.next()
	h.status(wire.Status{
		ID: "errors", Object: wire.ObjectView, Epoch: rec.Offset, Transition: wire.Rejected, Code: "2BP01", Line: 1, Column: 11,
		Message: "view errors cannot be dropped: it is used by query hosts", Hint: "drop what uses it first: DROP MATERIALIZED VIEW hosts",
	})
	if a := <-said; a.status != 422 || a.body["detail"] != "view errors cannot be dropped: it is used by query hosts" || fmt.Sprint(a.body["epoch"]) != fmt.Sprint(rec.Offset) ||
		a.body["code"] != "2BP01" || a.body["title"] != "The statement was rejected" {
		t.Errorf("%d %s", a.status, a.text)
	}

	h.takes("DROP VIEW errors", wire.Status{Object: wire.ObjectView, Transition: wire.Dropped})
	h.takes("DROP STREAM logs", wire.Status{Object: wire.ObjectStream, Transition: wire.Dropped})
	if a := h.say("SHOW STREAMS"); strings.Contains(a.text, "logs") {
		t.Errorf("dropped: %s", a.text)
	}
}

// IF NOT EXISTS may come too late, and IF EXISTS too: nothing follows from them.
func TestDeclarationsTooLate(t *testing.T) {
	h := open(t)
	const create, drop = "CREATE STREAM IF NOT EXISTS logs (level VARCHAR)", "DROP STREAM IF EXISTS logs"
	first := h.saying(create)
	rec := h.next()
	second := h.saying(create)
	late := h.next()
	h.declared(rec, wire.Status{Object: wire.ObjectStream, Transition: wire.Accepted})
	h.status(wire.Status{ID: "logs", Object: wire.ObjectStream, Epoch: late.Offset, Transition: wire.Accepted, Message: "it stays as it is"})
	if a, b := <-first, <-second; a.status != 200 || b.status != 200 || b.body["note"] != "it stays as it is" || fmt.Sprint(b.body["epoch"]) != fmt.Sprint(late.Offset) {
		t.Errorf("%d %s, %d %s", a.status, a.text, b.status, b.text)
	}
	first = h.saying(drop)
	rec = h.next()
	second = h.saying(drop)
	late = h.next()
	h.declared(rec, wire.Status{Object: wire.ObjectStream, Transition: wire.Dropped})
	h.status(wire.Status{ID: "logs", Object: wire.ObjectStream, Epoch: late.Offset, Transition: wire.Dropped, Message: "there is no stream logs"})
	if a, b := <-first, <-second; a.status != 200 || b.status != 200 || b.body["state"] != "dropped" {
		t.Errorf("%d %s, %d %s", a.status, a.text, b.status, b.text)
	}
}

// A stream and a query may have one name: what becomes of the one is not told of the other.
func TestStreamNamedAsAQuery(t *testing.T) {
	h := open(t)
	epoch := h.submit("logs", countEN)
	h.takes(createLogs, wire.Status{Object: wire.ObjectStream, Transition: wire.Accepted})
	h.takes("DROP STREAM logs", wire.Status{Object: wire.ObjectStream, Transition: wire.Dropped})
	if q := h.get("/v1/queries/logs").body; q["state"] != "live" || fmt.Sprint(q["epoch"]) != fmt.Sprint(epoch) || q["rejection"] != nil {
		t.Errorf("%v", q)
	}
}

// registerOver registers a query over what statements have declared.
func (h *house) registerOver(rec kafka.Record, statements ...string) {
	h.t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		h.t.Fatal(err)
	}
	checker := &submission.Checker{Catalog: cat, MaxValue: 1 << 20}
	for _, src := range statements {
		sub := &wire.Submission{Kind: wire.SubmitSQL, SQL: src}
		if checker.Catalog, _, err = checker.Declare(sub, submission.DeclarationOf(sub), nil); err != nil {
			h.t.Fatal(err)
		}
	}
	sub, err := wire.ParseSubmission(rec.Value)
	if err != nil {
		h.t.Fatal(err)
	}
	q, err := checker.Check(&sub)
	if err != nil {
		h.t.Fatal(err)
	}
	value, err := checker.Record(&sub, q, wire.Registry{ID: string(rec.Key), Epoch: rec.Offset, Submitted: time.Now()})
	if err != nil {
		h.t.Fatal(err)
	}
	h.produce(kafka.Record{Topic: kafka.TopicRegistry, Key: wire.RegistryKey(string(rec.Key)), Value: value})
}
