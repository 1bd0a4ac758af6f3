package pipeline_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/services/millrace"
)

// TestRealStreams: Wikipedia edits and GitHub events need CREATE STREAM and no code.
// MILLRACE_EDITS and MILLRACE_EVENTS name the files.
func TestRealStreams(t *testing.T) {
	edits, events := os.Getenv("MILLRACE_EDITS"), os.Getenv("MILLRACE_EVENTS")
	if edits == "" || events == "" {
		t.Skip("MILLRACE_EDITS or MILLRACE_EVENTS does not name a file")
	}
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{
		"CREATE STREAM wiki (time TIMESTAMP, page VARCHAR, added BIGINT, isRobot BOOLEAN, countryName VARCHAR) WITH (timestamp = 'time')",
		"CREATE STREAM github (type VARCHAR, repo.name VARCHAR, authors ARRAY<VARCHAR> FROM 'payload.commits[].author.name') WITH (format = 'json')",
		"CREATE VIEW robots AS SELECT page, added FROM wiki WHERE isRobot",
	} {
		_, cmd, err := parser.ParseAny(src)
		if err != nil {
			t.Fatal(err)
		}
		if cat, _, err = sql.Declare(cat, cmd, src, nil); err != nil {
			t.Fatal(err)
		}
	}
	job := millrace.Job{
		Config: millrace.Config{Dir: t.TempDir(), Log: logger(t)}, Catalog: cat,
		Feeds: []millrace.Feed{{Stream: "wiki", Inputs: []string{edits}}, {Stream: "github", Inputs: []string{events}}},
	}
	wanted := []struct{ sql, rows string }{
		{"SELECT count(*) AS n, sum(added) AS added FROM robots", `{"n":15405,"added":1755790}`},
		{
			"SELECT window_start, count(*) AS n FROM TABLE(TUMBLE(TABLE wiki, DESCRIPTOR(time), INTERVAL '12' HOUR)) GROUP BY window_start",
			`{"window_start":"2015-09-12T00:00:00.000Z","n":16467} {"window_start":"2015-09-12T12:00:00.000Z","n":22732}`,
		},
		{"SELECT count(*) AS n, sum(cardinality(authors)) AS commits FROM github WHERE type = 'PushEvent'", `{"n":13,"commits":16}`},
	}
	for i, w := range wanted {
		job.Queries = append(job.Queries, millrace.Statement{ID: fmt.Sprintf("q%d", i), SQL: w.sql})
	}
	out, err := millrace.Bounded(limit(t, 5*time.Minute), job)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range wanted {
		var rows []string
		for _, r := range out.Rows[i] {
			rows = append(rows, string(r.Row))
		}
		if got := strings.Join(rows, " "); got != w.rows {
			t.Errorf("%s: %s, want %s", w.sql, got, w.rows)
		}
	}
}
