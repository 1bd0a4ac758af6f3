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
	for _, s := range stmts {
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
		{"csv", []string{"run", "--format", "csv", "-q", "SELECT lang, count(*) AS n FROM tweets GROUP BY lang", input}, daemon.ExitOK, "lang,n\nde,1\nen,1\n", "1 lines or files could not be read"},
		{"invalid SQL", []string{"run", "-q", "SELECT lng FROM tweets", input}, daemon.ExitUsage, "", "hint: did you mean lang?"},
		{"no such input", []string{"run", "-q", "SELECT id FROM tweets", filepath.Join(dir, "none")}, daemon.ExitUsage, "", "does not exist"},
		{"no query", []string{"run", input}, daemon.ExitUsage, "", "give one with -q SQL"},
		{"unknown flag", []string{"run", "--formt", "json", input}, daemon.ExitUsage, "", "did you mean --format?"},
		{"reset without servers", []string{"reset", "--yes"}, daemon.ExitUsage, "", "embedded ones are new at every start"},
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
