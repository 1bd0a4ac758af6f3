package random

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// longest is the longest line that [Lines] takes.
const longest = 2 << 20

// Read returns the first documents of a file of JSON lines, plain, .gz or .zst: n
// of them, or all that there are.
func Read(path string, n int) ([][]byte, error) {
	var docs [][]byte
	if n <= 0 {
		return nil, nil
	}
	err := Lines(path, func(line []byte) bool {
		docs = append(docs, bytes.Clone(line))
		return len(docs) < n
	})
	return docs, err
}

// Lines calls fn with each line of a file that is not blank, plain, .gz or .zst,
// while it returns true. The line is valid until fn returns.
func Lines(path string, fn func(line []byte) bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read documents: %w", err)
	}
	defer f.Close()
	var r io.Reader = f
	switch {
	case strings.HasSuffix(path, ".gz"):
		z, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		r = z
	case strings.HasSuffix(path, ".zst"):
		z, err := zstd.NewReader(f)
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		defer z.Close()
		r = z
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, longest)
	for s.Scan() {
		if len(bytes.TrimSpace(s.Bytes())) > 0 && !fn(s.Bytes()) {
			return nil
		}
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
