package monitor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// letters are the dead letters as a person would list them.
func (h *harness) letters() []string {
	var out []string
	for _, d := range h.deadLetters() {
		out = append(out, fmt.Sprintf("%s line %d, byte %d: %s", strings.TrimPrefix(d.File, h.dir+"/"), d.Line, d.Offset, d.Reason))
	}
	return slices.Sorted(slices.Values(out))
}

// expectLetters waits for dead letters, and sees that no others come.
func (h *harness) expectLetters(want ...string) {
	h.t.Helper()
	slices.Sort(want)
	h.wait("dead letters", func() bool { return len(h.letters()) >= len(want) })
	if got := h.letters(); !slices.Equal(got, want) {
		h.t.Fatalf("dead letters\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestHeaderThatCannotBe: one dead letter, whatever the file does, until it is
// written anew.
func TestHeaderThatCannotBe(t *testing.T) {
	h := newHarness(t)
	h.collect()
	h.write("a.csv", "id,text,id\n1,a,1\n")
	h.write("b.tsv", "id\t\n1\ta\n")
	h.write("c.csv", "id,te\x00xt"+strings.Repeat(",column", 20)+"\n1,a\n")
	stop := h.start()
	const correct = "; correct it, or declare the columns (--columns) if that line is data"
	letters := []string{
		`a.csv line 0, byte 0: its first line names the columns: columns 1 and 3 are both called "id"` + correct,
		"b.tsv line 0, byte 0: its first line names the columns: column 2 of 2 has no name" + correct,
		"c.csv line 0, byte 0: its first line, which names the columns, cannot be read: binary: contains a NUL byte",
	}
	h.expectLetters(letters...)
	h.appendTo("a.csv", "2,b,2\n")
	h.write("good.csv", "id,text\n5,ok\n")
	h.expectNoMore(`{"id":5,"text":"ok"}`)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	h.appendTo("a.csv", "3,b,2\n")
	h.start()
	h.expectNoMore(`{"id":5,"text":"ok"}`)
	h.expectLetters(letters...)
	if n := strings.Count(h.log.String(), "a file is refused"); n != 3 {
		t.Errorf("the log names %d refused files", n)
	}
	h.write("a.csv", "id,text,lang\n6,a,en\n")
	h.expectNoMore(`{"id":5,"text":"ok"}`, `{"id":6,"text":"a","lang":"en"}`)
}

// TestLastRecords: a line without an end is taken when the file has settled, in
// every format that has lines; a document without an end is waited for.
func TestLastRecords(t *testing.T) {
	h := newHarness(t)
	h.collect()
	h.write("a.csv", "id,text\n1,a")
	h.write("a.tsv", "id\ttext\n1\tb")
	h.write("a.txt", "c")
	h.write("a.json", "[{\"id\":1},\n{\"id\":")
	h.write("b.json", "{\"id\":7}\n")
	stop := h.start()
	want := []string{`{"id":1,"text":"a"}`, `{"id":1,"text":"b"}`, `{"text":"c"}`, `{"id":1}`, `{"id":7}`}
	h.expect(want...)
	letters := []string{"a.json line 2, byte 11: the file ends in the middle of a document"}
	h.expectLetters(letters...)

	// What comes to lines that were taken comes too late; the document is whole now.
	for _, name := range []string{"a.csv", "a.tsv", "a.txt"} {
		h.appendTo(name, "x\n")
	}
	h.appendTo("a.json", "2")
	letters = append(letters,
		"a.csv line 2, byte 11: bytes appended at offset 11 to a record that had no newline and had been taken as complete",
		"a.tsv line 2, byte 11: bytes appended at offset 11 to a record that had no newline and had been taken as complete",
		"a.txt line 1, byte 1: bytes appended at offset 1 to a line that had no newline and had been taken as complete")
	h.expectNoMore(want...)
	h.expectLetters(letters...)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	h.appendTo("a.csv", "2,d\n")
	h.appendTo("a.tsv", "2\te\n")
	h.appendTo("a.txt", "f\n")
	h.appendTo("a.json", "}")
	stop = h.start()
	want = append(want, `{"id":2,"text":"d"}`, `{"id":2,"text":"e"}`, `{"text":"f"}`, `{"id":2}`)
	h.expectNoMore(want...)

	// The end of the array, and what cannot follow it.
	h.appendTo("a.json", "\n]\n \n")
	h.appendTo("b.json", "{\"id\":\"x\"y\"}\n{\"id\":8}\n")
	want = append(want, `{"id":8}`)
	h.expectNoMore(want...)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	h.appendTo("a.json", "{\"id\":3}\n")
	h.start()
	letters = append(letters, "a.json line 5, byte 24: it follows the end of the array",
		"b.json line 2, byte 9: broken JSON: byte 9: expected a comma or a closing bracket, found 'y'; reading goes on at the next line that begins like a document")
	h.expectLetters(letters...)
	h.expectNoMore(want...)
	h.expectLetters(letters...)
}

// TestInputFormat: a setting goes over the names.
func TestInputFormat(t *testing.T) {
	h := newHarness(t)
	h.collect()
	h.write("a.dat", "1\tx\n2\ty\n")
	h.write("b.csv.gz", gz(t, "3\tz\n"))
	h.start(func(c *Config) { c.InputFormat, c.Columns = "tsv", []string{"id", "text"} })
	h.expect(`{"id":1,"text":"x"}`, `{"id":2,"text":"y"}`, `{"id":3,"text":"z"}`)
}
