package split

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

type got struct {
	text       string // "" for a long line
	start      int64
	next       int64
	terminated bool
	length     int64
	sum        string
}

// readAll returns all lines and, last, the rest.
func readAll(t *testing.T, r *Reader) []got {
	t.Helper()
	var all []got
	add := func(l *Record) {
		g := got{text: string(l.Bytes), start: l.Start, next: l.Next, terminated: l.Terminated, length: l.Len()}
		if l.Long != nil {
			_, g.sum = l.Digest()
		}
		all = append(all, g)
	}
	for {
		line, err := r.Next()
		switch {
		case errors.Is(err, ErrMore):
		case errors.Is(err, io.EOF):
			if rest, ok := r.TakeRest(); ok {
				add(rest)
			}
			return all
		case err != nil:
			t.Fatal(err)
		default:
			add(line)
		}
	}
}

func sum(s string) string {
	d := sha256.Sum256([]byte(s))
	return hex.EncodeToString(d[:])
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 11)
	for _, test := range []struct {
		name, text string
		want       []got
	}{
		{"empty", "", nil},
		{"one", "ab\n", []got{{"ab", 0, 3, true, 2, ""}}},
		{"rest", "ab\nc", []got{{"ab", 0, 3, true, 2, ""}, {"c", 3, 4, false, 1, ""}}},
		{"blank", "\n\r\n", []got{{"", 0, 1, true, 0, ""}, {"\r", 1, 3, true, 1, ""}}},
		{"just fits", "0123456789\na\n", []got{{"0123456789", 0, 11, true, 10, ""}, {"a", 11, 13, true, 1, ""}}},
		{"too long", "a\n" + long + "\nb\n", []got{{"a", 0, 2, true, 1, ""}, {"", 2, 14, true, 11, sum(long)}, {"b", 14, 16, true, 1, ""}}},
		{"long rest", long, []got{{"", 0, 11, false, 11, sum(long)}}},
	} {
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "eof with data": iotest.DataErrReader,
		} {
			r := New(10)
			r.Reset(wrap(strings.NewReader(test.text)), 0, 0, Lines())
			all := readAll(t, r)
			if len(all) != len(test.want) {
				t.Fatalf("%s, %s: got %+v, want %+v", test.name, name, all, test.want)
			}
			for i := range all {
				if all[i] != test.want[i] {
					t.Errorf("%s, %s, line %d: got %+v, want %+v", test.name, name, i, all[i], test.want[i])
				}
			}
		}
	}
}

// TestAgainstSplit compares with bytes.Split on random input that is read in
// random pieces, with the stream growing in between.
func TestAgainstSplit(t *testing.T) {
	const seed = 7
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 50 {
		limit := 1 + rnd.IntN(chunk)
		var text []byte
		for range rnd.IntN(20) {
			n := rnd.IntN(40)
			if rnd.IntN(4) == 0 {
				n = rnd.IntN(2 * chunk)
			}
			text = append(text, bytes.Repeat([]byte{byte('a' + rnd.IntN(26))}, n)...)
			if rnd.IntN(8) > 0 {
				text = append(text, '\n')
			}
		}
		grown := 0
		src := readerFunc(func(p []byte) (int, error) {
			if grown == len(text) || rnd.IntN(5) == 0 {
				return 0, io.EOF
			}
			n := copy(p[:1+rnd.IntN(len(p))], text[grown:])
			grown += n
			return n, nil
		})
		r := New(limit)
		r.Reset(src, 0, 0, Lines())
		offset := int64(0)
		parts := bytes.Split(text, []byte{'\n'})
		for i := 0; i < len(parts); {
			last := i == len(parts)-1
			line, err := r.Next()
			if err != nil {
				if errors.Is(err, ErrMore) || (errors.Is(err, io.EOF) && grown < len(text)) {
					continue
				}
				if !errors.Is(err, io.EOF) || !last {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if line, _ = r.TakeRest(); line == nil && len(parts[i]) == 0 {
					break
				}
			}
			if line.Start != offset || line.Len() != int64(len(parts[i])) || (line.Long != nil) != (len(parts[i]) > limit) {
				t.Fatalf("seed %d, limit %d: line %d is %d bytes at %d, want %d at %d", seed, limit, i, line.Len(), line.Start, len(parts[i]), offset)
			}
			prefix, digest := line.Digest()
			if digest != sum(string(parts[i])) || !bytes.HasPrefix(parts[i], prefix) {
				t.Fatalf("seed %d: line %d has other bytes", seed, i)
			}
			offset = line.Next
			i++
		}
		if r.Position() != int64(len(text)) {
			t.Fatalf("position %d, want %d", r.Position(), len(text))
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestStreamErrorComesAfterItsLines(t *testing.T) {
	broken := errors.New("broken")
	r := New(10)
	r.Reset(io.MultiReader(strings.NewReader("a\nbc"), iotest.ErrReader(broken)), 100, 7, Lines())
	line, err := r.Next()
	if err != nil || string(line.Bytes) != "a" || line.Start != 100 || line.Line != 8 || line.Feeds != 8 {
		t.Fatalf("got %+v, %v", line, err)
	}
	if _, err := r.Next(); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if rest, ok := r.Rest(); !ok || string(rest.Bytes) != "bc" || rest.Start != 102 {
		t.Fatalf("rest %+v, %v", rest, ok)
	}
}

func TestHugeLineInConstantMemory(t *testing.T) {
	const size = 100 << 20
	r := New(1 << 20)
	r.Reset(io.MultiReader(io.LimitReader(endless{}, size), strings.NewReader("\nafter\n")), 0, 0, Lines())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	line, err := new(Record), ErrMore
	for errors.Is(err, ErrMore) {
		line, err = r.Next()
	}
	runtime.ReadMemStats(&after)
	if err != nil || line.Long == nil || line.Len() != size {
		t.Fatalf("got %d bytes, %v", line.Len(), err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 8<<20 {
		t.Errorf("%d bytes allocated for one line", allocated)
	}
	prefix, digest := line.Digest()
	h := sha256.New()
	_, _ = io.Copy(h, io.LimitReader(endless{}, size))
	if len(prefix) != PrefixBytes || digest != hex.EncodeToString(h.Sum(nil)) {
		t.Errorf("prefix of %d bytes, sha %s", len(prefix), digest)
	}
	if line, err = r.Next(); err != nil || string(line.Bytes) != "after" || line.Start != size+1 {
		t.Errorf("then %+v, %v", line, err)
	}
}

// endless is a stream of the letter x.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
