package ddl_test

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
)

// declare applies statements to the catalog that Millrace comes with.
func declare(t *testing.T, statements ...string) *catalog.Catalog {
	t.Helper()
	cat := defaults(t)
	for _, src := range statements {
		_, cmd, err := parser.ParseAny(src)
		if err != nil {
			t.Fatal(err)
		}
		if cat, _, err = ddl.Apply(cat, cmd, src, nil); err != nil {
			t.Fatal(err)
		}
	}
	return cat
}

const (
	createLogs   = `CREATE STREAM logs (level VARCHAR, source VARCHAR, message VARCHAR) WITH (format = 'tsv')`
	createErrors = `CREATE VIEW errors AS SELECT source AS host, message FROM logs WHERE level = 'ERROR'`
	createMySQL  = `CREATE VIEW mysql AS SELECT host FROM errors WHERE message CONTAINS 'mysql'`
)

// A query over a view is the query that one would have written without it: both share
// everything.
func TestViewIsInlined(t *testing.T) {
	cat := declare(t, createLogs, createErrors, createMySQL)
	over, err := sql.Compile("SELECT host, count(*) AS n FROM mysql GROUP BY host", cat)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := sql.Compile("SELECT source AS host, count(*) AS n FROM logs WHERE message CONTAINS 'mysql' AND level = 'ERROR' GROUP BY source", cat)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Fingerprint(over) != plan.Fingerprint(plain) {
		t.Errorf("over the view:\n%swithout:\n%s", plan.Format(over), plan.Format(plain))
	}
}

func TestViewErrors(t *testing.T) {
	cat := declare(t, createLogs, createErrors, createMySQL)
	for src, want := range map[string]string{
		"SELECT level FROM errors": "1:8",
		"SELECT host FROM error":   "did you mean errors?",
		`SELECT host FROM "Mysql"`: "unknown stream",
	} {
		_, err := sql.Compile(src, cat)
		told := ""
		if e, ok := err.(interface{ Render() string }); ok {
			told = e.Render()
		}
		if !strings.Contains(told, want) {
			t.Errorf("%s: %v\n%s", src, err, told)
		}
	}
}

// A view that reads a stream by a name that is looked up as the stream's holds it.
func TestViewHoldsWhatItFinds(t *testing.T) {
	cat := declare(t, createLogs, "CREATE VIEW v AS SELECT level FROM log\u017f")
	if _, err := sql.Compile("SELECT level FROM v", cat); err != nil {
		t.Fatal(err)
	}
	const drop = "DROP STREAM logs"
	_, cmd, err := parser.ParseAny(drop)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ddl.Apply(cat, cmd, drop, nil); err == nil || !strings.Contains(err.Error(), "it is used by view v") {
		t.Errorf("dropped: %v", err)
	}
}
