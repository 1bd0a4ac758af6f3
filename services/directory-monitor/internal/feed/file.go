package feed

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/millrace/millrace/services/directory-monitor/internal/format"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/source"
	"github.com/millrace/millrace/services/directory-monitor/internal/split"
)

// place says which list of the Feed a file is in.
type place int

const (
	nowhere place = iota
	waiting
	reading
	waitingToSettle
)

// file is a file that is there, or was until a moment ago.
type file struct {
	path    string
	id      source.ID
	kind    source.Kind
	size    int64
	mtime   time.Time
	changed time.Time // when it was last seen to change
	moved   bool      // what changed last was its name, not its content
	news    bool      // it has changed since it was last verified
	lost    bool      // it is no longer at its path

	entry  *progress.Entry // nil before it was first opened
	cursor *cursor         // nil while it is not open
	place  place

	shown, shownPath string // the path as people are told it, and of which path that was made
}

// cursor is an open file and how far it has been read.
type cursor struct {
	file    *os.File
	content *source.Content
	records *split.Reader
	skip    int64 // decompressed bytes still to be passed over

	convert format.Converter
	table   *format.Table // convert, if that needs a header
	made    bool          // documents are not what stands in the file
}

// look compares what is at a path with what is known, and has it read if it may
// hold something new. How long a file has not changed is measured by what is seen of
// it here, for clocks of file servers, and this one, may be wrong by hours.
func (f *Feed) look(name string, info fs.FileInfo) {
	id := source.IDOf(info)
	x := f.byPath[name]
	if x != nil && x.id != id {
		f.lose(name)
		x = nil
	}
	now := f.Clock.Now()
	if x == nil {
		if x = f.elsewhere(name, id); x != nil && x.path != name {
			return // another name of a file that is read under its first one
		}
	}
	moved := source.Moved(info)
	switch {
	case x == nil:
		x = &file{path: name, id: id, kind: source.KindOf(name, nil), changed: now}
		f.byPath[name], f.byID[id] = x, x
	case x.size != info.Size() || !x.mtime.Equal(info.ModTime()):
		x.changed = now
	case moved && !x.moved && x.place == waitingToSettle && x.kind.Compressed():
	default:
		return
	}
	x.size, x.mtime, x.moved, x.news = info.Size(), info.ModTime(), moved, true
	if x.place == reading || x.size == 0 {
		return
	}
	if x.kind.Compressed() && !f.settled(x) {
		f.settle(x)
		return
	}
	f.enqueue(x)
}

// elsewhere finds a file that is known under another name. If that name is no
// longer its own, the file has been renamed, and goes on under the new one.
func (f *Feed) elsewhere(name string, id source.ID) *file {
	x := f.byID[id]
	if x == nil {
		return nil
	}
	if !x.lost {
		info, err := f.files.Stat(x.path)
		if err == nil && source.IDOf(info) == id {
			return x
		}
		delete(f.byPath, x.path)
	}
	x.path, x.lost = name, false
	f.byPath[name] = x
	if kind := source.KindOf(name, nil); x.cursor == nil {
		if x.kind != kind && x.entry != nil && x.entry.Failed != "" {
			x.mtime = x.mtime.Add(-1) // look again: it is to be read in another way
		}
		x.kind = kind
	}
	if x.entry != nil && f.Table.Move(x.entry, name) {
		f.touch(x.entry, x)
	}
	return x
}

// lose notes that a file is no longer at its path. One that is open is read to
// its end as far as it goes; if it turns up under another name it goes on there.
func (f *Feed) lose(name string) {
	x := f.byPath[name]
	if x == nil {
		return
	}
	delete(f.byPath, name)
	x.lost = true
	if x.place == reading {
		return
	}
	f.forget(x)
}

// forget removes a lost file from all lists.
func (f *Feed) forget(x *file) {
	f.leave(x)
	f.closeCursor(x)
	if f.byID[x.id] == x {
		delete(f.byID, x.id)
	}
}

// leave takes a file out of the list that it is in.
func (f *Feed) leave(x *file) {
	remove := func(list []*file) []*file {
		return slices.DeleteFunc(list, func(y *file) bool { return x == y })
	}
	switch x.place {
	case nowhere:
	case waiting:
		f.plain, f.compressed = remove(f.plain), remove(f.compressed)
	case reading:
		f.running = remove(f.running)
	case waitingToSettle:
		delete(f.settling, x)
		f.parked = remove(f.parked)
	}
	x.place = nowhere
}

// enqueue has a file read when it is its turn.
func (f *Feed) enqueue(x *file) {
	if x.place == waiting || x.place == reading {
		return
	}
	f.leave(x)
	x.place = waiting
	if x.kind.Compressed() {
		f.compressed = append(f.compressed, x)
	} else {
		f.plain = append(f.plain, x)
	}
}

// settle has a file looked at again when it has not changed for a while. If it
// is open it stays so, but only so many do.
func (f *Feed) settle(x *file) {
	f.leave(x)
	x.place = waitingToSettle
	f.settling[x] = struct{}{}
	if x.cursor == nil {
		return
	}
	f.parked = append(f.parked, x)
	if len(f.parked) > maxParked {
		f.closeCursor(f.parked[0])
		f.parked = f.parked[1:]
	}
}

// busy reports whether there is anything to read now.
func (f *Feed) busy() bool { return len(f.running)+len(f.plain)+len(f.compressed) > 0 }

// admit lets waiting files take their turn as far as there is room.
func (f *Feed) admit() {
	compressed := 0
	for _, x := range f.running {
		if x.kind.Compressed() {
			compressed++
		}
	}
	take := func(queue *[]*file) {
		x := (*queue)[0]
		*queue = (*queue)[1:]
		x.place = reading
		f.running = append(f.running, x)
	}
	for len(f.compressed) > 0 && compressed < maxCompressed {
		take(&f.compressed)
		compressed++
	}
	for len(f.plain) > 0 && len(f.running) < maxRunning {
		take(&f.plain)
	}
}

// closeCursor closes a file and notes what it is to be known by.
func (f *Feed) closeCursor(x *file) {
	c := x.cursor
	if c == nil {
		return
	}
	if x.entry != nil && !x.news {
		// A file that has shrunk meanwhile shows when it is next opened.
		_ = x.entry.Note(c.file, x.kind)
	}
	x.cursor = nil
	c.content.Close()
	_ = c.file.Close()
	if len(f.spare) < maxRunning {
		f.spare = append(f.spare, c.records)
	}
}

// closeAll closes every file.
func (f *Feed) closeAll() {
	for _, x := range f.byID {
		f.closeCursor(x)
	}
}

// cannotRead says that a file cannot be read: once in the log, and, where the
// files were named one by one, as a dead letter.
func (f *Feed) cannotRead(name string, err error) {
	if _, said := f.denied[name]; said {
		return
	}
	f.denied[name] = struct{}{}
	f.Log.Warn("cannot read a file", "file", f.display(name), "error", unwrapPath(err))
	if f.Folder == nil {
		f.bury(f.deadFile(name, "cannot read the file: "+unwrapPath(err).Error()))
	}
}

// unwrapPath leaves out the path of an error that is shown beside the path.
func unwrapPath(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
