package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/daemon"
)

func TestUnnamedStatementsAreNumberedAmongAll(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "1.sql"), filepath.Join(dir, "2.sql")
	writeFile(t, one, "SELECT count(*) FROM tweets;\n-- name: langs\nSELECT lang FROM tweets;")
	writeFile(t, two, "SELECT id FROM tweets;")
	stmts, err := statements([]string{"SELECT text FROM tweets"}, []string{one, two})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range stmts.stmts {
		ids = append(ids, s.ID)
	}
	if got := strings.Join(ids, " "); got != "q1 q2 langs q4" {
		t.Errorf("ids are %s", got)
	}
}

// TestRunFromTheCommandLine drives run as a person does: results on standard
// output, the rest on standard error, and an exit code.
func TestRunFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	input, script := filepath.Join(dir, "in.ndjson"), filepath.Join(dir, "q.sql")
	writeFile(t, input, "{\"id\":1,\"lang\":\"en\"}\n{\"id\":2,\"lang\":\"de\"}\nbroken\n")
	writeFile(t, script, "-- name: all\nSELECT count(*) AS n FROM tweets;\nSELECT lang, count(*) AS n FROM tweets GROUP BY lang;")
	writeFile(t, filepath.Join(dir, "cut.ndjson"), "\uFEFF{\"id\":1,\"lang\":\"en\"}\n\n \n{\"id\":2,\"lang\":")
	writeFile(t, filepath.Join(dir, "array.ndjson"), "[\n{\"id\":1},\nnull\n")
	writeFile(t, filepath.Join(dir, "array.json"), "[\n{\"id\":1,\"lang\":\"en\"},\n{\"id\":2,\"lang\":\"x\n{\"id\":3,\n \"lang\":\"de\"}]\n")
	writeFile(t, filepath.Join(dir, "rows.csv"), "id,lang,text\n1,en,\"a, \"\"b\"\"\nc\"\n2,de\n3,de,x\n")
	writeFile(t, filepath.Join(dir, "rows.dat"), "4\ten\ta\\tb\n")
	writeFile(t, filepath.Join(dir, "twice.csv"), "id,lang,id\n1,en,2\n")
	writeFile(t, filepath.Join(dir, "words.txt"), "hello\n\nworld\n")
	writeFile(t, filepath.Join(dir, "wide.csv"), "i\x00d\x00,\x00l\x00\n\x00")
	writeFile(t, filepath.Join(dir, "notes.bin"), "\x7fELF\x00\x00\n\n\n")
	writeFile(t, filepath.Join(dir, "empty"), "")
	for _, c := range []struct {
		name        string
		args        []string
		code        int
		out, errOut string
	}{
		{
			"json",
			[]string{"run", "--format", "json", "--partitions", "2", "-f", script, input},
			daemon.ExitOK,
			"{\"query\":\"all\",\"key\":[],\"row\":{\"n\":2}}\n" +
				"{\"query\":\"q2\",\"key\":[\"de\"],\"row\":{\"lang\":\"de\",\"n\":1}}\n{\"query\":\"q2\",\"key\":[\"en\"],\"row\":{\"lang\":\"en\",\"n\":1}}\n",
			"2 queries over 2 documents",
		},
		{"csv", []string{"run", "--format", "csv", "-q", "SELECT lang, count(*) AS n FROM tweets GROUP BY lang", input}, daemon.ExitOK, "lang,n\nde,1\nen,1\n", "; 1 line could not be read:\n  " + input + ", line 3: byte 0: not a JSON document: \"broken\"\n"},
		{"cut off", []string{"run", "--format", "csv", "-q", "SELECT lang, count(*) AS n FROM tweets GROUP BY lang", filepath.Join(dir, "cut.ndjson")}, daemon.ExitOK, "lang,n\nen,1\n", "; 1 line could not be read:\n  " + filepath.Join(dir, "cut.ndjson") + ", line 4: byte 15: the document ends too early: \"{\\\"id\\\":2,\\\"lang\\\":\"\n"},
		{"nothing readable", []string{"run", "-q", "SELECT count(*) AS n FROM tweets", filepath.Join(dir, "array.ndjson"), filepath.Join(dir, "notes.bin")}, daemon.ExitFailed, "", "; 3 lines and 1 file could not be read:\n"},
		{"nothing readable, and why", []string{"run", "-q", "SELECT count(*) AS n FROM tweets", filepath.Join(dir, "array.ndjson")}, daemon.ExitFailed, "", "line 1: byte 1: the document ends too early: one document per line is expected; this looks like a JSON array (name its file .json, or use jq -c '.[]'): \"[\"\n"},
		{
			"every format",
			[]string{"run", "--format", "csv", "-q", "SELECT lang, count(*) AS n, max(text) AS t FROM tweets GROUP BY lang", dir + "/array.json", dir + "/rows.csv", dir + "/words.txt"},
			daemon.ExitOK, "lang,n,t\n,2,world\nde,2,x\nen,2,\"a, \"\"b\"\"\nc\"\n",
			"; 2 lines could not be read:\n  " + dir + "/array.json, line 3: broken JSON: byte 17: a line break in a string; reading goes on at the next line that begins like a document: ",
		},
		{
			"declared columns",
			[]string{"run", "--format", "csv", "--input-format", "tsv", "--columns", "id,lang,text", "-q", "SELECT id, text FROM tweets", dir + "/rows.dat"},
			daemon.ExitOK, "id,text\n4,a\tb\n", "over 1 documents",
		},
		{"a header with a name twice", []string{"run", "-q", "SELECT id FROM tweets", dir + "/twice.csv"}, daemon.ExitFailed, "", dir + "/twice.csv: its first line names the columns: columns 1 and 3 are both called \"id\"; correct it, or declare the columns (--columns)"},
		{"UTF-16", []string{"run", "-q", "SELECT id FROM tweets", dir + "/wide.csv"}, daemon.ExitFailed, "", dir + "/wide.csv: UTF-16 text, UTF-8 is expected: convert it (iconv -f UTF-16 -t UTF-8)"},
		{"no such format", []string{"run", "--input-format", "cvs", "-q", "SELECT id FROM tweets", input}, daemon.ExitUsage, "", "auto, ndjson, json, csv, tsv, text"},
		{"columns twice", []string{"run", "--columns", "a,a", "-q", "SELECT id FROM tweets", input}, daemon.ExitUsage, "", "columns 1 and 2 are both called \"a\""},
		{"nothing to read", []string{"run", "--format", "csv", "-q", "SELECT count(*) AS n FROM tweets", filepath.Join(dir, "empty")}, daemon.ExitOK, "n\n0\n", "over 0 documents"},
		{"twice", []string{"run", "--format", "csv", "-q", "SELECT count(*) AS n FROM tweets", input, filepath.Join(dir, "in.ndjson")}, daemon.ExitOK, "n\n2\n", "inputs that are given more than once are read once"},
		{"invalid SQL", []string{"run", "-q", "SELECT lng FROM tweets", input}, daemon.ExitUsage, "", "hint: did you mean lang?"},
		{"no such input", []string{"run", "-q", "SELECT id FROM tweets", filepath.Join(dir, "none")}, daemon.ExitUsage, "", "does not exist"},
		{"no query", []string{"run", input}, daemon.ExitUsage, "", "give one with -q SQL"},
		{"standard input", []string{"run", "-q", "SELECT id FROM tweets", "-"}, daemon.ExitUsage, "", "standard input is not supported"},
		{"two in one -q", []string{"run", "-q", "SELECT id FROM tweets; SELECT lang FROM tweets", input}, daemon.ExitUsage, "", "-q holds 2 statements: repeat -q"},
		{"several as csv", []string{"run", "--format", "csv", "-q", "SELECT count(*) AS n FROM tweets", "-q", "SELECT count(*) AS n FROM tweets WHERE lang = 'en'", "-q", "SELECT max(lang) AS m, min(text) AS t FROM tweets WHERE lang = 'xx'", input}, daemon.ExitOK, "query,n\nq1,2\nq2,1\nquery,m,t\nq3,,\n", ""},
		{"no input", []string{"run", "-q", "SELECT id FROM tweets"}, daemon.ExitUsage, "", "no input: name files"},
		{"nothing at all", []string{"run"}, daemon.ExitUsage, "", "no input: name files"},
		{"misspelt EXPLAIN", []string{"run", "-q", "EXPLAIN SHARNG SELECT id FROM tweets", input}, daemon.ExitUsage, "", "hint: did you mean SHARING?"},
		{"EXPLAIN of what is not valid", []string{"run", "-q", "EXPLAIN SELECT lng FROM tweets"}, daemon.ExitUsage, "", "1:16: unknown column lng"},
		{"EXPLAIN as csv", []string{"run", "--format", "csv", "-q", "EXPLAIN SELECT id FROM tweets"}, daemon.ExitUsage, "", "an explanation is no table"},
		{"misspelt command", []string{"qurey", "list"}, daemon.ExitUsage, "", "did you mean `millrace query`?"},
		{"misspelt subcommand", []string{"query", "lst"}, daemon.ExitUsage, "", "did you mean `millrace query list`?"},
		{"version", []string{"version"}, daemon.ExitOK, "millrace " + daemon.Version() + "\n", ""},
		{"wrong number", []string{"generate", "--count", "many"}, daemon.ExitUsage, "", "allowed: a whole number"},
		{"wrong share", []string{"generate", "--malformed", "2"}, daemon.ExitUsage, "", "from 0 to 1"},
		{"wrong speed", []string{"replay", "--speed", "fast", "--to", dir, input}, daemon.ExitUsage, "", "such as 60x, or max"},
		{"unknown flag", []string{"run", "--formt", "json", input}, daemon.ExitUsage, "", "did you mean --format?"},
		{"reset without servers", []string{"reset", "--yes"}, daemon.ExitUsage, "", "millrace reset --yes --brokers 127.0.0.1:9092 --redis 127.0.0.1:6379"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			code := Main(c.args, &out, &errOut)
			if code != c.code || out.String() != c.out || !strings.Contains(errOut.String(), c.errOut) {
				t.Errorf("exit code %d, want %d\n%s\nwant\n%s\nstandard error\n%s\nwants %q", code, c.code, out.String(), c.out, errOut.String(), c.errOut)
			}
		})
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRunExplains explains statements beside those that run.
func TestRunExplains(t *testing.T) {
	input := filepath.Join(t.TempDir(), "in.ndjson")
	writeFile(t, input, "{\"id\":1,\"lang\":\"en\"}\n{\"id\":2,\"lang\":\"de\"}\n")
	for _, c := range []struct {
		name         string
		args         []string
		begins, ends string
		has          []string
	}{
		{
			"alone",
			[]string{"run", "-q", "EXPLAIN SELECT lang FROM tweets WHERE lang = 'en'"},
			"  EXPLAIN SELECT lang FROM tweets WHERE lang = 'en'\n\nlogical plan\n", "",
			[]string{"access: direct, about 2 % of all rows (a guess)"},
		},
		{
			"as JSON",
			[]string{"run", "-q", "EXPLAIN (FORMAT JSON) SELECT lang FROM tweets", "-q", "EXPLAIN (FORMAT JSON) SELECT id FROM tweets"},
			`{"sql":"EXPLAIN (FORMAT JSON) SELECT lang FROM tweets","running":false,`, "]}}\n",
			[]string{`"text":"Scan tweets"`},
		},
		{
			"beside another",
			[]string{"run", "-q", "SELECT count(*) AS n FROM tweets WHERE lang = 'en'", "-q", "EXPLAIN SHARING SELECT max(id) AS m FROM tweets WHERE lang = 'en'", input},
			"-- name: q2\n", "\nn\n-\n1\n",
			[]string{"sharing with 1 other query", "would reuse\n    scan ", "eq(lang, 'en'): 0.7 ns per document"},
		},
		{
			"beside another, as JSON",
			[]string{"run", "--format", "json", "-q", "EXPLAIN SHARING SELECT max(id) AS m FROM tweets WHERE lang = 'en'", "-q", "SELECT count(*) AS n FROM tweets", input},
			`{"sql":"EXPLAIN SHARING `, `{"query":"q2","key":[],"row":{"n":2}}` + "\n",
			[]string{`"sharing":{"queries":1,`},
		},
	} {
		var out, errOut bytes.Buffer
		if code := Main(c.args, &out, &errOut); code != daemon.ExitOK {
			t.Errorf("%s: exit code %d, %s", c.name, code, errOut.String())
		}
		got := out.String()
		if !strings.HasPrefix(got, c.begins) || !strings.HasSuffix(got, c.ends) {
			t.Errorf("%s:\n%s", c.name, got)
		}
		for _, want := range c.has {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, got)
			}
		}
	}
}
