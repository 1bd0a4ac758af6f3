// Package progress remembers how far every file has been taken. Its main noun
// is the [Entry]; a [Table] holds those of one monitor and knows a file again
// by its inode and its bytes, under whatever name.
//
// A renamed file is the same Entry; a copy has another inode and is another
// Entry; a file that was truncated or rewritten begins a new generation. The
// package reads heads and tails of files, not their content, and writes nothing:
// the caller puts changed entries into the transaction with the lines that they
// cover.
package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/millrace/millrace/services/directory-monitor/internal/format"
	"github.com/millrace/millrace/services/directory-monitor/internal/source"
	"github.com/millrace/millrace/services/directory-monitor/internal/split"
)

// KeepMissing is how long the entry of a file that is gone is kept: it may have
// been moved away for a while.
const KeepMissing = 7 * 24 * time.Hour

// Entry is the progress of one file.
type Entry struct {
	// Key is the identity: the monitor's name, the inode, and a hash of the first
	// min(4 KiB, size when first seen) bytes. It never changes.
	Key   string
	Path  string // where the file was last seen, below the folder
	Inode uint64
	// Head is the SHA-256 of the first HeadLen bytes. They are those of the key
	// at first; as a small file is taken the check grows with it, up to 4 KiB.
	Head    string
	HeadLen int64
	// Tail is the SHA-256 of the up to 4 KiB before Offset of a plain file, ""
	// for others: growth leaves it alone, a rewrite hardly does.
	Tail       string
	Generation int64 // how often the file has been truncated or rewritten

	// Format is how the file is read; once something was taken it stays. State is
	// that of the content behind Offset.
	Format format.Format
	State  split.State

	Offset int64 // decompressed bytes taken
	Lines  int64 // lines taken: line feeds before Offset, and one more if Open
	Size   int64 // of the file when this was written
	// Open: the last record taken had no newline. What is appended to it comes too
	// late.
	Open    bool
	Done    bool      // all of the file at its Size is taken
	Failed  string    // why a broken file ends at Offset
	Missing time.Time // since when the file is gone; zero if it is there

	tailAt int64 // the Offset that Tail was made for
}

// Snapshot is a copy of the entry as it is to be written now.
func (e *Entry) Snapshot() *Entry {
	c := *e
	if c.tailAt != c.Offset {
		c.Tail = ""
	}
	return &c
}

// File is what the Table has to know of a file to tell which Entry is its.
type File struct {
	Path  string
	Inode uint64
	Size  int64
	Kind  source.Kind
	Bytes io.ReaderAt
}

// Table holds the entries of one monitor. It belongs to one goroutine.
type Table struct {
	name    string
	entries map[string]*Entry              // by key
	inodes  map[uint64]map[string]struct{} // inode → keys
	paths   map[string]*Entry              // path → the entry last seen there
	dropped []string                       // keys whose records are to be removed
}

// NewTable returns an empty Table for the monitor called name.
func NewTable(name string) *Table {
	return &Table{
		name: name, entries: map[string]*Entry{}, inodes: map[uint64]map[string]struct{}{}, paths: map[string]*Entry{},
	}
}

// Put adds an entry that was read back; a later one for the same key replaces it.
func (t *Table) Put(e *Entry) {
	t.remove(e.Key)
	e.tailAt = e.Offset
	t.entries[e.Key] = e
	if t.inodes[e.Inode] == nil {
		t.inodes[e.Inode] = map[string]struct{}{}
	}
	t.inodes[e.Inode][e.Key] = struct{}{}
	t.paths[e.Path] = e
}

// Delete forgets an entry that was read back as removed.
func (t *Table) Delete(key string) { t.remove(key) }

// Drop forgets an entry and notes that its record is to be removed; see [Table.TakeDropped].
func (t *Table) Drop(e *Entry) {
	t.remove(e.Key)
	t.dropped = append(t.dropped, e.Key)
}

// TakeDropped returns the keys dropped since the last call.
func (t *Table) TakeDropped() []string {
	dropped := t.dropped
	t.dropped = nil
	return dropped
}

func (t *Table) remove(key string) {
	e, ok := t.entries[key]
	if !ok {
		return
	}
	delete(t.entries, key)
	delete(t.inodes[e.Inode], key)
	if len(t.inodes[e.Inode]) == 0 {
		delete(t.inodes, e.Inode)
	}
	if t.paths[e.Path] == e {
		delete(t.paths, e.Path)
	}
}

// Has reports whether the entry is the present one for its key.
func (t *Table) Has(e *Entry) bool { return t.entries[e.Key] == e }

// Len is the number of entries.
func (t *Table) Len() int { return len(t.entries) }

// Each calls fn for every entry, in no particular order; fn may Drop it.
func (t *Table) Each(fn func(*Entry)) {
	for _, e := range t.entries {
		fn(e)
	}
}

// Identify returns the entry of a file that is not empty. fresh says that
// nothing has been taken of it: it is new, or begins a new generation.
func (t *Table) Identify(f File) (entry *Entry, fresh bool, err error) {
	head, err := source.Head(f.Bytes)
	if err != nil {
		return nil, false, err
	}
	var rewritten *Entry
	for key := range t.inodes[f.Inode] {
		e := t.entries[key]
		if !e.sameHead(head) {
			continue
		}
		same, err := e.grown(f)
		if err != nil {
			return nil, false, err
		}
		if same {
			return e, false, nil
		}
		if rewritten == nil || e.HeadLen > rewritten.HeadLen {
			rewritten = e
		}
	}
	if rewritten != nil {
		return t.begin(f, head, rewritten), true, nil
	}
	// Other bytes under the name and in the place of a known file: rewritten.
	if e := t.paths[f.Path]; e != nil && e.Inode == f.Inode {
		return t.begin(f, head, e), true, nil
	}
	return t.begin(f, head, nil), true, nil
}

// begin makes an entry for content that has not been taken yet; before is the
// entry of the content that it replaces in the same file, if any.
func (t *Table) begin(f File, head []byte, before *Entry) *Entry {
	hash := source.Hash(head)
	e := &Entry{
		Key:  fmt.Sprintf("%s/%d-%s", t.name, f.Inode, hash[:32]),
		Path: f.Path, Inode: f.Inode, Head: hash, HeadLen: int64(len(head)), Size: f.Size,
	}
	if before != nil {
		e.Generation = before.Generation + 1
		if before.Key != e.Key {
			t.Drop(before)
		}
	}
	if last := t.entries[e.Key]; last != nil {
		e.Generation = max(e.Generation, last.Generation+1)
	}
	t.Put(e)
	return e
}

// Move notes that the file is at path now, and there at all. It reports whether
// that is news.
func (t *Table) Move(e *Entry, path string) bool {
	if e.Path == path && e.Missing.IsZero() {
		return false
	}
	if t.paths[e.Path] == e {
		delete(t.paths, e.Path)
	}
	e.Path, e.Missing = path, time.Time{}
	t.paths[path] = e
	return true
}

// Reset begins a new generation of an entry whose content turned out to be
// another than the one that it was taken from.
func (t *Table) Reset(e *Entry) {
	*e = Entry{
		Key: e.Key, Path: e.Path, Inode: e.Inode, Head: e.Head, HeadLen: e.HeadLen,
		Size: e.Size, Generation: e.Generation + 1,
	}
}

// sameHead reports whether a file that begins with head may be this one.
func (e *Entry) sameHead(head []byte) bool {
	return int64(len(head)) >= e.HeadLen && source.Hash(head[:e.HeadLen]) == e.Head
}

// Holds reports whether a file still is what was taken as e: the same head, and
// no less than was taken, ending in the same bytes.
func (e *Entry) Holds(f File) (bool, error) {
	head, err := source.Head(f.Bytes)
	if err != nil || !e.sameHead(head) {
		return false, err
	}
	return e.grown(f)
}

// grown reports whether a file with the same head still holds what was taken of it.
func (e *Entry) grown(f File) (bool, error) {
	if f.Kind.Compressed() {
		return f.Size >= e.Size, nil
	}
	if f.Size < e.Offset {
		return false, nil
	}
	if e.Tail == "" || e.tailAt > e.Offset {
		return true, nil
	}
	tail, err := source.Tail(f.Bytes, e.tailAt)
	if err != nil {
		return false, err
	}
	return source.Hash(tail) == e.Tail, nil
}

// Note brings the checks of a plain file up to what has been taken of it.
func (e *Entry) Note(file io.ReaderAt, kind source.Kind) error {
	if kind.Compressed() || e.tailAt == e.Offset {
		return nil
	}
	tail, err := source.Tail(file, e.Offset)
	if err != nil {
		return err
	}
	if int64(len(tail)) < min(e.Offset, source.HeadBytes) {
		return fmt.Errorf("the file is shorter than the %d bytes taken from it", e.Offset)
	}
	e.Tail, e.tailAt = source.Hash(tail), e.Offset
	if e.HeadLen < source.HeadBytes && e.Offset > e.HeadLen {
		head, err := source.Head(file)
		if err != nil {
			return err
		}
		if n := min(e.Offset, int64(len(head))); n > e.HeadLen && e.sameHead(head) {
			e.Head, e.HeadLen = source.Hash(head[:n]), n
		}
	}
	return nil
}
