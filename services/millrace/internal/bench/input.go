package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"

	"github.com/millrace/millrace/services/millrace/internal/generate"
)

// BatchBytes is how large directory-monitor makes the values of its records.
const BatchBytes = 512 << 10

// Input is documents in memory, cut into the values of records, one document a line.
type Input struct {
	Name      string
	Documents int
	Bytes     int64 // without line breaks

	batch  int // bytes of a value; 0: BatchBytes
	values []value
}

// value is the value of a record.
type value struct {
	bytes     []byte
	documents int
}

// Generated returns n tweets that nobody wrote: of about 4.5 KB, or lean ones of 700
// bytes.
func Generated(seed uint64, n int, lean bool) (*Input, error) {
	g, err := generate.New(generate.Options{Seed: seed, Lean: lean})
	if err != nil {
		return nil, err
	}
	in := &Input{Name: "generated"}
	if lean {
		in.Name = "generated lean"
	}
	var line []byte
	for i := range n {
		line = g.Append(line[:0], int64(i))
		in.add(line)
	}
	return in, nil
}

// Read returns the first n documents of JSON lines, all if n is 0.
func Read(name string, r io.Reader, n int) (*Input, error) {
	in := &Input{Name: filepath.Base(name)}
	lines := bufio.NewReaderSize(r, 1<<20)
	for n == 0 || in.Documents < n {
		line, err := readLine(lines)
		if len(bytes.TrimSpace(line)) > 0 {
			in.add(append(line, '\n'))
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return in, nil
}

// readLine returns a line of any length without its line break.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadBytes('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

// add appends a line with its line break.
func (in *Input) add(line []byte) {
	last, most := len(in.values)-1, in.batch
	if most == 0 {
		most = BatchBytes
	}
	if last < 0 || len(in.values[last].bytes)+len(line) > most && in.values[last].documents > 0 {
		in.values = append(in.values, value{bytes: make([]byte, 0, max(most, len(line)))})
		last++
	}
	v := &in.values[last]
	v.bytes = append(v.bytes, line...)
	v.documents++
	in.Documents++
	in.Bytes += int64(len(line) - 1)
}

// prefix returns the values of the first n documents, and how many bytes they have.
func (in *Input) prefix(n int) (values [][]byte, size int64) {
	for _, v := range in.values {
		if n <= 0 {
			break
		}
		b := v.bytes
		if n < v.documents {
			end := 0
			for range n {
				end += bytes.IndexByte(b[end:], '\n') + 1
			}
			b = b[:end]
		}
		values = append(values, b)
		documents := min(n, v.documents)
		size += int64(len(b) - documents)
		n -= documents
	}
	return values, size
}

// Cut returns the documents cut into values of another size.
func (in *Input) Cut(size int) *Input {
	out := &Input{Name: in.Name, batch: size}
	for _, v := range in.values {
		for line := range bytes.Lines(v.bytes) {
			out.add(line)
		}
	}
	return out
}

// Batches goes over the values, and how many documents each has. They must not be
// changed.
func (in *Input) Batches() iter.Seq2[[]byte, int] {
	return func(yield func([]byte, int) bool) {
		for _, v := range in.values {
			if !yield(v.bytes, v.documents) {
				return
			}
		}
	}
}

// Largest returns how many bytes the longest value has.
func (in *Input) Largest() int {
	most := 0
	for _, v := range in.values {
		most = max(most, len(v.bytes))
	}
	return most
}
