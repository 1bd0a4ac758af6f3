package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/daemon"
)

// bench runs `millrace bench` with the arguments.
func runBench(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(append([]string{"bench"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

// What is wrong is told with what was meant or what is allowed, and exit code 2.
func TestBenchUsage(t *testing.T) {
	empty := write(t, "empty.ndjson", "\n")
	wrong := write(t, "wrong.sql", "SELECT count(*) FROM tweets WHERE txt CONTAINS 'a';")
	for want, args := range map[string][]string{
		`--mix: there is no "keywrods", did you mean keywords?`:              {"scan", "--mix", "keywrods"},
		`--engine: there is no "closures", did you mean closure?`:            {"scan", "--engine", "closures"},
		`--engine: "x" is not allowed here; allowed: shared, closure`:        {"scan", "--engine", "shared,x"},
		`--share: "most" is no level; allowed: none, scan, subexpressions`:   {"scan", "--share", "most"},
		`leaves out nothing; allowed after all: -scan, -subexpressions`:      {"scan", "--share", "all,-scans"},
		`--queries: "many" is not allowed here; allowed: numbers from 1`:     {"scan", "--queries", "1,many"},
		`--queries: "0" is not allowed here`:                                 {"scan", "--queries", "0"},
		`--format: there is no "jsn", did you mean json?`:                    {"scan", "--format", "jsn"},
		`--cores: "0" is not allowed here; allowed: numbers from 1 to `:      {"scan", "--cores", "1,0"},
		`--decoder: there is no "portably", did you mean portable?`:          {"scan", "--decoder", "portably"},
		`--rounds, --documents, --round and --limit must not be negative`:    {"scan", "--rounds", "0"},
		`unknown flag --querys, did you mean --queries?`:                     {"scan", "--querys", "1"},
		`unexpected argument "mixed"`:                                        {"scan", "mixed"},
		"unknown command \"scna\": did you mean `millrace bench scan`?":      {"scna"},
		`--sql and --mix do not go together`:                                 {"scan", "--sql", wrong, "--mix", "mixed"},
		`--lean says how tweets are generated, and does not go with --input`: {"scan", "--lean", "--input", empty},
		`--input: open /no/such`:                                             {"scan", "--input", "/no/such"},
		`empty.ndjson has no documents`:                                      {"scan", "--input", empty},
		`unknown column txt`:                                                 {"scan", "--sql", wrong},
		`--seed: "x" is not allowed here; allowed: a whole number from 0`:    {"scan", "--seed", "x"},
	} {
		code, _, stderr := runBench(t, args...)
		if code != daemon.ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d, %s; want 2 and %s", args, code, stderr, want)
		}
	}
}

// Whoever interrupts a measurement has no figures, and is told so by the exit code, too.
func TestBenchInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root := newRoot()
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	root.SetArgs([]string{"bench", "scan", "--queries", "1", "--documents", "100"})
	err := root.ExecuteContext(ctx)
	if exitCode(err) != daemon.ExitFailed || !strings.Contains(describe(err), "interrupted before the end") {
		t.Errorf("exit code %d, %v", exitCode(err), err)
	}
}

// A file of queries over a file of posts gives one object for each cell.
func TestBenchScanOwnQueries(t *testing.T) {
	sql := write(t, "own.sql", "-- name: all\nSELECT count(*) FROM tweets;\nSELECT lang, count(*) FROM tweets WHERE text CONTAINS 'a' GROUP BY lang;")
	posts := write(t, "posts.ndjson", strings.Repeat(`{"id":1,"text":"abc","lang":"en"}`+"\n"+`{"id":2,"text":"xyz","lang":"de"}`+"\n", 20))
	profile := filepath.Join(t.TempDir(), "profile")
	code, stdout, stderr := runBench(t, "scan", "--sql", sql, "--input", posts, "--engine", "shared,closure", "--format", "json",
		"--rounds", "1", "--round", "1ms", "--profile", profile)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines:\n%s", len(lines), stdout)
	}
	for i, text := range lines {
		var l struct {
			Engine, Mix, Input string
			Queries, Documents int
			Matches            float64 `json:"matches_per_tweet"`
		}
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		if l.Mix != "sql:own.sql" || l.Input != "posts.ndjson" || l.Documents != 40 || l.Queries != 1+i%2 || l.Matches != 1+0.5*float64(i%2) {
			t.Errorf("%s", text)
		}
	}
	if info, err := os.Stat(profile); err != nil || info.Size() == 0 {
		t.Errorf("no profile: %v", err)
	}
}

func TestBenchScanVerify(t *testing.T) {
	code, stdout, stderr := runBench(t, "scan", "--verify", "--mix", "overlap", "--queries", "20", "--documents", "50", "--lean")
	if code != 0 || !strings.HasPrefix(stdout, "overlap, 20 queries over 50 documents: equal: closure; shared, none; shared, scan;") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

func TestBenchScanTable(t *testing.T) {
	code, stdout, stderr := runBench(t, "scan", "--queries", "1,3", "--documents", "20", "--rounds", "1", "--round", "1ms")
	if code != 0 || !strings.Contains(stdout, "tweets/s") || !strings.Contains(stderr, "round 1 of 1, cell 2 of 2: mixed, shared, 3 queries, share all") {
		t.Errorf("exit code %d:\n%s%s", code, stdout, stderr)
	}
}
