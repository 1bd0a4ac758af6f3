package feed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
)

// rescan looks through the whole folder.
func (f *Feed) rescan(ctx context.Context) error {
	same, err := f.Folder.Same()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFolderGone, err)
	}
	if !same {
		return fmt.Errorf("%w: another one is at %s", ErrFolderGone, f.Folder.Path())
	}
	seen := map[string]struct{}{}
	complete, err := f.Folder.Walk(ctx, func(name string, info fs.FileInfo, dir bool) {
		if dir {
			f.Watcher.Add(name)
			return
		}
		seen[name] = struct{}{}
		f.look(name, info)
	})
	if err != nil {
		return err
	}
	for name := range f.byPath {
		if _, ok := seen[name]; !ok && complete {
			f.lose(name)
		}
	}
	if complete && !f.busy() {
		f.expire()
	}
	f.count()
	if f.Scanned != nil {
		f.Scanned()
	}
	return nil
}

// lookAtDirty looks at the paths that the system says have changed.
func (f *Feed) lookAtDirty(ctx context.Context) error {
	names, all := f.Watcher.Take()
	if all {
		return f.rescan(ctx)
	}
	for _, name := range names {
		info, err := f.files.Stat(name)
		switch {
		case err == nil:
			f.look(name, info)
		case errors.Is(err, fs.ErrNotExist):
			if f.Folder.IsFolder(name) {
				return f.rescan(ctx)
			}
			f.lose(name)
		}
	}
	return nil
}

// lookAtSettling looks at the files that may have settled.
func (f *Feed) lookAtSettling() {
	now := f.Clock.Now()
	for x := range f.settling {
		if now.Sub(x.changed) < f.Settle {
			continue
		}
		info, err := f.files.Stat(x.path)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				f.lose(x.path)
			}
			continue
		}
		f.look(x.path, info)
		if _, still := f.settling[x]; still && f.settled(x) {
			f.enqueue(x)
		}
	}
}

// settled reports whether the file is finished as far as one can tell: it has
// stayed as it is for long enough, or was renamed in. (A plain file that was
// renamed may still be written to.)
func (f *Feed) settled(x *file) bool {
	return f.Folder == nil || x.moved && x.kind.Compressed() || f.Clock.Now().Sub(x.changed) >= f.Settle
}

// expire drops the entries of files that have been gone for long, and notes
// those that are gone now.
func (f *Feed) expire() {
	now := f.Clock.Now()
	var gone, old []*progress.Entry
	f.Table.Each(func(e *progress.Entry) {
		if x := f.byPath[e.Path]; x != nil && (x.entry == e || x.entry == nil) {
			return
		}
		switch {
		case e.Missing.IsZero():
			gone = append(gone, e)
		case now.Sub(e.Missing) > progress.KeepMissing:
			old = append(old, e)
		}
	})
	for _, e := range gone {
		e.Missing = now
		f.touch(e, nil)
	}
	for _, e := range old {
		f.Table.Drop(e)
		delete(f.touched, e)
	}
}

// count updates the gauges.
func (f *Feed) count() {
	f.Stats.Files.With("known").Store(int64(len(f.byPath)))
	f.Stats.Files.With("waiting").Store(int64(len(f.plain) + len(f.compressed)))
	f.Stats.Files.With("reading").Store(int64(len(f.running)))
	f.Stats.Files.With("settling").Store(int64(len(f.settling)))
}
