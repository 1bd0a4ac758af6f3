package monitor

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func gz(t *testing.T, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	for _, part := range parts {
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func zst(t *testing.T, parts ...string) string {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	for _, part := range parts {
		b = z.EncodeAll([]byte(part), b)
	}
	return string(b)
}

func TestCompressedFiles(t *testing.T) {
	h := newHarness(t)
	h.collect()
	docs := numbered("packed", 400, 600)
	h.write("a.ndjson.gz", gz(t, join(docs[:50]), join(docs[50:100])[:70], join(docs[50:100])[70:]))
	h.write("b.ndjson.zst", zst(t, join(docs[100:150])[:999], join(docs[100:150])[999:]))
	// Named otherwise while it is sent, known by its first bytes, and renamed in.
	h.write("c.sending", gz(t, join(docs[150:200])))
	h.write("d.tmp", strings.TrimSuffix(gz(t, join(docs[200:250])), "\n"))
	h.write("empty.gz", "")
	h.write("empty2.gz", gz(t, ""))
	h.write("unterminated.gz", gz(t, strings.TrimSuffix(join(docs[250:260]), "\n")))
	stop := h.start()
	rename(t, h.path("c.sending"), h.path("c.ndjson.gz"))
	rename(t, h.path("d.tmp"), h.path("d.ndjson.gz"))
	h.expect(docs[:260]...)

	// A member appended to a file that was done.
	h.appendTo("a.ndjson.gz", gz(t, join(docs[260:270])))
	h.expect(docs[:270]...)

	// And one appended while away, and nothing else again.
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	h.appendTo("b.ndjson.zst", zst(t, join(docs[270:280])))
	h.start()
	h.expect(docs[:280]...)

	// What follows an unterminated line comes too late.
	h.appendTo("unterminated.gz", gz(t, "late\n"+join(docs[280:285])))
	h.expect(docs[:285]...)
	h.wait("dead letter", func() bool { return len(h.deadLetters()) == 1 })
	if d := h.deadLetters()[0]; string(d.Data) != "late" || d.Line != 10 {
		t.Errorf("dead letter %+v", d)
	}
}

// TestRenamedIn: a compressed file that was written elsewhere is taken at once,
// one that is written in place is not.
func TestRenamedIn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a rename cannot be told from a write on this system")
	}
	h := newHarness(t)
	h.collect()
	h.start(func(c *Config) { c.Settle = time.Hour })
	h.write("a.ndjson", "1\n")
	h.expect("1")
	h.write("in-place.gz", gz(t, "2\n"))
	outside := filepath.Join(t.TempDir(), "b.gz")
	if err := os.WriteFile(outside, []byte(gz(t, "3\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	h.write("c.gz.part", gz(t, "4\n"))
	time.Sleep(50 * time.Millisecond) // file systems tell times apart by a few milliseconds
	rename(t, outside, h.path("b.gz"))
	rename(t, h.path("c.gz.part"), h.path("c.gz"))
	h.expectNoMore("1", "3", "4")
	// What was written in place is finished once it is renamed.
	rename(t, h.path("in-place.gz"), h.path("d.gz"))
	h.expectNoMore("1", "2", "3", "4")
}

func TestBrokenFiles(t *testing.T) {
	h := newHarness(t)
	h.collect()
	docs := numbered("broken", 2000, 700)
	whole := gz(t, join(docs[:1000]))
	h.write("cut.ndjson.gz", whole[:len(whole)/2])
	damaged := []byte(zst(t, join(docs[1000:1500])))
	damaged[len(damaged)-2] ^= 0xff // the checksum
	h.write("damaged.zst", string(damaged))
	h.write("garbage.gz", "this is not gzip\n")
	h.write("trailing.gz", gz(t, join(docs[1500:1510]))+"garbage")
	h.write("good.ndjson", join(docs[1510:1520]))
	stop := h.start()
	h.wait("dead letters", func() bool { return len(h.deadLetters()) == 4 })
	byFile := map[string]string{}
	for _, d := range h.deadLetters() {
		byFile[filepath.Base(d.File)] = d.Reason
		if d.Length < int64(len(d.Data)) || d.Source == "" || d.Line < 1 && !strings.HasPrefix(d.Reason, "is no ") {
			t.Errorf("dead letter %+v", d)
		}
	}
	for file, want := range map[string]string{
		"cut.ndjson.gz": "broken gzip stream: it ends in the middle (at offset ", "damaged.zst": "broken zstd stream: ",
		"garbage.gz": "is no gzip file, whatever its name says: ", "trailing.gz": "broken gzip stream: ",
	} {
		if !strings.HasPrefix(byFile[file], want) {
			t.Errorf("%s: reason %q, want %q", file, byFile[file], want)
		}
	}
	h.wait("the good lines of broken files", func() bool {
		lines := h.lines()
		return contains(lines, docs[0]) && contains(lines, docs[1505]) && contains(lines, docs[1515])
	})

	// Nothing comes twice after a restart; when the rest of the file arrives it
	// goes on where it broke off.
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	h.start()
	h.appendTo("cut.ndjson.gz", whole[len(whole)/2:])
	h.wait("the rest", func() bool { return contains(h.lines(), docs[999]) })
	got := h.lines()
	if dup := difference(got, append(append([]string{}, docs[:1500]...), docs[1500:1520]...)); len(dup) > 0 {
		t.Errorf("%d lines twice or never written, first %.80q", len(dup), dup[0])
	}
	if missing := difference(docs[:1000], got); len(missing) > 0 {
		t.Errorf("%d lines missing", len(missing))
	}
	if n := len(h.deadLetters()); n != 4 {
		t.Errorf("%d dead letters", n)
	}
}

func contains(all []string, s string) bool { return len(difference([]string{s}, all)) == 0 }

func TestUnreadableLines(t *testing.T) {
	h := newHarness(t)
	h.collect()
	rnd := rand.New(rand.NewPCG(1, 2))
	garbage := make([]byte, 300_000)
	for i := range garbage {
		if garbage[i] = byte(rnd.Uint32()); garbage[i] == '\n' {
			garbage[i] = 0
		}
	}
	fits := `"` + strings.Repeat("a", 1<<20-2) + `"`
	long := strings.Repeat("b", 1<<20+1)
	h.write("a.ndjson", "{}\n"+string(garbage)+"\n"+fits+"\n"+long+"\n\"\xff\"\n[]\n")
	h.start()
	h.expect("{}", fits, "\"\xff\"", "[]")
	h.wait("dead letters", func() bool { return len(h.deadLetters()) == 2 })
	at := int64(3)
	for i, want := range []struct{ text, reason string }{
		{string(garbage), "binary: contains a NUL byte"},
		{long, "line of 1048577 bytes; up to 1048576 are taken (--max-line)"},
	} {
		if i == 1 {
			at += int64(len(fits)) + 1
		}
		sum := sha256.Sum256([]byte(want.text))
		d := h.deadLetters()[i]
		if d.Reason != want.reason || d.Offset != at || d.Length != int64(len(want.text)) || d.SHA256 != hex.EncodeToString(sum[:]) ||
			string(d.Data) != want.text[:min(64<<10, len(want.text))] {
			t.Errorf("%d: reason %q at %d, %d bytes, sha %s, %d bytes of data", i, d.Reason, d.Offset, d.Length, d.SHA256, len(d.Data))
		}
		at += int64(len(want.text)) + 1
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.tweets {
		if len(r.Value) > 1<<20 && strings.Count(string(r.Value), "\n") > 1 {
			t.Errorf("a batch of %d bytes holds a long line and others", len(r.Value))
		}
	}
}

func TestHugeLine(t *testing.T) {
	h := newHarness(t)
	h.collect()
	const size = 100 << 20
	sum := sha256.New()
	file, err := os.Create(h.path("huge.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte("x"), 1<<20)
	if _, err := file.WriteString("{}\n"); err != nil {
		t.Fatal(err)
	}
	for range size >> 20 {
		sum.Write(block)
		if _, err := file.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := file.WriteString("\n[]\n"); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	h.start()
	h.expect("{}", "[]")
	h.wait("dead letter", func() bool { return len(h.deadLetters()) == 1 })
	d := h.deadLetters()[0]
	if d.Length != size || d.SHA256 != hex.EncodeToString(sum.Sum(nil)) || len(d.Data) != 64<<10 || d.Offset != 3 || d.Line != 2 {
		t.Errorf("dead letter of %d bytes at %d, line %d", d.Length, d.Offset, d.Line)
	}
}
