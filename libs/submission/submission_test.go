package submission_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
)

func checker(t testing.TB) *submission.Checker {
	t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	return &submission.Checker{Catalog: cat, MaxValue: 2 << 20, Defect: func(_ *wire.Submission, err error) { t.Errorf("defect: %v", err) }}
}

// check parses and checks as every way in does.
func check(c *submission.Checker, value string) (*wire.Submission, *submission.Query, error) {
	sub, err := submission.Parse([]byte(value))
	if err != nil {
		return nil, nil, err
	}
	q, err := c.Check(&sub)
	if err == nil {
		err = c.Fits("q", &sub, q)
	}
	return &sub, q, err
}

func TestRefused(t *testing.T) {
	c := checker(t)
	var many strings.Builder // the older form is not bounded by the parser
	for i := range 60_000 {
		fmt.Fprintf(&many, `{"text":{"_contains":"word number %d"}},`, i)
	}
	for _, test := range []struct {
		value, message, hint string
		line, column         int
	}{
		{"", "the submission is empty: expected SQL or JSON, or a null value to drop the query", "", 0, 0},
		{"SELECT lagn FROM tweets", "unknown column lagn", "did you mean lang?", 1, 8},
		{"SELECT lang\nFROM twets", "unknown stream twets", "did you mean tweets?", 2, 6},
		{"{\"sql\":\n  oops}", "not JSON: invalid character 'o' looking for beginning of value", "", 2, 3},
		{`{"sql":"SELECT id FROM tweets","owners":"x"}`, `the submission has an unknown field "owners": known are sql, owner, labels, options`, `did you mean "owner"?`, 0, 0},
		{`{"SQL":"SELECT id FROM tweets"}`, "", `did you mean "sql"?`, 0, 0},
		{`{"sqll":"SELECT id FROM tweets"}`, "", `did you mean "sql"?`, 0, 0},
		{`{"sql":"SELECT id FROM tweets","options":{"max_grops":1}}`, "", `did you mean "max_groups"?`, 0, 0},
		{`{"sql":"SELECT id FROM tweets","sql":"SELECT lang FROM tweets"}`, "sql: given twice", "", 1, 32},
		{`{}`, "the submission has no query: expected the field \"sql\", or \"select\" of the older form", "", 0, 0},
		{`{"sql":"SELECT id FROM tweets","options":{"grace":"1s"}}`, "option grace is not supported yet: late rows are counted and change no closed window", "leave it out", 0, 0},
		{"CREATE MATERIALIZED VIEW v WITH (grace = '1s') AS SELECT id FROM tweets", "option grace is not supported yet: late rows are counted and change no closed window", "leave it out", 1, 34},
		{`{"select":"lagn"}`, "select: unknown column lagn", "did you mean lang?", 1, 11},
		{`{"fail":{"epoch":1,"reason":"x"}}`, "the submission holds no query", "", 0, 0},
		{`{"select":"id","where":{"_or":[` + many.String() + `{"lang":{"_eq":"en"}}]}}`, "", "split it into several queries", 0, 0},
		{`{"select":"id"` + strings.Repeat(" ", 2<<20) + `}`, "", "split it into several queries", 0, 0},
	} {
		_, _, err := check(c, test.value)
		var p *submission.Problem
		if !errors.As(err, &p) {
			t.Errorf("%.60s: %v", test.value, err)
			continue
		}
		if test.message != "" && p.Message != test.message || p.Hint != test.hint || p.Line != test.line || p.Column != test.column {
			t.Errorf("%.60s: %+v", test.value, p)
		}
		if p.Line > 0 && (!strings.Contains(p.Excerpt, "^") || p.Error() != fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message)) {
			t.Errorf("%.60s: %q %q", test.value, p.Error(), p.Excerpt)
		}
	}
}

func TestAccepted(t *testing.T) {
	c := checker(t)
	for _, test := range []struct{ value, text, sql, note string }{
		{" SELECT count(*) FROM tweets ;", " SELECT count(*) FROM tweets ;", "SELECT count(*) FROM tweets", ""},
		{`{"sql":"SELECT count(*) FROM tweets","owner":"anna","options":{"retention":"1h"}}`, "SELECT count(*) FROM tweets", "SELECT count(*) FROM tweets", ""},
		{
			`{"select":{"agg":"count","field":"*"},"group_by":"lang"}`, `{"select":{"agg":"count","field":"*"},"group_by":"lang"}`,
			"SELECT lang, count(*) FROM tweets GROUP BY lang", "read as SELECT lang, count(*) FROM tweets GROUP BY lang",
		},
	} {
		sub, q, err := check(c, test.value)
		if err != nil {
			t.Errorf("%s: %v", test.value, err)
			continue
		}
		want, err := sql.Compile(test.sql, c.Catalog)
		if err != nil {
			t.Fatal(err)
		}
		if q.Text != test.text || q.Note != test.note || string(q.Plan) != string(plan.Encode(want)) || plan.Format(q.Output) != plan.Format(want) {
			t.Errorf("%s: %+v", test.value, q)
		}
		r := wire.Registry{ID: "q", Epoch: 7, Options: wire.Settings{}.With(sub.Options), Submitted: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
		value, err := c.Record(sub, q, r)
		if err != nil {
			t.Fatal(err)
		}
		var got wire.Registry
		if err := got.Unmarshal(value); err != nil {
			t.Fatal(err)
		}
		if got.SQL != test.text || got.Owner != sub.Owner || got.Epoch != 7 || got.Options != (wire.Settings{}).With(sub.Options) || string(got.Plan) != string(q.Plan) {
			t.Errorf("%s: %+v", test.value, got)
		}
		// What fits does so under every epoch and limit; one byte less, and it may not.
		small := *c
		for small.MaxValue = len(value); small.Fits("q", sub, q) != nil; small.MaxValue++ {
			if small.MaxValue > len(value)+200 {
				t.Fatalf("%s: does not fit into %d bytes, and needs %d", test.value, small.MaxValue, len(value))
			}
		}
		if _, err := small.Record(sub, q, r); err != nil {
			t.Errorf("%s: %v", test.value, err)
		}
	}
}

// TestDefect has a checker that cannot work: what it is told is not the author's.
func TestDefect(t *testing.T) {
	heard := 0
	c := &submission.Checker{MaxValue: 1 << 20, Defect: func(sub *wire.Submission, err error) {
		heard++
		if sub.SQL == "" || !strings.Contains(err.Error(), "panic: ") {
			t.Errorf("%+v: %v", sub, err)
		}
	}}
	if _, err := c.Check(&wire.Submission{Kind: wire.SubmitSQL, SQL: "SELECT id FROM tweets"}); !errors.Is(err, submission.ErrDefect) || heard != 1 {
		t.Errorf("%v, heard %d", err, heard)
	}
}
