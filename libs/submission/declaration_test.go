package submission_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
)

func TestDeclarationOf(t *testing.T) {
	for src, want := range map[string]submission.Declaration{
		"-- logs\nCREATE STREAM logs (a JSON)":                          {Object: wire.ObjectStream, Name: "logs"},
		"create or replace stream Logs (a JSON)":                        {Object: wire.ObjectStream, Name: "logs"},
		"CREATE STREAM IF NOT EXISTS logs (a JSON);":                    {Object: wire.ObjectStream, Name: "logs", Spares: true},
		"CREATE VIEW v AS SELECT id FROM tweets":                        {Object: wire.ObjectView, Name: "v"},
		"DROP STREAM logs":                                              {Object: wire.ObjectStream, Name: "logs", Drops: true},
		"DROP VIEW IF EXISTS v":                                         {Object: wire.ObjectView, Name: "v", Drops: true, Spares: true},
		"DROP MATERIALIZED VIEW v":                                      {},
		"CREATE MATERIALIZED VIEW v AS SELECT 1 AS a FROM tweets":       {},
		"SELECT text FROM tweets WHERE text CONTAINS 'drop the review'": {},
		"CREATE STREAM":                                                 {},
	} {
		d := submission.DeclarationOf(&wire.Submission{Kind: wire.SubmitSQL, SQL: src})
		if d == nil {
			d = new(submission.Declaration)
		}
		if d.Object != want.Object || d.Name != want.Name || d.Drops != want.Drops || d.Spares != want.Spares {
			t.Errorf("%s: %+v", src, d)
		}
	}
	if d := submission.DeclarationOf(&wire.Submission{Kind: wire.SubmitLegacy, Legacy: []byte("{}")}); d != nil {
		t.Errorf("%+v", d)
	}
}

func TestDeclare(t *testing.T) {
	c := checker(t)
	sub := &wire.Submission{Kind: wire.SubmitSQL, SQL: "CREATE STREAM logs (a JSON) WITH (topic = 'app')"}
	d := submission.DeclarationOf(sub)
	next, note, err := c.Declare(sub, d, nil)
	if err != nil || note != "" || next == c.Catalog || d.Topic != "app" {
		t.Fatalf("%v, %q, topic %s", err, note, d.Topic)
	}
	var p *submission.Problem
	if !errors.As(d.Refused(errors.New("no")), &p) || p.Column != 43 || p.Message != "Kafka does not let stream logs have the topic app: no" {
		t.Errorf("%+v", p)
	}
	if !errors.As(d.Silent(errors.New("no")), &p) || p.Column != 43 || p.Message != "topic app does not answer: no" || p.Code != "" || p.Hint == "" {
		t.Errorf("%+v", p)
	}
	if !errors.As(d.CheckID("lags"), &p) || p.Column != 15 || d.CheckID("logs") != nil {
		t.Errorf("%+v", p)
	}
	if err := c.Size(make([]byte, c.MaxValue)); err != nil {
		t.Error(err)
	}
	if !errors.As(c.Size(make([]byte, c.MaxValue+1)), &p) {
		t.Error("a record that is too large is taken")
	}

	c.Catalog = next
	for src, want := range map[string]string{
		"SELECT a FROM logs":                  "",
		"CREATE STREAM logs (b JSON)":         "CREATE STREAM is no standing query",
		"DROP STREAM logs":                    "DROP STREAM is no standing query",
		"CREATE VIEW w AS SELECT a FROM logs": "CREATE VIEW is no standing query",
	} {
		_, err := c.Check(&wire.Submission{Kind: wire.SubmitSQL, SQL: src})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", src, err, want)
		}
	}
	// A query that reads the stream holds it, and is named.
	users := func(name string) []string {
		if name != "logs" {
			t.Errorf("asked for users of %s", name)
		}
		return []string{"q"}
	}
	sub = &wire.Submission{Kind: wire.SubmitSQL, SQL: "DROP STREAM logs"}
	if _, _, err := c.Declare(sub, submission.DeclarationOf(sub), users); err == nil || !strings.Contains(err.Error(), "it is used by query q") {
		t.Errorf("%v", err)
	}

	heard := false
	broken := &submission.Checker{Defect: func(*wire.Submission, error) { heard = true }}
	if _, _, err := broken.Declare(sub, submission.DeclarationOf(sub), nil); !errors.Is(err, submission.ErrDefect) || !heard {
		t.Errorf("without a catalog: %v", err)
	}
}

// TestReads: what is found is what the query reads by itself, however it writes the name.
func TestReads(t *testing.T) {
	for _, tt := range []struct {
		text, name string
		want       bool
	}{
		{"SELECT a FROM logs", "logs", true},
		{"SELECT a FROM LOGS", "logs", true},
		{`SELECT a FROM "logs"`, "logs", true},
		{"SELECT a FROM log\u017f", "logs", true}, // as names are looked up
		{"SELECT a FROM \u212bas", "as", false},
		{"SELECT a FROM _1", "_1", true},
		{"SELECT a FROM x WHERE a IN (SELECT b FROM logs)", "logs", true},
		{"CREATE MATERIALIZED VIEW v AS SELECT a FROM logs", "logs", true},
		{"CREATE MATERIALIZED VIEW logs AS SELECT a FROM x", "logs", false},
		{"WITH logs AS (SELECT a FROM x) SELECT a FROM logs", "logs", false},
		{"SELECT logs FROM x WHERE logs CONTAINS 'logs'", "logs", false},
		{"SELECT a FROM logs2", "logs", false},
		{`{"select":"text"}`, "tweets", true},
		{`{"select":"logs"}`, "logs", false},
		{"SELECT OF A LATER VERSION FROM logs", "logs", true},
		{"SELECT OF A LATER VERSION FROM x", "logs", false},
	} {
		if got := submission.Reads(tt.text, tt.name); got != tt.want {
			t.Errorf("%s reads %s: %t", tt.text, tt.name, got)
		}
	}
}
