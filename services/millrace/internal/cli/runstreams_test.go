package cli

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/daemon"
)

const logsSQL = `CREATE STREAM logs (level VARCHAR, source VARCHAR, message VARCHAR) WITH (format = 'tsv');
CREATE VIEW failures AS SELECT source AS host, message FROM logs WHERE level = 'ERROR';
SELECT count(*) AS n FROM logs WHERE level = 'ERROR' AND message CONTAINS 'mysql';
CREATE MATERIALIZED VIEW hosts WITH (owner = 'ops', labels.team = 'db') AS
  SELECT host, count(*) AS n FROM failures WHERE message CONTAINS 'mysql' GROUP BY host;
-- name: posts
SELECT count(*) AS n FROM tweets;
`

// TestRunOverDeclaredStreams: a file declares streams, each format is read as it says,
// and streams are fed beside tweets, or not at all.
func TestRunOverDeclaredStreams(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		writeFile(t, path, text)
		return path
	}
	logs := file("logs.sql", logsSQL)
	lines := file("app.log", "ERROR\tdb1\tlost connection to mysql\nINFO\tdb1\tmysql is up\nERROR\tweb\ttimeout\nERROR\tdb2\tmysql: table is full\nERROR\tshort\n")
	tweets := file("in.ndjson", "{\"id\":1}\n{\"id\":2}\n")
	for _, c := range []struct {
		name        string
		args        []string
		code        int
		out, errOut string
	}{
		{
			"tsv beside tweets",
			[]string{"-f", logs, "logs=" + lines, tweets},
			daemon.ExitOK,
			`{"query":"q1","key":[],"row":{"n":2}}` + "\n" +
				`{"query":"hosts","key":["db1"],"row":{"host":"db1","n":1}}` + "\n" + `{"query":"hosts","key":["db2"],"row":{"host":"db2","n":1}}` + "\n" +
				`{"query":"posts","key":[],"row":{"n":2}}` + "\n",
			"2 fields, 3 are expected: level, source, message",
		},
		{
			"no input for tweets",
			[]string{"-f", logs, "logs=" + lines},
			daemon.ExitOK,
			`{"query":"posts","key":[],"row":{"n":0}}`, "3 queries over 4 documents",
		},
		{
			"json, by whatever name",
			[]string{
				"-f", file("json.sql", `CREATE STREAM wiki (time TIMESTAMP, isRobot BOOLEAN, "user" VARCHAR, tags ARRAY<VARCHAR>) WITH (format = 'json', timestamp = time);
SELECT isrobot, count(*) AS n, sum(cardinality(tags)) AS tags FROM wiki GROUP BY isrobot;
SELECT window_start, count(*) AS n FROM TABLE(TUMBLE(TABLE wiki, DESCRIPTOR(time), INTERVAL '1' DAY)) GROUP BY window_start;`),
				"wiki=" + file("edits.csv", `{"time":"2015-09-12T00:49:12.942Z","isRobot":true,"tags":["a","b"]}`+"\n"+`{"time":"2015-09-13T00:49:12.942Z","isRobot":false,"isrobot":true}`+"\n"),
			},
			daemon.ExitOK,
			`{"query":"q1","key":[false],"row":{"isrobot":false,"n":1,"tags":null}}` + "\n" + `{"query":"q1","key":[true],"row":{"isrobot":true,"n":1,"tags":2}}` + "\n" +
				`{"query":"q2","key":[],"row":{"window_start":"2015-09-12T00:00:00.000Z","n":1},"window":{"start":1442016000000,"end":1442102400000}}`,
			"2 queries over 2 documents",
		},
		{
			"json of several lines, and several on one",
			[]string{
				"-q", "CREATE STREAM notes (a BIGINT, b VARCHAR) WITH (format = json)", "-q", "SELECT sum(a) AS a, count(b) AS b FROM notes",
				"notes=" + file("indented.json", "{\"a\":1,\n \"b\":\"x\"}\n{\"a\":2,\n \"b\":\"y\"}\n"),
				"notes=" + file("follow.txt", "{\"a\":3}{\"a\":4} {\"a\":5}"),
				"notes=" + file("one.log", "{\n\"a\":6\n}"),
				"notes=" + file("lines.x", "{\"a\":7,\n{\"a\":8}\n"),
			},
			daemon.ExitOK, `{"query":"q1","key":[],"row":{"a":29,"b":2}}`, "1 query over 7 documents",
		},
		{
			"csv with a column of JSON",
			[]string{
				"-q", "CREATE STREAM cells (j JSON, k ARRAY<JSON>) WITH (format = csv)",
				"-q", "SELECT j->>'a' AS a, json_typeof(j) AS t, k[2]->>'b' AS b FROM cells",
				"cells=" + file("cells.csv", `"{""a"": 1}","[1, {""b"": 2}]"`+"\n[1],\n5,\nnot so,\n"),
			},
			daemon.ExitOK, `"row":{"a":"1","t":"object","b":"2"}`, "1 query over 4 documents",
		},
		{
			"csv with a header, in any order", []string{
				"-q", "CREATE STREAM rows (a BIGINT, b VARCHAR FROM 'Name') WITH (format = csv, header = true)", "-q", "SELECT b, sum(a) AS a FROM rows GROUP BY b",
				"rows=" + file("rows.txt", "Name,other,a\nx,1,2\nx,1,40\n"),
			}, daemon.ExitOK, `{"query":"q1","key":["x"],"row":{"b":"x","a":42}}`, "1 query over 2 documents",
		},
		{
			"a header in other letters", []string{
				"-q", "CREATE STREAM caps (id BIGINT, b BIGINT) WITH (format = csv, header = true)", "-q", "SELECT count(id) AS n FROM caps",
				"caps=" + file("caps.csv", "ID,b\n1,2\n"),
			}, daemon.ExitOK, `{"query":"q1","key":[],"row":{"n":0}}`, "ID (id)",
		},
		{
			"text", []string{
				"-q", "CREATE STREAM words (line VARCHAR FROM 'text') WITH (format = text)", "-q", "SELECT count(*) AS n FROM words WHERE line ILIKE '%Error%'",
				"words=" + file("words.json", "error: a\nfine\nERROR\n"),
			}, daemon.ExitOK, `{"query":"q1","key":[],"row":{"n":2}}`, "1 query over 3 documents",
		},
		{
			"two streams of the same columns", []string{
				"-q", "CREATE STREAM one (a BIGINT)", "-q", "CREATE STREAM two (a BIGINT)", "-q", "SELECT count(*) AS n FROM one WHERE a > 1", "-q", "SELECT count(*) AS n FROM two WHERE a > 1",
				"one=" + file("one.ndjson", "{\"a\":1}\n{\"a\":2}\n"), "two=" + file("two.ndjson", "{\"a\":2}\n{\"a\":2}\n{\"a\":3}\n"),
			}, daemon.ExitOK, `{"query":"q1","key":[],"row":{"n":1}}` + "\n" + `{"query":"q2","key":[],"row":{"n":3}}`, "2 queries over 5 documents",
		},
		{
			"a query over two streams, and one over what an array holds",
			[]string{
				"-q", "CREATE STREAM left_one (a BIGINT, tags ARRAY<VARCHAR>)", "-q", "CREATE STREAM right_one (a BIGINT)",
				"-q", "SELECT count(*) AS n, sum(a) AS a FROM (SELECT a FROM left_one UNION ALL SELECT a FROM right_one) AS both_of_them",
				"-q", "SELECT h.tag, count(*) AS n FROM left_one CROSS JOIN UNNEST(tags) AS h(tag) GROUP BY h.tag",
				"left_one=" + file("left.ndjson", "{\"a\":1,\"tags\":[\"x\",\"y\"]}\n{\"a\":2,\"tags\":[\"x\"]}\n"), "right_one=" + file("right.ndjson", "{\"a\":40}\n"),
			},
			daemon.ExitOK, `{"query":"q1","key":[],"row":{"n":3,"a":43}}` + "\n" + `{"query":"q2","key":["x"],"row":{"tag":"x","n":2}}` + "\n" + `{"query":"q2","key":["y"],"row":{"tag":"y","n":1}}`,
			"2 queries over 3 documents",
		},
		{
			"what cannot be computed, and what is of another type",
			[]string{
				"-q", "CREATE STREAM n (a BIGINT, b BIGINT)", "-q", "SELECT sum(a / (a - 1)) AS x FROM n", "-q", "SELECT count(b) AS b FROM n WHERE a > 0",
				"n=" + file("n.ndjson", `{"a":1,"b":"x"}`+"\n"+`{"a":2,"b":1}`+"\n"+`{"a":1}`+"\n"),
			},
			daemon.ExitOK, `{"query":"q1","key":[],"row":{"x":2}}`,
			"query q1: 2 rows have values that cannot be computed, such as of a division by zero\n" +
				"query q2: 1 value is of another type than its column, and NULL\n",
		},
		{"a stream that nobody declared", []string{"-f", logs, "log=" + lines}, daemon.ExitUsage, "", "there is no stream log: did you mean logs?"},
		{"a view", []string{"-f", logs, "failures=" + lines}, daemon.ExitUsage, "", "failures is a view: feed the stream that it reads"},
		{"no path", []string{"-f", logs, "logs="}, daemon.ExitUsage, "", "name a file or folder after the ="},
		{
			"a wrong column of a view",
			[]string{"-f", file("bad.sql", "CREATE STREAM logs (level VARCHAR);\n\nCREATE VIEW e AS\n  SELECT leve FROM logs;\nSELECT level FROM e;"), tweets},
			daemon.ExitUsage, "",
			"bad.sql:4:10: unknown column leve\n  4 |   SELECT leve FROM logs;\n    |          ^\nhint: did you mean level?",
		},
		{
			"two wrong queries",
			[]string{
				"-q", "SELECT idd FROM tweets",
				"-f", file("wrong.sql", "CREATE STREAM c (i BIGINT);\n-- name: one\nSELECT j FROM c;\nSELECT i FROM c;\nSELECT i,\n  k, l FROM c;"), tweets,
			},
			daemon.ExitUsage, "",
			"millrace: query q1: 1:8: unknown column idd\n  1 | SELECT idd FROM tweets\n    |        ^\nhint: did you mean id?\n" +
				"millrace: FOLDER/wrong.sql:3:8: unknown column j\n  3 | SELECT j FROM c;\n    |        ^\nhint: columns of c: i\n" +
				"millrace: FOLDER/wrong.sql:6:3: unknown column k\n  6 |   k, l FROM c;\n    |   ^\nhint: columns of c: i\n" +
				"6:6: unknown column l\n",
		},
		{
			"a wrong option",
			[]string{"-f", file("option.sql", "SELECT id FROM tweets;\nCREATE MATERIALIZED VIEW v WITH (onwer = 'a') AS SELECT id FROM tweets;"), tweets},
			daemon.ExitUsage, "",
			"did you mean owner?",
		},
		{"what is in use", []string{"-f", file("use.sql", "CREATE STREAM l (a VARCHAR);\nSELECT a FROM l;\nDROP STREAM l;"), tweets}, daemon.ExitUsage, "", "use.sql:3:13: stream l cannot be dropped: it is used by query q1"},
		{"what to do about it", []string{"-f", file("used.sql", "CREATE STREAM l (a VARCHAR);\nSELECT a FROM l;\nCREATE OR REPLACE STREAM l (b VARCHAR);"), tweets}, daemon.ExitUsage, "", "hint: leave it out: what a run declares ends with it"},
		{"a column called as a keyword", []string{"-f", file("keyword.sql", "CREATE STREAM l (select BIGINT);"), tweets}, daemon.ExitUsage, "", `hint: SELECT means something in queries: a column of that name stands between double quotes: "select"`},
		{"no query", []string{"-q", "SHOW STREAMS", tweets}, daemon.ExitUsage, "", "hint: ask with `millrace sql -c`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := Main(append([]string{"run", "--format", "json", "--partitions", "2"}, c.args...), &stdout, &stderr)
			if code != c.code || !strings.Contains(stdout.String(), c.out) || !strings.Contains(strings.ReplaceAll(stderr.String(), dir, "FOLDER"), c.errOut) {
				t.Errorf("exit code %d, want %d\n%s\nwant\n%s\n%s\nwant %s", code, c.code, stdout.String(), c.out, stderr.String(), c.errOut)
			}
		})
	}
}
