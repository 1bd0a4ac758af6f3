package reference_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
)

// TestManyQueriesOverTweets runs 1,000 standing queries over a file of tweets
// and prints how long it took, which is what tests of the whole will wait.
func TestManyQueriesOverTweets(t *testing.T) {
	path := os.Getenv("MILLRACE_TWEETS")
	if path == "" {
		t.Skip("MILLRACE_TWEETS names no file of tweets (.ndjson, .gz or .zst)")
	}
	docs := lines(t, path)
	step := max(1, len(docs)/2000)
	var sample [][]byte
	for i := 0; i < len(docs); i += step {
		sample = append(sample, docs[i])
	}
	g := random.New(1, sample)
	queries := map[string]string{}
	for i := range 1000 {
		queries[fmt.Sprintf("q%d", i+1)] = g.Standing()
	}
	set, err := reference.NewSet(queries)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, d := range docs {
		_ = set.Add(d) // bad ones are counted
	}
	rows, empty := 0, 0
	for _, rs := range set.Rows() {
		rows += len(rs)
		if len(rs) == 0 {
			empty++
		}
	}
	t.Logf("%d documents, %d bad, %d queries: %d rows, %d queries without any, in %v",
		set.Documents(), set.Bad(), len(queries), rows, empty, time.Since(began).Round(time.Millisecond))
	if set.Documents() == set.Bad() || rows == 0 {
		t.Error("nothing was read")
	}
}

func lines(t *testing.T, path string) [][]byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // read only
	var r io.Reader = f
	switch {
	case strings.HasSuffix(path, ".zst"):
		z, err := zstd.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r = z
	case strings.HasSuffix(path, ".gz"):
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	}
	var docs [][]byte
	s := bufio.NewScanner(r)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		docs = append(docs, append([]byte(nil), s.Bytes()...))
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return docs
}
