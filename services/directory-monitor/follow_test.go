package monitor

import (
	"os"
	"strings"
	"testing"
)

func TestFollowsAGrowingFile(t *testing.T) {
	h := newHarness(t)
	h.collect()
	docs := numbered("grow", 200, 60) // grows through 4 KiB
	h.write("a.ndjson", join(docs[:1]))
	h.start()
	h.expect(docs[:1]...)
	for i, doc := range docs[1:] {
		h.appendTo("a.ndjson", doc[:len(doc)/2])
		h.appendTo("a.ndjson", doc[len(doc)/2:]+"\n")
		if i%37 == 0 {
			h.expect(docs[:i+2]...)
		}
	}
	h.expect(docs...)
}

func TestGrowsThrough4KiBWhileAway(t *testing.T) {
	h := newHarness(t)
	h.collect()
	docs := numbered("away", 200, 60)
	h.write("a.ndjson", join(docs[:3]))
	stop := h.start()
	h.expect(docs[:3]...)
	for _, upto := range []int{10, 100, 200} {
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		h.write("a.ndjson", join(docs[:upto])) // the same inode
		stop = h.start()
		h.expect(docs[:upto]...)
	}
}

func TestRenameCopyRewriteTruncate(t *testing.T) {
	h := newHarness(t)
	h.collect()
	docs := numbered("doc", 300, 60)
	h.write("a.ndjson", join(docs[:100]))
	stop := h.start()
	want := append([]string{}, docs[:100]...)
	h.expect(want...)

	// Renamed, and then appended to: only the new lines come.
	rename(t, h.path("a.ndjson"), h.path("b.ndjson"))
	h.appendTo("b.ndjson", join(docs[100:110]))
	want = append(want, docs[100:110]...)
	h.expect(want...)

	// Renamed while the monitor is away, into a subfolder.
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(h.path("sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	rename(t, h.path("b.ndjson"), h.path("sub/c.ndjson"))
	h.appendTo("sub/c.ndjson", join(docs[110:120]))
	stop = h.start()
	want = append(want, docs[110:120]...)
	h.expect(want...)

	// A copy is another file.
	h.write("copy.ndjson", join(docs[:120]))
	want = append(want, docs[:120]...)
	h.expect(want...)

	// Rewritten with other lines, longer than before.
	h.write("copy.ndjson", join(docs[120:300]))
	want = append(want, docs[120:300]...)
	h.expect(want...)

	// Rewritten with the same length: a change in the last line only.
	changed := append([]string{}, docs[120:300]...)
	changed[179] = strings.Replace(changed[179], "doc", "cod", 1)
	h.write("copy.ndjson", join(changed))
	want = append(want, changed...)
	h.expect(want...)

	// Truncated: what is left is a new generation.
	if err := os.Truncate(h.path("copy.ndjson"), int64(len(join(changed[:5])))); err != nil {
		t.Fatal(err)
	}
	want = append(want, changed[:5]...)
	h.expect(want...)

	// Rewritten while the monitor is away.
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	h.write("copy.ndjson", join(docs[200:210]))
	h.start()
	want = append(want, docs[200:210]...)
	h.expect(want...)
	if dead := h.deadLetters(); len(dead) > 0 {
		t.Errorf("dead letters: %+v", dead)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestUnterminatedLastLine(t *testing.T) {
	h := newHarness(t)
	h.collect()
	h.write("a.ndjson", `{"n":1}`+"\n"+`{"n":2}`)
	stop := h.start()
	h.expect(`{"n":1}`, `{"n":2}`)

	// What comes to a line that was taken is a dead letter with its offset; the
	// lines after it are taken.
	h.appendTo("a.ndjson", `,"more":3}`+"\n"+`{"n":4}`+"\n")
	h.expect(`{"n":1}`, `{"n":2}`, `{"n":4}`)
	h.wait("dead letter", func() bool { return len(h.deadLetters()) == 1 })
	d := h.deadLetters()[0]
	if d.Offset != 15 || d.Line != 2 || string(d.Data) != `,"more":3}` || d.File != h.path("a.ndjson") || !strings.Contains(d.Reason, "offset 15") {
		t.Errorf("dead letter %+v", d)
	}

	// A newline alone ends the line that was taken, also after a restart.
	h.appendTo("a.ndjson", `{"n":5}`)
	h.expect(`{"n":1}`, `{"n":2}`, `{"n":4}`, `{"n":5}`)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	h.appendTo("a.ndjson", "\n"+`{"n":6}`+"\n")
	h.start()
	h.expect(`{"n":1}`, `{"n":2}`, `{"n":4}`, `{"n":5}`, `{"n":6}`)
	if n := len(h.deadLetters()); n != 1 {
		t.Errorf("%d dead letters", n)
	}
}

func TestIgnoredFiles(t *testing.T) {
	h := newHarness(t)
	h.collect()
	for _, name := range []string{".hidden", "a.tmp", "b.ndjson.part", "c.swp", ".git/d.ndjson", "sub/.e"} {
		h.write(name, `{"never":true}`+"\n")
	}
	h.write("empty.ndjson", "")
	h.write("sub/deeper/yes.ndjson", "{}\n\n \r\n[]\r\n")
	h.start()
	h.expect("{}", "[]\r")
	// Once renamed it is read.
	rename(t, h.path("a.tmp"), h.path("a.ndjson"))
	h.expect("{}", "[]\r", `{"never":true}`)
}
