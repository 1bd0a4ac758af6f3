package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace/millrace/services/millrace/internal/bench/report"
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
	var wrote, complaint bytes.Buffer
	if code := report.Main([]string{"-docs", docs, results}, &wrote, &complaint); code != 0 {
		t.Fatalf("exit code %d: %s", code, &complaint)
	}
	chart := filepath.Join(docs, "charts", "engines.svg")
	if want := chart + "\n" + filepath.Join(docs, "performance.md") + ": engines\n"; wrote.String() != want {
		t.Errorf("printed %q, want %q", &wrote, want)
	}
	svg, err := os.ReadFile(chart)
	if err != nil || !strings.HasPrefix(string(svg), "<svg ") {
		t.Errorf("%s: %v", svg, err)
	}
	document, err := os.ReadFile(filepath.Join(docs, "performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	if code := report.Main([]string{"-docs", t.TempDir(), results}, &wrote, &complaint); code != 2 || !strings.Contains(complaint.String(), "-docs: ") {
		t.Errorf("without a document: exit code %d, %s", code, &complaint)
	}
	for _, want := range []string{"| shared | 20 |", "| closure | 1 |", "Measured on ", "<!-- /bench:engines -->\n\nThe rest.\n"} {
		if !strings.Contains(string(document), want) {
			t.Errorf("there is no %q in\n%s", want, document)
		}
	}
}
