package jsonscan_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// TestFiles holds that both paths find the same in files of real posts, that no
// document leaves the fast one, and that some of them are read as the oracle does.
func TestFiles(t *testing.T) {
	found := false
	for _, variable := range []string{"MILLRACE_TWEETS", "MILLRACE_TWEETS_STREAM", "MILLRACE_TWEETS_SEARCH"} {
		name := os.Getenv(variable)
		if name == "" {
			continue
		}
		found = true
		t.Run(variable, func(t *testing.T) {
			spec := specOf(tweets(t))
			dec := newDecoder(t, spec)
			o := &oracle{spec}
			b := record.NewBatch(dec.Schema())
			n := 0
			for _, doc := range jsonscan.Lines(lines(t, name)) {
				if len(bytes.TrimSpace(doc)) == 0 {
					continue
				}
				if n++; n%100 == 1 {
					compare(t, dec, o, b, doc)
				}
				b.Reset()
				if err := dec.Decode(doc, b); err != nil { // which compares the paths
					t.Fatalf("document %d: %v", n, err)
				}
			}
			if n < 100 || dec.Fallbacks() != 0 {
				t.Errorf("%d documents, %d of them by the slow path", n, dec.Fallbacks())
			}
		})
	}
	if !found {
		t.Skip("no MILLRACE_TWEETS, MILLRACE_TWEETS_STREAM or MILLRACE_TWEETS_SEARCH names a file of posts")
	}
}

// lines returns what is in a file, decompressed by its name.
func lines(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var r io.Reader = file
	switch filepath.Ext(name) {
	case ".gz":
		z, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	case ".zst":
		z, err := zstd.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r = z
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
