package monitor

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/wire"
)

// TestRefusedFiles: what is no text becomes one dead letter and one line of the
// log, whatever its name and however it is packed; text of any name is taken.
func TestRefusedFiles(t *testing.T) {
	h := newHarness(t)
	h.collect()
	binary := "\x7fELF\x02\x01\x01\x00" + strings.Repeat("\x00\xff\n\x10", 50_000)
	h.write("notes.bin", binary)
	h.write("archive.tar.gz", gz(t, binary))
	h.write("utf16.ndjson", "\xff\xfe{\x00}\x00\n\x00")
	h.write("plain.gz", "{\"a\":1}\n")
	h.write("zeros.ndjson", "{\"b\":1}\n\x00\x00\x00\x00\n{\"b\":2}\n")
	h.write("NOTES", "{\"c\":1}\n")
	stop := h.start()
	want := []string{`{"b":1}`, `{"b":2}`, `{"c":1}`}
	h.expect(want...)
	reasons := func() []string {
		var out []string
		for _, d := range h.deadLetters() {
			if d.Length < int64(len(d.Data)) || d.Source == "" || len(d.Data) > 4<<10 || len(d.Data) == 0 {
				t.Errorf("dead letter of %s: %d of %d bytes, source %q", d.File, len(d.Data), d.Length, d.Source)
			}
			out = append(out, fmt.Sprintf("%s %d %s", filepath.Base(d.File), d.Line, d.Reason))
		}
		return slices.Sorted(slices.Values(out))
	}
	h.wait("dead letters", func() bool { return len(h.deadLetters()) >= 5 })
	letters := []string{
		"archive.tar.gz 0 a binary file: NUL bytes among its first 4096; text is expected: JSON, csv, tsv or lines, in UTF-8",
		"notes.bin 0 a binary file: NUL bytes among its first 4096; text is expected: JSON, csv, tsv or lines, in UTF-8",
		"plain.gz 0 is no gzip file, whatever its name says: give it another name if it holds plain lines",
		"utf16.ndjson 0 UTF-16 text, UTF-8 is expected: convert it (iconv -f UTF-16 -t UTF-8)",
		"zeros.ndjson 2 binary: contains a NUL byte",
	}
	// They stay refused while they grow, and after a restart, without a word.
	h.appendTo("notes.bin", "{\"never\":1}\n")
	h.expectNoMore(want...)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	h.appendTo("notes.bin", "{\"never\":2}\n")
	h.start()
	h.expectNoMore(want...)
	if got := reasons(); !slices.Equal(got, letters) {
		t.Errorf("dead letters\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(letters, "\n"))
	}
	if n := strings.Count(h.log.String(), "a file is refused"); n != 4 {
		t.Errorf("the log names %d refused files", n)
	}
	// One does what the message says; another is replaced by what was meant.
	rename(t, h.path("plain.gz"), h.path("plain.ndjson"))
	h.expect(append(want, `{"a":1}`)...)
	h.write("notes.bin", "{\"d\":1}\n")
	h.expectNoMore(append(want, `{"a":1}`, `{"d":1}`)...)
}

// TestOrigins: batches tell of every line the file, the line and the byte at
// which it stands there, whatever was left out between and whatever was mixed in.
func TestOrigins(t *testing.T) {
	h := newHarness(t)
	h.collect()
	const n = 2000
	names := []string{"a.ndjson", "b.ndjson", "c.ndjson.gz"}
	texts, half := map[string]string{}, map[string]int{}
	for _, name := range names {
		var b strings.Builder
		b.WriteString("\uFEFF")
		for i := range n {
			switch i % 97 {
			case 7:
				b.WriteString(" \r\n\n")
			case 31:
				b.WriteString("{\"nul\":\"\x00\"}\n")
			case 55:
				b.WriteString(strings.Repeat("x", 3000) + "\n")
			}
			fmt.Fprintf(&b, "{\"file\":%q,\"i\":%d,\"pad\":%q}\r\n", name, i, strings.Repeat("p", i%700))
		}
		texts[name] = b.String()
		if strings.HasSuffix(name, ".gz") {
			h.write(name, gz(t, b.String()))
		} else {
			half[name] = strings.LastIndexByte(b.String()[:b.Len()/2], '\n') + 1
			h.write(name, b.String()[:half[name]])
		}
	}
	config := func(c *Config) { c.MaxLine = 2000 }
	stop := h.start(config)
	h.wait("some lines", func() bool { return len(h.lines()) > n })
	if err := stop(); err != nil { // and the rest by another, in other batches
		t.Fatal(err)
	}
	for _, name := range names[:2] {
		h.appendTo(name, texts[name][half[name]:])
	}
	h.start(config)
	h.wait("all lines", func() bool { return len(h.lines()) >= len(names)*n })
	checked := 0
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.tweets {
		header, _ := r.Header(wire.HeaderOrigin)
		var o wire.Origins
		if err := o.Unmarshal(header); err != nil {
			t.Fatalf("%s: %v", header, err)
		}
		at := 0
		for line := range strings.Lines(string(r.Value)) {
			path, number, offset, ok := o.Find(r.Value, at)
			text := texts[filepath.Base(path)]
			if !ok || offset > int64(len(text)) || !strings.HasPrefix(text[offset:], line) || strings.Count(text[:offset], "\n")+1 != int(number) {
				t.Fatalf("%.40q is said to be in %s at line %d, byte %d", line, path, number, offset)
			}
			at += len(line)
			checked++
		}
	}
	if checked != len(names)*n {
		t.Errorf("%d lines", checked)
	}
}
