package feed

import (
	"context"
	"fmt"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/directory-monitor/internal/batch"
	"github.com/millrace/millrace/services/directory-monitor/internal/lines"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/stats"
)

// Dead letters hold up to 64 KiB each, and an Item goes into one transaction.
const (
	maxDead    = 16
	maxTouched = 1000
)

// takeLine takes one line, or the unterminated rest, of a file.
func (f *Feed) takeLine(ctx context.Context, x *file, line *lines.Line) error {
	e := x.entry
	late := e.Open
	if !late {
		e.Lines++
	}
	line.SkipMark()
	dead, class := f.verdict(line, late)
	takes := dead == "" && !late && !line.Blank()
	if takes && !f.Builder.Fits(line.Bytes) {
		// The batch goes without this line, so its progress must too.
		e.Lines--
		if err := f.flush(ctx); err != nil {
			return err
		}
		e.Lines++
	}
	switch {
	case takes:
		f.Builder.Add(line.Bytes, batch.Place{File: f.shown(x), Line: e.Lines, Byte: line.Start})
	case dead != "":
		f.bury(f.deadLine(x, line, dead, class))
	}
	f.Stats.Lines.Inc()
	f.Stats.Bytes.Add(float64(line.Next - e.Offset))
	e.Offset, e.Open, e.Done, e.Failed = line.Next, !line.Terminated, false, ""
	e.Size = max(e.Size, x.size)
	f.touch(e, x)
	return f.flushIfFull(ctx)
}

// verdict says why a line becomes a dead letter, "" if it does not. late: it
// continues a line that was taken when it had no newline.
func (f *Feed) verdict(line *lines.Line, late bool) (reason, class string) {
	switch {
	case late && line.Len() > 0:
		return fmt.Sprintf("bytes appended at offset %d to a line that had no newline and had been taken as complete", line.Start), stats.LateBytes
	case late:
		return "", ""
	case line.Long != nil:
		reason = fmt.Sprintf("line of %d bytes; up to %d are taken (--max-line)", line.Len(), f.MaxLine)
		if hint := jsonscan.Hint(line.Long.Prefix); hint != "" {
			reason += ": " + hint
		}
		return reason, stats.TooLong
	default:
		return line.Unreadable(), stats.Binary
	}
}

// touch notes that an entry has to be written; x is its file if it is open.
func (f *Feed) touch(e *progress.Entry, x *file) { f.touched[e] = x }

// bury adds a dead letter to the present Item.
func (f *Feed) bury(d batch.DeadLetter) { f.dead = append(f.dead, d) }

// deadLine makes the dead letter of a line.
func (f *Feed) deadLine(x *file, line *lines.Line, reason, class string) batch.DeadLetter {
	prefix, sum := line.Digest()
	return batch.DeadLetter{Class: class, DeadLetter: wire.DeadLetter{
		Source: x.entry.Key, File: f.shown(x), Offset: line.Start, Line: x.entry.Lines, Length: line.Len(),
		SHA256: sum, Reason: reason, Data: append([]byte{}, prefix...),
	}}
}

// deadEnd makes the dead letter of a broken file: it holds the line in which
// the file breaks off.
func (f *Feed) deadEnd(x *file, reason string) batch.DeadLetter {
	rest, ok := x.cursor.lines.Rest()
	if !ok {
		rest = lines.Line{Start: x.cursor.lines.Position()}
	}
	d := f.deadLine(x, &rest, fmt.Sprintf("%s (at offset %d of the unpacked content)", reason, x.cursor.lines.Position()), stats.Broken)
	d.Line++
	return d
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
