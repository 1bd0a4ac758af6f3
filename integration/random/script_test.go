package random_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/libs/sql/parser"
)

// A script is read back as the queries of its seed, and is the same each time.
func TestScript(t *testing.T) {
	docs := random.Documents(7, 500)
	want := random.Queries(7, 200, docs)
	out := filepath.Join(t.TempDir(), "random.sql")
	var stderr bytes.Buffer
	if code := random.Main([]string{"--count", "200", "--seed", "7", "--out", out}, nil, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	script, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	stmts, err := parser.ParseScript(string(script))
	if err != nil {
		t.Fatal(err)
	}
	if len(stmts) != len(want) {
		t.Fatalf("%d statements", len(stmts))
	}
	for i, s := range stmts {
		if s.SQL != want[i] {
			t.Errorf("%s is\n%s, not\n%s", s.ID, s.SQL, want[i])
		}
	}
	var stdout bytes.Buffer
	if code := random.Main([]string{"--count", "200", "--seed", "7"}, &stdout, &stderr); code != 0 || !bytes.Equal(stdout.Bytes(), script) {
		t.Errorf("exit code %d, and another script: %s", code, &stderr)
	}
}

// Literals come from the file that is named.
func TestScriptOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "posts.ndjson")
	if err := os.WriteFile(file, []byte("\n"+`{"id":1,"text":"xyzzy","lang":"qq"}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := random.Main([]string{"--standing", "--sample", file}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	if !bytes.Contains(stdout.Bytes(), []byte("CONTAINS 'xyzzy'")) || !bytes.Contains(stdout.Bytes(), []byte("lang = 'qq'")) {
		t.Error("the script does not ask for what the file has")
	}
	if code := random.Main([]string{"--sample", file + ".gone"}, &stdout, &stderr); code != 1 {
		t.Errorf("exit code %d for a file that is not there", code)
	}
}
