package feed

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/directory-monitor/internal/batch"
	"github.com/millrace/millrace/services/directory-monitor/internal/format"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/stats"
)

const testMaxLine = 300

// testSettings are those of a monitor that tells formats by names.
func testSettings(t testing.TB) format.Settings {
	t.Helper()
	streams, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	s, _ := streams.Stream("tweets")
	return format.Settings{Stream: s}
}

// contents are files of every format with all that may be wrong in them, by name.
func contents() map[string]string {
	long := strings.Repeat("long ", testMaxLine)
	docs := func(sep, end string) string {
		var b strings.Builder
		for i := range 6 {
			fmt.Fprintf(&b, "{\"id\":%d,\"text\":\"%s\"}%s", i, strings.Repeat("t", 20*i), sep)
		}
		return b.String() + end
	}
	return map[string]string{
		"a.ndjson":        "\uFEFF" + docs("\r\n", "\n \n{\"nul\":\"\x00\"}\n\""+long+"\"\nnot json\n{\"last\":1}"),
		"concat.json":     docs("", "") + docs("\n", "{\n  \"a\": [\n    1\n  ]\n}\n{\"b\":\"x\n{\"c\":1}\n{\"d\":\""+long+"\"}\n{\"nul\":\"\x00\"}\n{\"e\":tru,\n\"f\":1}\n") + docs(" ", "{\"end\":"),
		"array.json":      "\uFEFF [\n" + docs(",\n", "{\"b\":\"x\n{\"c\":1},\n{\"d\":\""+long+"\"},\n{\"nul\":\"\x00\"},\n3, null,\n{\n \"e\": {}\n}\n]\n \nmore\n"),
		"lost.json":       "[" + docs(",", "{\"x\":\"y\"z\"},") + docs(",", "{}]"),
		"cut.json":        "[\n" + docs(",\n", ""),
		"rows.csv":        "\uFEFF\r\nid,text,\"us\ner\"\r\n" + strings.Repeat("1,\"a\nb, \"\"c\"\"\",x\r\n\r\n2,y\n3,z,\"\"\n", 4) + "4,\"open,x\n5,\"fine\",x\n6,nul\x00,x\n7," + long + ",x\n8,\"" + strings.Repeat("v\n", testMaxLine) + "\n9,a\"b,c\n10,\"end\",x",
		"declared.csv":    "id,text\n1,a\n\n2,b\n3,\"c\n4,d\n",
		"rows.tsv":        "id\ttext\n" + strings.Repeat("1\ta\\tb\n2\n\n3\t\"q\"\r\n", 5) + "4\t" + long + "\n5\t\x00\n6\tend",
		"lines.txt":       "one\n\n  \ntwo \"quoted\"\r\n" + long + "\n\x00\n" + strings.Repeat("\x01", testMaxLine/3) + "\nthree",
		"empty.json":      " \n\n",
		"emptyarray.json": "[ ]\n",
		"header.csv":      "id,text",
	}
}

// packed returns a content in each form in which a file may hold it.
func packed(t testing.TB, name, content string) map[string]string {
	t.Helper()
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{name: content, name + ".gz": gz.String(), name + ".zst": string(z.EncodeAll([]byte(content), nil))}
}

// outcome is what became of a file.
type outcome struct {
	docs, dead []string
}

func (o *outcome) add(item *batch.Item) {
	for line := range strings.Lines(string(item.Value)) {
		o.docs = append(o.docs, line)
	}
	for _, d := range item.Dead {
		o.dead = append(o.dead, fmt.Sprintf("%s at %d, line %d, %d bytes %s: %s", d.Class, d.Offset, d.Line, d.Length, d.SHA256[:8], d.Reason))
	}
}

func (o *outcome) String() string {
	return strings.Join(o.docs, "") + "--\n" + strings.Join(o.dead, "\n")
}

// readAll reads a file to its end, from the progress in the table on. Batches
// hold about so many bytes.
func readAll(t *testing.T, path string, table *progress.Table, target int, set func(*Config)) []*batch.Item {
	t.Helper()
	st := stats.New()
	c := Config{
		Inputs: []string{path}, Table: table, Builder: batch.NewBuilder(target, 4*target), Stats: st, Formats: testSettings(t),
		Clock: daemon.RealClock{}, Log: slog.New(slog.DiscardHandler), MaxLine: testMaxLine, Settle: time.Second, Rescan: time.Second,
	}
	if set != nil {
		set(&c)
	}
	items := make(chan *batch.Item, 10_000)
	if err := New(c).Run(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	close(items)
	var all []*batch.Item
	for item := range items {
		all = append(all, item)
	}
	return all
}

// restore returns a table of the progress in items, as it is read back from its
// records.
func restore(t *testing.T, items []*batch.Item) *progress.Table {
	t.Helper()
	table := progress.NewTable("m")
	for _, item := range items {
		for key, e := range item.Progress {
			if e == nil {
				table.Delete(key)
				continue
			}
			value, err := progress.Encode(e)
			if err != nil {
				t.Fatal(err)
			}
			back, err := progress.Decode(key, value)
			if err != nil {
				t.Fatal(err)
			}
			table.Put(back)
		}
	}
	return table
}

func declare(c *Config) { c.Formats.Columns = []string{"id", "text"} }

// TestResumeAtEveryCommit: whichever commit was the last one, reading on from it
// gives the rest, whatever the format is, and however the file is packed.
func TestResumeAtEveryCommit(t *testing.T) {
	for name, content := range contents() {
		var set func(*Config)
		if name == "declared.csv" {
			set = declare
		}
		var plain string
		for file, bytes := range packed(t, name, content) {
			path := filepath.Join(t.TempDir(), file)
			if err := os.WriteFile(path, []byte(bytes), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, target := range []int{1, 100, 1 << 20} {
				items := readAll(t, path, progress.NewTable("m"), target, set)
				var want outcome
				for _, item := range items {
					want.add(item)
				}
				if plain == "" {
					plain = want.String()
				}
				if want.String() != plain {
					t.Errorf("%s, batches of %d bytes, gives\n%s\nnot\n%s", file, target, want.String(), plain)
				}
				for k := range items {
					var got outcome
					for _, item := range items[:k+1] {
						got.add(item)
					}
					for _, item := range readAll(t, path, restore(t, items[:k+1]), 1<<20, set) {
						got.add(item)
					}
					if got.String() != want.String() {
						t.Fatalf("%s after commit %d of %d:\n%s\nwant\n%s", file, k+1, len(items), got.String(), want.String())
					}
				}
			}
		}
		t.Logf("%s:\n%s", name, plain)
	}
}

// TestGrowingFiles: a file that grows by any pieces, whoever reads it in between,
// gives what it gives at once.
func TestGrowingFiles(t *testing.T) {
	const seed = 5
	rnd := rand.New(rand.NewPCG(seed, 0))
	for name, content := range contents() {
		var set func(*Config)
		if name == "declared.csv" {
			set = declare
		}
		var want outcome
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, item := range readAll(t, path, progress.NewTable("m"), 1<<20, set) {
			want.add(item)
		}
		for range 8 {
			r := newRig(t)
			r.MaxLine = testMaxLine
			r.Formats = testSettings(t)
			if set != nil {
				set(&r.Config)
			}
			var got outcome
			var items []*batch.Item
			for at := 0; at < len(content); {
				at = min(len(content), at+1+rnd.IntN(1+rnd.IntN(len(content))))
				r.write(name, content[:at])
				for _, item := range r.look() {
					got.add(item)
					items = append(items, item)
				}
				if rnd.IntN(3) == 0 { // another one goes on
					r.closeAll()
					r = r.anew(restore(t, items))
				}
			}
			for range 2 {
				for _, item := range r.look() {
					got.add(item)
				}
				r.clock.Advance(2 * time.Second)
			}
			for _, item := range r.look() {
				got.add(item)
			}
			if !slices.Equal(got.docs, want.docs) || !slices.Equal(got.dead, want.dead) {
				t.Errorf("seed %d: %s:\n%s\nwant\n%s", seed, name, got.String(), want.String())
				break
			}
			r.closeAll()
		}
	}
}

// look is turn for tests that want the Items.
func (r *rig) look() (items []*batch.Item) {
	r.t.Helper()
	r.lookAtSettling()
	r.rescanAll()
	for len(r.items) > 0 {
		items = append(items, <-r.items)
	}
	return items
}

// anew is another Feed with the progress of one before it.
func (r *rig) anew(table *progress.Table) *rig {
	c := r.Config
	c.Table = table
	next := *r
	next.Feed = New(c)
	next.out = next.items
	return &next
}

// TestOriginsOfEveryFormat: a batch tells of every document the line on which it
// stands.
func TestOriginsOfEveryFormat(t *testing.T) {
	for name, content := range contents() {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		lines := func(target int) (all []int64) {
			for _, item := range readAll(t, path, progress.NewTable("m"), target, nil) {
				at := 0
				for line := range strings.Lines(string(item.Value)) {
					file, number, offset, ok := item.Origins.Find(item.Value, at)
					if !ok || file != path {
						t.Fatalf("%s: no origin of %q", name, line)
					}
					if target == 1 && strings.Count(content[:offset], "\n")+1 != int(number) {
						t.Errorf("%s: %q is said to be on line %d, at %d", name, line, number, offset)
					}
					all = append(all, number)
					at += len(line)
				}
			}
			return all
		}
		if one, many := lines(1), lines(1<<20); !slices.Equal(one, many) {
			t.Errorf("%s: lines %v alone, %v in a batch", name, one, many)
		}
	}
}
