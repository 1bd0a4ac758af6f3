package feed

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/millrace/millrace/services/directory-monitor/internal/format"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/source"
	"github.com/millrace/millrace/services/directory-monitor/internal/split"
)

// quota is how many bytes of a file are read before it is another's turn.
const quota = 1 << 20

// step reads a piece of the file whose turn it is.
func (f *Feed) step(ctx context.Context) error {
	f.admit()
	if len(f.running) == 0 {
		return nil
	}
	x := f.running[0]
	if len(f.running) > 1 {
		f.running = append(f.running[1:], x)
	}
	if !f.ready(x) {
		return nil
	}
	err := f.pass(x)
	if err == nil && x.cursor.skip == 0 {
		err = f.take(ctx, x)
	}
	f.tell()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF):
		return f.end(ctx, x)
	default:
		f.fail(x, err)
		return nil
	}
}

// ready opens the file, or checks that an open one is still what it was. False
// says that it is not to be read now.
func (f *Feed) ready(x *file) bool {
	if x.cursor != nil && !x.news {
		return true
	}
	if x.cursor != nil {
		same, err := f.verify(x)
		if err == nil && same {
			return true
		}
		f.closeCursor(x)
	}
	ok, err := f.open(x)
	if err == nil && ok {
		return true
	}
	if err != nil && (f.Folder == nil || !errors.Is(err, fs.ErrNotExist)) {
		f.cannotRead(x.path, err)
		x.mtime = x.mtime.Add(-1) // look again
	}
	if x.place == reading {
		f.done(x)
	}
	return false
}

// verify checks an open file that has changed.
func (f *Feed) verify(x *file) (bool, error) {
	info, err := x.cursor.file.Stat()
	if err != nil {
		return false, err
	}
	x.news = false
	if !x.kind.Compressed() && info.Size() < x.cursor.records.Position() {
		return false, nil
	}
	return x.entry.Holds(progress.File{
		Path: x.path, Inode: x.id.Inode, Size: info.Size(), Kind: x.kind, Bytes: x.cursor.file,
	})
}

// open opens the file, finds out what has been taken of it, and goes there. It
// returns false if there is nothing to read now.
func (f *Feed) open(x *file) (bool, error) {
	file, err := f.files.OpenFile(x.path)
	if err != nil {
		return false, err
	}
	keep := false
	defer func() {
		if !keep {
			_ = file.Close()
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	if source.IDOf(info) != x.id || !info.Mode().IsRegular() {
		return false, fs.ErrNotExist // replaced meanwhile: the next look shows by what
	}
	f.refresh(x, info)
	x.news = false
	if x.size == 0 {
		return false, nil
	}
	head, err := source.Head(file)
	if err != nil {
		return false, err
	}
	if x.kind = source.KindOf(x.path, head); x.kind.Compressed() && !f.settled(x) {
		f.settle(x)
		return false, nil
	}
	entry, fresh, err := f.Table.Identify(progress.File{Path: x.path, Inode: x.id.Inode, Size: x.size, Kind: x.kind, Bytes: file})
	if err != nil {
		return false, err
	}
	x.entry = entry
	if f.Table.Move(entry, x.path) {
		f.touch(entry, x)
	}
	if fresh && entry.Generation > 0 {
		f.Log.Info("a file was truncated or rewritten; it is read anew", "file", f.display(x.path), "generation", entry.Generation)
	}
	if x.kind.Compressed() && entry.Done && entry.Size == x.size || !x.kind.Compressed() && entry.Offset == x.size {
		if !entry.Done {
			entry.Done, entry.Size = true, x.size
			f.touch(entry, x)
		}
		f.addRead(x.size)
		return false, nil
	}
	if !x.kind.Compressed() {
		if _, err := file.Seek(entry.Offset, io.SeekStart); err != nil {
			return false, err
		}
	}
	content := source.New(x.kind, file)
	if entry.Offset == 0 {
		head := content.Peek()
		if f.refused(x, head) {
			content.Close()
			f.addRead(x.size)
			return false, nil
		}
		entry.Format, entry.State = format.Of(x.path, head, f.Formats.Format), split.Between
	}
	c := &cursor{file: file, content: content, records: f.reader(), convert: entry.Format.Converter(f.Formats), made: entry.Format.Made()}
	if x.kind.Compressed() {
		c.skip = entry.Offset
	}
	if c.table, _ = c.convert.(*format.Table); c.table != nil && entry.Offset > 0 {
		if err := f.readHeader(x, c); err != nil {
			content.Close()
			f.spare = append(f.spare, c.records)
			return false, err
		}
	}
	feeds := entry.Lines
	if entry.Open {
		feeds--
	}
	c.records.Reset(content, entry.Offset, feeds, entry.Format.Splitter(entry.State))
	keep = true
	x.cursor = c
	return true, nil
}

// readHeader begins the table of a file of which something has been taken, with
// its first record.
func (f *Feed) readHeader(x *file, c *cursor) error {
	content := source.New(x.kind, io.NewSectionReader(c.file, 0, x.size))
	defer content.Close()
	c.records.Reset(content, 0, 0, x.entry.Format.Splitter(split.Between))
	for {
		record, err := c.records.Next()
		if errors.Is(err, split.ErrMore) {
			continue
		}
		if errors.Is(err, io.EOF) {
			rest, ok := c.records.TakeRest()
			if !ok {
				return nil
			}
			record, err = rest, nil
		}
		if err != nil {
			return err
		}
		if record.Start >= x.entry.Offset {
			return nil // it is still to come
		}
		if !c.table.Blank(record.Bytes) || record.Long != nil {
			_, err := c.table.Begin(record.Bytes)
			return err
		}
	}
}

// refused reports whether a file of which nothing has been taken is something
// else than text, and says so once.
func (f *Feed) refused(x *file, head []byte) bool {
	reason := source.NotText(head)
	if reason == "" {
		return false
	}
	if e := x.entry; !e.Done || e.Failed == "" {
		f.refuse(x, head, reason)
	}
	f.finishAs(x, reason)
	return true
}

func (f *Feed) reader() *split.Reader {
	if n := len(f.spare); n > 0 {
		r := f.spare[n-1]
		f.spare = f.spare[:n-1]
		return r
	}
	return split.New(f.MaxLine)
}

// pass decompresses a piece of what has been taken already.
func (f *Feed) pass(x *file) error {
	if x.cursor.skip == 0 {
		return nil
	}
	n, err := io.CopyN(io.Discard, x.cursor.content, min(x.cursor.skip, 8*quota))
	x.cursor.skip -= n
	if errors.Is(err, io.EOF) && x.cursor.skip > 0 {
		return errShorter
	}
	return err
}

// errShorter says that a compressed file ends before the point to which it had
// been taken: it is another content.
var errShorter = errors.New("the content is shorter than what was taken of it")

// take takes records of the file, up to its quota.
func (f *Feed) take(ctx context.Context, x *file) error {
	until := x.cursor.records.Position() + quota
	for x.cursor.records.Position() <= until {
		record, err := x.cursor.records.Next()
		if errors.Is(err, split.ErrMore) {
			continue
		}
		if err != nil {
			return err
		}
		if err := f.takeRecord(ctx, x, record); err != nil {
			return err
		}
	}
	return nil
}
