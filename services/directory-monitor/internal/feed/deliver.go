package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/directory-monitor/internal/batch"
	"github.com/millrace/millrace/services/directory-monitor/internal/format"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/source"
	"github.com/millrace/millrace/services/directory-monitor/internal/split"
	"github.com/millrace/millrace/services/directory-monitor/internal/stats"
)

// Dead letters hold up to 64 KiB each, and an Item goes into one transaction.
const (
	maxDead    = 16
	maxTouched = 1000
)

// takeRecord takes one record, or the unterminated rest, of a file.
func (f *Feed) takeRecord(ctx context.Context, x *file, record *split.Record) error {
	e := x.entry
	doc, reason, class, err := f.document(x, record)
	if err != nil {
		return err
	}
	if doc != nil && !f.Builder.Fits(doc) {
		if err := f.flush(ctx); err != nil { // the batch goes without it, and so does its progress
			return err
		}
	}
	switch {
	case reason != "" && (e.Failed == "" || e.Failed != record.Fault): // else it has been said
		f.bury(f.deadRecord(x, record, reason, class))
	case doc != nil:
		f.Builder.Add(doc, batch.Place{File: f.shown(x), Line: record.Line, Byte: record.Start, Made: x.cursor.made})
	}
	f.Stats.Lines.Add(1)
	f.Stats.Bytes.Add(record.Next - e.Offset)
	e.Offset, e.Lines, e.Open, e.Done = record.Next, record.Feeds, !record.Terminated, false
	if e.Open {
		e.Lines++
	}
	if e.State != record.State || e.Failed != "" {
		e.State, e.Failed = record.State, ""
	}
	e.Size = max(e.Size, x.size)
	f.touch(e, x)
	return f.flushIfFull(ctx)
}

// document returns the document of a record, or why the record becomes a dead
// letter, or neither if there is nothing in it. A file that cannot be read at all
// is a refusedError.
func (f *Feed) document(x *file, record *split.Record) (doc []byte, reason, class string, err error) {
	c := x.cursor
	if x.entry.Open { // it continues a record that was taken when it had no end
		if record.Long == nil && len(bytes.TrimSuffix(record.Bytes, []byte{'\r'})) == 0 {
			return nil, "", "", nil // only the end of its line
		}
		reason = fmt.Sprintf("bytes appended at offset %d to a %s that had no newline and had been taken as complete", record.Start, x.entry.Format.Record())
		return nil, reason, stats.LateBytes, nil
	}
	reason, class = f.unreadable(x, record)
	if c.table != nil && !c.table.Begun() && (reason != "" || !c.table.Blank(record.Bytes)) {
		header, err := f.begin(x, record, reason)
		if header && !record.Terminated {
			err = errHeaderAlone
		}
		if header || err != nil {
			return nil, "", "", err
		}
	}
	if reason != "" {
		return nil, reason, class, nil
	}
	doc, err = c.convert.Document(record.Bytes)
	switch {
	case err != nil:
		return nil, err.Error(), stats.Malformed, nil
	case len(doc) > f.MaxLine:
		return nil, fmt.Sprintf("as a JSON document it has %d bytes; up to %d are taken (--max-line)", len(doc), f.MaxLine), stats.TooLong, nil
	default:
		return doc, "", "", nil
	}
}

// unreadable says why a record cannot be converted at all, "" if it may be.
// Bytes that are not UTF-8 do not make it so: they are read as U+FFFD.
func (f *Feed) unreadable(x *file, record *split.Record) (reason, class string) {
	switch {
	case record.Fault != "":
		if record.Then != "" {
			return record.Fault + "; " + record.Then, stats.Malformed
		}
		return record.Fault, stats.Malformed
	case record.Long != nil:
		reason = fmt.Sprintf("%s of %d bytes; up to %d are taken (--max-line)", x.entry.Format.Record(), record.Len(), f.MaxLine)
		if hint := jsonscan.Hint(record.Long.Prefix); hint != "" && x.entry.Format == format.NDJSON {
			reason += ": " + hint
		}
		return reason, stats.TooLong
	case bytes.IndexByte(record.Bytes, 0) >= 0:
		return "binary: contains a NUL byte", stats.Binary
	default:
		return "", ""
	}
}

// refusedError says why a file cannot be read at all, and shows what of it.
type refusedError struct {
	reason string
	data   []byte
}

func (e *refusedError) Error() string { return e.reason }

// errHeaderAlone says that a file ends in the line that names its columns. It is
// not taken: there may be more of it, and it gives no documents.
var errHeaderAlone = errors.New("the file ends in its header")

// begin begins the table of a file with its first record, which is unreadable if
// there is a reason. header says that it is no data.
func (f *Feed) begin(x *file, record *split.Record, reason string) (header bool, err error) {
	t := x.cursor.table
	if reason != "" {
		if len(f.Formats.Columns) > 0 {
			return t.Begin(nil) // it was data
		}
		err = fmt.Errorf("its first line, which names the columns, cannot be read: %s", reason)
	} else {
		header, err = t.Begin(record.Bytes)
	}
	if err != nil {
		prefix, _ := record.Digest()
		return false, &refusedError{reason: err.Error(), data: append([]byte{}, prefix[:min(len(prefix), source.HeadBytes)]...)}
	}
	switch near := t.Nearly(); {
	case len(near) > 0:
		f.Log.Warn("columns of the file are written otherwise than the stream's (in parentheses), so they are not read; write them alike, or say FROM in CREATE STREAM",
			"file", f.shown(x), "stream", f.Formats.Stream.Name, "columns", strings.Join(near, ", "))
	case t.Known() == 0:
		f.Log.Warn("no column of the file is one of the stream's, so its documents give only NULLs; if its first line is data, declare the columns (--columns)",
			"file", f.shown(x), "stream", f.Formats.Stream.Name)
	}
	return header, nil
}

// touch notes that an entry has to be written; x is its file if it is open.
func (f *Feed) touch(e *progress.Entry, x *file) { f.touched[e] = x }

// bury adds a dead letter to the present Item.
func (f *Feed) bury(d batch.DeadLetter) { f.dead = append(f.dead, d) }

// deadRecord makes the dead letter of a record.
func (f *Feed) deadRecord(x *file, record *split.Record, reason, class string) batch.DeadLetter {
	prefix, sum := record.Digest()
	return batch.DeadLetter{Class: class, DeadLetter: wire.DeadLetter{
		Source: x.entry.Key, File: f.shown(x), Offset: record.Start, Line: record.Line, Length: record.Len(),
		SHA256: sum, Reason: reason, Data: append([]byte{}, prefix...),
	}}
}

// deadEnd makes the dead letter of a broken file: it holds the record in which
// the file breaks off.
func (f *Feed) deadEnd(x *file, reason string) batch.DeadLetter {
	at := x.cursor.records.Position()
	rest, ok := x.cursor.records.Rest()
	if !ok {
		rest = &split.Record{Start: at, Line: x.entry.Lines + 1}
	}
	return f.deadRecord(x, rest, fmt.Sprintf("%s (at offset %d of the unpacked content)", reason, at), stats.Broken)
}

// deadFile makes the dead letter of a file that cannot be read at all.
func (f *Feed) deadFile(name, reason string) batch.DeadLetter {
	d := wire.NewDeadLetter([]byte{}, reason)
	d.Source, d.File = f.display(name), f.display(name)
	return batch.DeadLetter{Class: stats.CannotRead, DeadLetter: *d}
}

// deadContent makes the dead letter of a file that is refused as a whole: it
// holds what the verdict went by.
func (f *Feed) deadContent(x *file, head []byte, reason string) batch.DeadLetter {
	d := wire.NewDeadLetter(append([]byte{}, head...), reason)
	d.Source, d.File = x.entry.Key, f.shown(x)
	return batch.DeadLetter{Class: stats.Refused, DeadLetter: *d}
}

// flushIfFull flushes when the present Item is large enough.
func (f *Feed) flushIfFull(ctx context.Context) error {
	if !f.Builder.Full() && len(f.dead) < maxDead && len(f.touched) < maxTouched {
		return nil
	}
	return f.flush(ctx)
}

// flush sends the present Item, if there is anything in it.
func (f *Feed) flush(ctx context.Context) error {
	item := f.Builder.Take()
	item.Dead, item.Progress = f.dead, map[string]*progress.Entry{}
	for _, key := range f.Table.TakeDropped() {
		item.Progress[key] = nil
	}
	for e, x := range f.touched {
		if !f.Table.Has(e) {
			continue // replaced meanwhile
		}
		if x != nil && x.cursor != nil && !x.news {
			// If the file has shrunk, its check is left out; the next look shows it.
			_ = e.Note(x.cursor.file, x.kind)
		}
		item.Progress[e.Key] = e.Snapshot()
	}
	f.dead = nil
	clear(f.touched)
	if item.Value == nil && len(item.Dead) == 0 && len(item.Progress) == 0 {
		return nil
	}
	return f.send(ctx, item)
}

// send waits until the Item is taken over: that is what holds reading back while
// Kafka is slow or away.
func (f *Feed) send(ctx context.Context, item *batch.Item) error {
	select {
	case f.out <- item:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
