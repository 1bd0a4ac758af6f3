package source

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func packed(t *testing.T, kind Kind, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, part := range parts {
		var w io.WriteCloser
		switch kind {
		case Gzip:
			w = gzip.NewWriter(&b)
		case Zstd:
			z, err := zstd.NewWriter(&b)
			if err != nil {
				t.Fatal(err)
			}
			w = z
		default:
			b.WriteString(part)
			continue
		}
		if _, err := io.WriteString(w, part); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestContent(t *testing.T) {
	for _, kind := range []Kind{Plain, Gzip, Zstd} {
		raw := packed(t, kind, "first ", "", "second")
		if kind.Compressed() && KindOf("whatever", raw[:4]) != kind {
			t.Errorf("%s is not known by its first bytes", kind)
		}
		c := New(kind, bytes.NewReader(raw))
		got, err := io.ReadAll(c)
		if err != nil || string(got) != "first second" || c.RawBytes() != int64(len(raw)) {
			t.Errorf("%s: %q, %v, %d of %d bytes", kind, got, err, c.RawBytes(), len(raw))
		}
		c.Close()

		// Cut anywhere, a packed stream is broken or ends between its parts.
		for n := 1; kind.Compressed() && n < len(raw); n++ {
			c := New(kind, bytes.NewReader(raw[:n]))
			got, err := io.ReadAll(c)
			c.Close()
			var broken *BrokenError
			if err != nil && !errors.As(err, &broken) {
				t.Errorf("%s cut at %d: %v", kind, n, err)
			}
			if !bytes.HasPrefix([]byte("first second"), got) {
				t.Errorf("%s cut at %d: %q", kind, n, got)
			}
		}

		// An error of the file itself is no broken stream.
		failed := errors.New("disk on fire")
		c = New(kind, io.MultiReader(bytes.NewReader(raw[:len(raw)-3]), iotest.ErrReader(failed)))
		_, err = io.ReadAll(c)
		c.Close()
		var broken *BrokenError
		if !errors.Is(err, failed) || errors.As(err, &broken) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestPeek(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", HeadBytes)
	for _, kind := range []Kind{Plain, Gzip, Zstd} {
		for _, text := range []string{"", "short", long} {
			raw := packed(t, kind, text)
			c := New(kind, iotest.HalfReader(bytes.NewReader(raw)))
			if head := string(c.Peek()); head != text[:min(len(text), HeadBytes)] {
				t.Errorf("%s: peeked %d of %d bytes", kind, len(head), len(text))
			}
			if got, err := io.ReadAll(iotest.OneByteReader(c)); err != nil || string(got) != text {
				t.Errorf("%s: %d bytes of %d, %v", kind, len(got), len(text), err)
			}
			c.Close()

			// What is wrong shows behind what was peeked at, and keeps its name.
			for _, raw := range [][]byte{raw[:len(raw)/2], []byte("no such thing")} {
				if !kind.Compressed() || len(raw) == 0 {
					continue
				}
				plain, peeked := New(kind, bytes.NewReader(raw)), New(kind, bytes.NewReader(raw))
				peeked.Peek()
				want, wantErr := io.ReadAll(plain)
				got, err := io.ReadAll(peeked)
				if !bytes.Equal(got, want) || err == nil || err.Error() != wantErr.Error() {
					t.Errorf("%s: %d bytes, %v; want %d, %v", kind, len(got), err, len(want), wantErr)
				}
				plain.Close()
				peeked.Close()
			}
		}
	}
	// A plain file goes on behind its end.
	raw := bytes.NewBufferString("a")
	c := New(Plain, raw)
	c.Peek()
	for _, want := range []string{"a", "", "b", ""} {
		if got, err := io.ReadAll(c); err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
		if want == "" {
			raw.WriteString("b")
		}
	}
}

func TestOtherFiles(t *testing.T) {
	for _, kind := range []Kind{Gzip, Zstd} {
		for text, other := range map[string]bool{"plain text": true, "{": true, string(packed(t, kind, "x")[:2]): false, string(packed(t, kind, "x")[:6]): false} {
			c := New(kind, strings.NewReader(text))
			_, err := io.ReadAll(c)
			c.Close()
			var broken *BrokenError
			if !errors.As(err, &broken) || broken.Other != other || strings.HasPrefix(err.Error(), "is no "+kind.String()+" file") != other {
				t.Errorf("%q as %s: %v", text, kind, err)
			}
		}
	}
}

func TestKindOf(t *testing.T) {
	for name, want := range map[string]Kind{"a": Plain, "a.ndjson": Plain, "a.GZ": Gzip, "a.json.zst": Zstd, "a.gz.bak": Plain} {
		if got := KindOf(name, nil); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestMoved(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("not known on this system")
	}
	path := filepath.Join(t.TempDir(), "a")
	moved := func() bool {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return Moved(info)
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if moved() {
		t.Error("moved after a write")
	}
	at := time.Now().Add(-time.Second)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	if !moved() {
		t.Error("not moved after it was given its times")
	}
	if err := os.WriteFile(path, []byte("xy"), 0o600); err != nil {
		t.Fatal(err)
	}
	if moved() {
		t.Error("moved after another write")
	}
}

func TestHeadAndTail(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789"), 1000)
	head, err := Head(bytes.NewReader(text))
	if err != nil || !bytes.Equal(head, text[:HeadBytes]) {
		t.Errorf("head of %d bytes, %v", len(head), err)
	}
	tail, err := Tail(bytes.NewReader(text), 9000)
	if err != nil || !bytes.Equal(tail, text[9000-HeadBytes:9000]) {
		t.Errorf("tail of %d bytes, %v", len(tail), err)
	}
	if tail, err = Tail(bytes.NewReader(text[:5]), 3); err != nil || string(tail) != "012" {
		t.Errorf("tail %q, %v", tail, err)
	}
	if tail, err = Tail(bytes.NewReader(text[:5]), 9); err != nil || string(tail) != "01234" {
		t.Errorf("tail beyond the end %q, %v", tail, err)
	}
}
