package pipeline_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/millrace/millrace/integration/pipeline"
	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/services/millrace"
)

// TestFolderOfGoodAndBrokenFiles: what can be read counts, once, and what cannot
// costs itself alone.
func TestFolderOfGoodAndBrokenFiles(t *testing.T) {
	const seed = 9
	dir := t.TempDir()
	docs := random.Documents(seed, 900)
	queries := map[string]string{}
	for i, text := range random.Queries(seed, 120, docs) {
		queries[fmt.Sprintf("q%03d", i)] = text
	}
	set, err := reference.NewSet(queries)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := func(docs [][]byte) []byte {
		for _, d := range docs {
			_ = set.Add(d)
		}
		return append(bytes.Join(docs, []byte("\n")), '\n')
	}
	write("a.ndjson", good(docs[:300]))
	write("sub/b.ndjson.gz", gzipped(t, good(docs[300:600])))
	write("c.ndjson.zst", zstandard(t, good(docs[600:])))
	write("empty.ndjson", nil)
	write("broken.ndjson", bytes.Join(random.Broken(seed, 30), []byte("\n")))
	write("not-gzip.ndjson.gz", []byte("this is no gzip stream"))
	garbage := make([]byte, 200_000)
	rnd := rand.New(rand.NewPCG(seed, 1))
	for i := range garbage {
		garbage[i] = byte(rnd.Uint32())
	}
	write("garbage.ndjson", garbage)
	write("long.ndjson", append(bytes.Repeat([]byte("x"), 3<<20), '\n'))
	write("c.ndjson.zst.tmp", good(nil))

	var out millrace.Outcome
	e := pipeline.Engine{Dir: t.TempDir(), Log: logger(t), Outcome: &out}
	got, err := e.RunFiles(limit(t, 2*time.Minute), queries, dir)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, queries, got, set.Rows())
	if out.Documents != int64(len(docs)) {
		t.Errorf("%d documents, want %d", out.Documents, len(docs))
	}
	if out.DeadLetters == 0 {
		t.Error("nothing became a dead letter")
	}
}

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstandard(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return z.EncodeAll(b, nil)
}
