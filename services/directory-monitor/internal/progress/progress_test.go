package progress

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/services/directory-monitor/internal/format"
	"github.com/millrace/millrace/services/directory-monitor/internal/source"
	"github.com/millrace/millrace/services/directory-monitor/internal/split"
)

func plain(path string, inode uint64, text string) File {
	return File{Path: path, Inode: inode, Size: int64(len(text)), Bytes: bytes.NewReader([]byte(text))}
}

// taken identifies a file and takes all of it.
func taken(t *testing.T, table *Table, f File) *Entry {
	t.Helper()
	e := identify(t, table, f)
	e.Offset, e.Done, e.Size = f.Size, true, f.Size
	if err := e.Note(f.Bytes, f.Kind); err != nil {
		t.Fatal(err)
	}
	return e
}

func identify(t *testing.T, table *Table, f File) *Entry {
	t.Helper()
	e, _, err := table.Identify(f)
	if err != nil {
		t.Fatal(err)
	}
	table.Move(e, f.Path)
	return e
}

// reload writes all entries and reads them back, as after a restart.
func reload(t *testing.T, table *Table) *Table {
	t.Helper()
	again := NewTable("m")
	table.Each(func(e *Entry) {
		value, err := Encode(e.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(e.Key, value)
		if err != nil {
			t.Fatal(err)
		}
		again.Put(back)
	})
	return again
}

func TestIdentify(t *testing.T) {
	small, long := "{\"n\":1}\n", strings.Repeat("0123456789abcde\n", 1000)
	for _, test := range []struct {
		name          string
		before, after string // what the file held
		path          string // where it is found
		inode         uint64
		generation    int64
		offset        int64
		dropped       int
	}{
		{"unchanged", long, long, "a", 1, 0, 16000, 0},
		{"renamed", long, long, "sub/b", 1, 0, 16000, 0},
		{"copied", long, long, "b", 2, 0, 0, 0},
		{"grown from small", small, small + long, "a", 1, 0, 8, 0},
		{"grown", long, long + small, "a", 1, 0, 16000, 0},
		{"renamed and grown", long, long + small, "b", 1, 0, 16000, 0},
		{"rewritten", long, strings.ToUpper(long), "a", 1, 1, 0, 1},
		{"rewritten, small head the same", small + long, small + strings.ToUpper(long), "a", 1, 1, 0, 1},
		{"rewritten behind the head", long, long[:8000] + strings.ToUpper(long[8000:]), "a", 1, 1, 0, 0},
		{"truncated", long, long[:8000], "a", 1, 1, 0, 0},
		{"truncated below the head", long, long[:100], "a", 1, 1, 0, 1},
		{"inode used again", long, strings.ToUpper(long), "b", 1, 0, 0, 0},
	} {
		for _, restarted := range []bool{false, true} {
			table := NewTable("m")
			first := taken(t, table, plain("a", 1, test.before))
			if restarted {
				table = reload(t, table)
			}
			e := identify(t, table, plain(test.path, test.inode, test.after))
			if e.Generation != test.generation || e.Offset != test.offset || e.Path != test.path {
				t.Errorf("%s, restarted %v: %+v", test.name, restarted, e)
			}
			if same := e.Key == first.Key; same != (test.offset > 0 || test.name == "rewritten behind the head" || test.name == "truncated") {
				t.Errorf("%s: the same key: %v", test.name, same)
			}
			if n := len(table.TakeDropped()); n != test.dropped {
				t.Errorf("%s: %d records dropped, want %d", test.name, n, test.dropped)
			}
		}
	}
}

func TestSmallFileIsKnownByMoreAsItGrows(t *testing.T) {
	table := NewTable("m")
	text := strings.Repeat("{}\n", 3000)
	var key string
	for _, n := range []int{3, 30, 3000, 9000} {
		e := taken(t, table, plain("a", 1, text[:n]))
		if key == "" {
			key = e.Key
		}
		if e.Key != key || e.Generation != 0 || e.HeadLen != min(int64(n), source.HeadBytes) {
			t.Errorf("at %d bytes: %+v", n, e)
		}
		table = reload(t, table)
	}
}

func TestCompressedShrunk(t *testing.T) {
	table := NewTable("m")
	f := plain("a.gz", 1, strings.Repeat("z", 9000))
	f.Kind = source.Gzip
	e := identify(t, table, f)
	e.Offset, e.Size = 100_000, 9000
	f.Size = 8999
	if e := identify(t, table, f); e.Generation != 1 || e.Offset != 0 {
		t.Errorf("shrunk: %+v", e)
	}
}

func TestResetKeepsTheKey(t *testing.T) {
	table := NewTable("m")
	e := taken(t, table, plain("a", 1, "{}\n"))
	key := e.Key
	table.Reset(e)
	if e.Key != key || e.Offset != 0 || e.Generation != 1 || e.Done || !table.Has(e) {
		t.Errorf("reset: %+v", e)
	}
}

func TestMovedFileIsNoLongerMissing(t *testing.T) {
	table := NewTable("m")
	e := taken(t, table, plain("a", 1, "{}\n"))
	e.Missing = time.Unix(1, 0)
	if !table.Move(e, "a") || !e.Missing.IsZero() || table.Move(e, "a") {
		t.Errorf("moved: %+v", e)
	}
}

func TestSnapshotLeavesOutAStaleCheck(t *testing.T) {
	table := NewTable("m")
	e := taken(t, table, plain("a", 1, "{}\n"))
	if e.Snapshot().Tail == "" {
		t.Error("no tail")
	}
	e.Offset++
	if e.Snapshot().Tail != "" {
		t.Error("a tail for another offset")
	}
	if err := e.Note(bytes.NewReader([]byte("{}\n")), source.Plain); err == nil {
		t.Error("a file shorter than what was taken can be noted")
	}
}

func TestCodec(t *testing.T) {
	e := &Entry{
		Key: "m/1-2", Path: "sub/a.ndjson", Inode: 1 << 63, Head: source.Hash(nil), HeadLen: 4096, Tail: source.Hash([]byte("x")),
		Generation: 2, Format: format.JSON, State: split.InArray, Offset: 9, Lines: 3, Size: 12, Open: true, Done: true, Failed: "why", Missing: time.Unix(1700000000, 0).UTC(), tailAt: 9,
	}
	value, err := Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(e.Key, value)
	if err != nil {
		t.Fatal(err)
	}
	back.tailAt = 9
	if !reflect.DeepEqual(e, back) {
		t.Errorf("got %+v, want %+v", back, e)
	}
	// What monitors wrote that knew one format only.
	old := fmt.Sprintf(`{"version":1,"path":"a.json","inode":7,"hash":%q,"hash_len":9,"generation":0,"offset":9,"lines":3,"size":12}`, e.Head)
	if e, err := Decode("m/7", []byte(old)); err != nil || e.Format != format.NDJSON || e.Offset != 9 {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := Decode("k", []byte("{}")); err == nil {
		t.Error("an empty record is read")
	}
	if _, err := Encode(End("m/end")); err != nil {
		t.Error(err)
	}
}
