package feed

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/directory-monitor/internal/batch"
	"github.com/millrace/millrace/services/directory-monitor/internal/folder"
	"github.com/millrace/millrace/services/directory-monitor/internal/format"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/source"
	"github.com/millrace/millrace/services/directory-monitor/internal/split"
	"github.com/millrace/millrace/services/directory-monitor/internal/stats"
)

// What is open at a time bounds the memory: a file being read holds a buffer of
// up to the longest record, a zstd decoder up to its frame's window.
const (
	maxRunning    = 32 // files being read in turn
	maxCompressed = 2  // of them, compressed
	maxParked     = 16 // plain files kept open in the middle of a record
)

// ErrFolderGone says that the folder was removed, made anew or cannot be seen.
var ErrFolderGone = errors.New("the folder is gone")

// Files opens files by the names that a Feed knows them by.
type Files interface {
	Stat(name string) (fs.FileInfo, error)
	OpenFile(name string) (*os.File, error)
}

// Config is what a Feed needs.
type Config struct {
	Folder  *folder.Folder  // the folder to watch; nil: Inputs
	Watcher *folder.Watcher // with Folder
	// Inputs are the files to read to their end, after which Run returns.
	Inputs []string
	End    bool // after the Inputs, send an Item that says so

	Table   *progress.Table
	Builder *batch.Builder
	Stats   *stats.Stats
	Clock   daemon.Clock
	Log     *slog.Logger

	Formats format.Settings
	MaxLine int           // bytes of a record, and of what becomes of it
	Settle  time.Duration // how long a file stays as it is before its end is taken
	Rescan  time.Duration // how often the folder is looked through

	// Read, if set, is told how many bytes of the Inputs have been read.
	Read func(bytes int64)
	// Scanned, if set, is told after the folder has been looked through.
	Scanned func()
}

// Feed reads files. It belongs to one goroutine.
type Feed struct {
	Config
	files Files
	out   chan<- *batch.Item

	byPath map[string]*file
	byID   map[source.ID]*file
	// A file is in one of these at most.
	plain, compressed []*file            // waiting for their turn
	running           []*file            // being read in turn
	settling          map[*file]struct{} // waiting for no more changes
	parked            []*file            // settling with an open cursor, oldest first

	touched map[*progress.Entry]*file
	dead    []batch.DeadLetter
	spare   []*split.Reader
	denied  map[string]struct{} // paths that were complained about
	read    int64               // bytes of finished Inputs
}

// New returns a Feed.
func New(c Config) *Feed {
	f := &Feed{
		Config: c, byPath: map[string]*file{}, byID: map[source.ID]*file{}, settling: map[*file]struct{}{},
		touched: map[*progress.Entry]*file{}, denied: map[string]struct{}{},
	}
	f.files = plainFiles{}
	if c.Folder != nil {
		f.files = c.Folder
	}
	return f
}

// Run reads until ctx ends, whose error it returns, or until the Inputs are read
// to their end. It is called once.
func (f *Feed) Run(ctx context.Context, out chan<- *batch.Item) error {
	f.out = out
	defer f.closeAll()
	if f.Folder == nil {
		return f.runInputs(ctx)
	}
	if err := f.rescan(ctx); err != nil {
		return err
	}
	rescan, settle := f.Clock.NewTimer(f.Rescan), f.Clock.NewTimer(f.settleTick())
	defer rescan.Stop()
	defer settle.Stop()
	idle := make(chan struct{})
	close(idle)
	for {
		var work <-chan struct{}
		if f.busy() {
			work = idle
		} else if err := f.flush(ctx); err != nil {
			return err
		}
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.Watcher.Wake():
			err = f.lookAtDirty(ctx)
		case <-rescan.C():
			began := f.Clock.Now()
			err = f.rescan(ctx)
			rescan.Reset(max(f.Rescan, 10*f.Clock.Now().Sub(began)))
		case <-settle.C():
			f.lookAtSettling()
			settle.Reset(f.settleTick())
		case <-work:
			err = f.step(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// settleTick is how often files that have to settle are looked at.
func (f *Feed) settleTick() time.Duration { return max(f.Settle/8, time.Millisecond) }

// runInputs reads the Inputs, and marks the end.
func (f *Feed) runInputs(ctx context.Context) error {
	for _, name := range f.Inputs {
		info, err := f.files.Stat(name)
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("not a regular file")
		}
		if err != nil {
			f.cannotRead(name, err)
			continue
		}
		f.look(name, info)
	}
	for f.busy() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.step(ctx); err != nil {
			return err
		}
	}
	if err := f.flush(ctx); err != nil {
		return err
	}
	if !f.End {
		return nil
	}
	return f.send(ctx, &batch.Item{End: true})
}

// plainFiles are files by their ordinary paths.
type plainFiles struct{}

func (plainFiles) Stat(name string) (fs.FileInfo, error)  { return os.Stat(name) }
func (plainFiles) OpenFile(name string) (*os.File, error) { return os.Open(name) }

// display spells a file's name as messages and dead letters show it.
func (f *Feed) display(name string) string {
	if f.Folder == nil {
		return name
	}
	return filepath.Join(f.Folder.Path(), filepath.FromSlash(name))
}

// shown is display for a file that is read.
func (f *Feed) shown(x *file) string {
	if x.shownPath != x.path || x.shown == "" {
		x.shown, x.shownPath = f.display(x.path), x.path
	}
	return x.shown
}
