package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/daemon"
)

// What bench scan prints becomes charts and tables.
func TestBenchReport(t *testing.T) {
	results, docs := t.TempDir(), t.TempDir()
	code, stdout, stderr := runBench(t, "scan", "--queries", "1,20", "--engine", "shared,closure", "--documents", "30", "--lean",
		"--rounds", "1", "--round", "1ms", "--format", "json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for path, text := range map[string]string{
		filepath.Join(results, "goal.jsonl"):    stdout,
		filepath.Join(docs, "performance.md"):   "# Performance\n\n<!-- bench:engines -->\n<!-- /bench:engines -->\n\nThe rest.\n",
		filepath.Join(results, "unfinished.md"): "not read",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	code, stdout, stderr = runBench(t, "report", results, "--docs", docs)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	chart := filepath.Join(docs, "charts", "engines.svg")
	if want := chart + "\n" + filepath.Join(docs, "performance.md") + ": engines\n"; stdout != want {
		t.Errorf("printed %q, want %q", stdout, want)
	}
	svg, err := os.ReadFile(chart)
	if err != nil || !strings.HasPrefix(string(svg), "<svg ") {
		t.Errorf("%s: %v", svg, err)
	}
	document, err := os.ReadFile(filepath.Join(docs, "performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| shared | 20 |", "| closure | 1 |", "Measured on ", "<!-- /bench:engines -->\n\nThe rest.\n"} {
		if !strings.Contains(string(document), want) {
			t.Errorf("there is no %q in\n%s", want, document)
		}
	}
}

func TestBenchReportUsage(t *testing.T) {
	for want, args := range map[string][]string{
		"one folder is wanted":    {"report"},
		"no such file":            {"report", filepath.Join(t.TempDir(), "none")},
		"has no .jsonl files of ": {"report", t.TempDir()},
	} {
		code, _, stderr := runBench(t, args...)
		if code != daemon.ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d, %s; want 2 and %s", args, code, stderr, want)
		}
	}
}
