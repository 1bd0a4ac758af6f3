package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/daemon"
)

func TestSQL(t *testing.T) {
	for _, c := range []struct {
		name, statement, answer string
		code                    int
		asked, out, errOut      string
		form                    string
	}{
		{
			name: "a table", statement: "SHOW STREAMS", answer: `200 {"statement":"SHOW STREAMS","columns":["name","topic"],"rows":[["tweets","millrace.tweets"]]}`,
			asked: `POST /sql {"sql":"SHOW STREAMS"}`, out: "name    topic\n----    -----\ntweets  millrace.tweets\n",
		},
		{
			name: "a definition", statement: "DESCRIBE s", answer: `200 {"statement":"DESCRIBE","columns":["column"],"rows":[["a"]],"definition":"CREATE STREAM s (\n  a BIGINT\n)"}`,
			asked: `POST /sql {"sql":"DESCRIBE s"}`, out: "column\n------\na\n\nCREATE STREAM s (\n  a BIGINT\n)\n",
		},
		{
			name: "an explanation", statement: "EXPLAIN SELECT id FROM tweets", answer: `200 {"statement":"EXPLAIN","text":"query\n  plan\n","explanation":{}}`,
			asked: `EXPLAIN`, out: "query\n  plan\n",
		},
		{
			name: "a query", statement: "CREATE MATERIALIZED VIEW v AS SELECT id FROM tweets", answer: `202 {"statement":"CREATE MATERIALIZED VIEW","id":"v","epoch":7,"state":"submitted"}`,
			asked: `CREATE`, out: "v: submitted, epoch 7\n",
		},
		{
			name: "a stream", statement: "DROP STREAM logs", answer: `200 {"statement":"DROP STREAM","id":"logs","epoch":7,"state":"dropped","note":"its topic stays"}`,
			asked: `DROP STREAM logs`, out: "logs: dropped, epoch 7\nits topic stays\n",
		},
		{
			name: "nothing to do", statement: "DROP VIEW IF EXISTS v", answer: `200 {"statement":"DROP VIEW","id":"v","note":"there is no view v"}`,
			asked: `DROP VIEW`, out: "there is no view v\n",
		},
		{
			name: "in use", statement: "DROP STREAM logs", answer: `422 {"type":"urn:millrace:problem:rejected","title":"The statement was rejected","status":422,"detail":"it is used by query q","line":1,"column":13,"hint":"drop q","code":"2BP01","epoch":7}`,
			code: daemon.ExitUsage, asked: "DROP STREAM", errOut: "1:13: it is used by query q\n  1 | DROP STREAM logs\n    |             ^\nhint: drop q",
		},
		{
			name: "json", statement: "SHOW VIEWS", answer: `200 {"statement":"SHOW VIEWS","columns":["name"],"rows":[]}`, form: "json",
			asked: `SHOW VIEWS`, out: `{"statement":"SHOW VIEWS","columns":["name"],"rows":[]}` + "\n",
		},
		{
			name: "wrong", statement: "SHOW STREMS", answer: `422 {"type":"urn:millrace:problem:invalid-sql","title":"The query is not valid","status":422,"detail":"expected STREAMS","line":1,"column":6,"hint":"did you mean STREAMS?"}`,
			code: daemon.ExitUsage, asked: "SHOW STREMS", errOut: "1:6: expected STREAMS\n  1 | SHOW STREMS\n    |      ^\nhint: did you mean STREAMS?",
		},
		{name: "several", statement: "SHOW STREAMS; SHOW VIEWS", code: daemon.ExitUsage, errOut: "-c holds 2 statements: say each by itself"},
		{name: "none", statement: " ", code: daemon.ExitUsage, errOut: `give one with -c, as in millrace sql -c "SHOW STREAMS"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newService(t, map[string]string{"POST /sql": c.answer})
			args := []string{"sql", "-c", c.statement, "--server", s.URL}
			if c.form != "" {
				args = append(args, "--format", c.form)
			}
			var stdout, stderr bytes.Buffer
			code := Main(args, &stdout, &stderr)
			if code != c.code || stdout.String() != c.out || !strings.Contains(stderr.String(), c.errOut) {
				t.Errorf("exit code %d, want %d\n%s\nwant\n%s\n%s\nwant\n%s", code, c.code, stdout.String(), c.out, stderr.String(), c.errOut)
			}
			if asked := strings.Join(s.asked, "\n"); !strings.Contains(asked, c.asked) {
				t.Errorf("asked %s", asked)
			}
		})
	}
}
