package generate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func run(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := Command()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(io.Discard)
	err := cmd.ExecuteContext(t.Context())
	return out.Bytes(), err
}

func TestCommandWritesTheSameEverywhere(t *testing.T) {
	dir := t.TempDir()
	want, err := run(t, "--count", "200", "--seed", "4", "--lean")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(want, []byte("\n")); n != 200 {
		t.Fatalf("got %d lines, want 200", n)
	}
	for _, c := range []struct {
		file string
		open func(io.Reader) (io.Reader, error)
	}{
		{"tweets.ndjson", func(r io.Reader) (io.Reader, error) { return r, nil }},
		{"tweets.ndjson.gz", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{"tweets.ndjson.zst", func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) }},
	} {
		name := filepath.Join(dir, c.file)
		if _, err := run(t, "-n", "200", "--seed", "4", "--lean", "-o", name); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.open(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s holds other lines than standard output", c.file)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCommandRefuses(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--start yesterday", `--start: "yesterday" is not allowed here; allowed: a time such as 2016-10-01T00:00:00Z`},
		{"--count=-1", "--count and --rate must not be negative"},
		{"--malformed 2", "--malformed: 2 is not allowed here; allowed: a share of the lines, from 0 to 1"},
		{"--output /nowhere/at/all.ndjson", "create output: open /nowhere/at/all.ndjson: no such file or directory"},
		{"tweets.ndjson", `unexpected argument "tweets.ndjson": name the file to write with --output`},
	} {
		if _, err := run(t, strings.Fields(c.args)...); err == nil || err.Error() != c.want {
			t.Errorf("generate %s: error %v, want %s", c.args, err, c.want)
		}
	}
}

// TestRate writes 100 lines at 50 a second, on a clock of its own.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGenerator(t, Options{Seed: 1, Lean: true})
		var out bytes.Buffer
		begun := time.Now()
		if err := Write(t.Context(), g, &out, 100, 50); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took < 1970*time.Millisecond || took > 2*time.Second {
			t.Errorf("100 lines at 50 a second took %v", took)
		}
		if n := bytes.Count(out.Bytes(), []byte("\n")); n != 100 {
			t.Errorf("got %d lines, want 100", n)
		}
	})
}

func TestWriteWithoutEndStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	w := writerFunc(func(b []byte) (int, error) {
		if n += len(b); n > 1<<20 {
			cancel()
		}
		return len(b), nil
	})
	if err := Write(ctx, newGenerator(t, Options{Seed: 1}), w, 0, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
