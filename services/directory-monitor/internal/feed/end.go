package feed

import (
	"context"
	"errors"
	"io/fs"

	"github.com/millrace/millrace/services/directory-monitor/internal/source"
	"github.com/millrace/millrace/services/directory-monitor/internal/split"
	"github.com/millrace/millrace/services/directory-monitor/internal/stats"
)

// end is the end of the file for now.
func (f *Feed) end(ctx context.Context, x *file) error {
	info, err := x.cursor.file.Stat()
	if err != nil {
		f.fail(x, err)
		return nil
	}
	if x.kind.Compressed() {
		return f.finish(ctx, x, x.cursor.content.RawBytes())
	}
	position := x.cursor.records.Position()
	switch {
	case info.Size() > position:
		return nil // it has grown: go on
	case info.Size() < position:
		x.news = true // truncated: look what it is now
		return nil
	}
	f.refresh(x, info)
	if _, rest := x.cursor.records.Rest(); rest && !f.settled(x) {
		if x.lost {
			f.done(x)
			return nil
		}
		f.settle(x)
		return nil
	}
	return f.finish(ctx, x, position)
}

// finish takes the unterminated rest of the file: it is whole at this size.
func (f *Feed) finish(ctx context.Context, x *file, size int64) error {
	e, failed := x.entry, ""
	for {
		rest, ok := x.cursor.records.TakeRest()
		if !ok {
			break
		}
		if rest.Incomplete {
			failed = f.leaveRest(x, rest)
			break
		}
		err := f.takeRecord(ctx, x, rest)
		if errors.Is(err, errHeaderAlone) {
			break
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			f.fail(x, err)
			return nil
		}
	}
	if e.State == split.InArray && (f.Folder == nil || x.kind.Compressed()) {
		f.Log.Warn("a file ends before its array does", "file", f.shown(x), "offset", e.Offset)
	}
	if !e.Done || e.Failed != failed || e.Size != size {
		e.Done, e.Failed, e.Size = true, failed, size
		f.touch(e, x)
	}
	f.done(x)
	f.addRead(size)
	if x.size > size && !x.lost {
		f.settle(x) // a compressed file that has grown while it was read
	}
	return nil
}

// leaveRest says of a record in which the file ends, and which may become whole
// if the file grows, what is wrong with it, once. It is not taken: the file goes
// on at its beginning.
func (f *Feed) leaveRest(x *file, rest *split.Record) (failed string) {
	if x.entry.Failed != rest.Fault {
		f.bury(f.deadRecord(x, rest, rest.Fault, stats.Malformed))
		f.Log.Warn("a file ends early", "file", f.shown(x), "offset", rest.Start, "line", rest.Line, "error", rest.Fault)
	}
	return rest.Fault
}

// fail is the end of a file that cannot be read any further.
func (f *Feed) fail(x *file, err error) {
	var broken *source.BrokenError
	var refused *refusedError
	switch {
	case errors.Is(err, errShorter) && x.entry.Offset > 0:
		f.Table.Reset(x.entry)
		f.closeCursor(x)
		x.news = true
		return
	case errors.As(err, &refused):
		if x.entry.Failed != refused.reason {
			f.refuse(x, refused.data, refused.reason)
		}
		f.finishAs(x, refused.reason)
	case errors.As(err, &broken) && broken.Other:
		head, _ := source.Head(x.cursor.file) // it is for people only
		f.refuse(x, head, err.Error())
		f.finishAs(x, err.Error())
	case errors.As(err, &broken):
		f.bury(f.deadEnd(x, err.Error()))
		f.Log.Warn("a file ends early", "file", f.shown(x), "offset", x.entry.Offset, "error", err)
		f.finishAs(x, err.Error())
	default:
		f.cannotRead(x.path, err)
		x.mtime = x.mtime.Add(-1)
	}
	f.done(x)
	f.addRead(x.size)
}

// refuse says that nothing is taken of a file.
func (f *Feed) refuse(x *file, head []byte, reason string) {
	f.bury(f.deadContent(x, head, reason))
	f.Log.Warn("a file is refused", "file", f.shown(x), "reason", reason)
}

// finishAs notes that a file, as it is now, has no more to give, and why.
func (f *Feed) finishAs(x *file, reason string) {
	x.entry.Done, x.entry.Failed, x.entry.Size = true, reason, x.size
	f.touch(x.entry, x)
}

// done closes a file that has nothing more to read.
func (f *Feed) done(x *file) {
	f.leave(x)
	f.closeCursor(x)
	if x.lost {
		f.forget(x)
	}
}

// addRead counts a finished file of the Inputs.
func (f *Feed) addRead(size int64) {
	f.read += size
	f.tell()
}

// tell reports how much of the Inputs has been read.
func (f *Feed) tell() {
	if f.Read == nil {
		return
	}
	read := f.read
	for _, x := range f.running {
		if x.cursor == nil {
			continue
		}
		if x.kind.Compressed() {
			read += x.cursor.content.RawBytes()
		} else {
			read += x.cursor.records.Position()
		}
	}
	f.Read(read)
}

// refresh notes what an open file looks like, if that has changed.
func (f *Feed) refresh(x *file, info fs.FileInfo) {
	if info.Size() != x.size || !info.ModTime().Equal(x.mtime) {
		x.size, x.mtime, x.moved, x.changed = info.Size(), info.ModTime(), source.Moved(info), f.Clock.Now()
	}
}
