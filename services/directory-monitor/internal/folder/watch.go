package folder

import (
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// maxDirty is how many changed paths are remembered one by one; beyond it the
// whole folder counts as changed.
const maxDirty = 10_000

// Watcher collects the paths below a folder that the system says have changed.
// Events may be lost (by the system's queue, on network file systems), so a
// folder is walked now and then as well.
type Watcher struct {
	folder string
	log    *slog.Logger
	notify *fsnotify.Watcher
	wake   chan struct{}
	done   chan struct{}

	mu     sync.Mutex
	dirty  map[string]struct{}
	all    bool
	failed bool // a folder could not be watched; said once
}

// Watch begins to collect. On an error (the system's limit of watches is
// reached) it says so and returns a Watcher that never tells of anything.
func Watch(folder string, log *slog.Logger) *Watcher {
	w := &Watcher{
		folder: folder, log: log, wake: make(chan struct{}, 1), done: make(chan struct{}), dirty: map[string]struct{}{},
	}
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		w.complain(folder, err)
		close(w.done)
		return w
	}
	w.notify = notify
	go w.pump()
	return w
}

// Add watches a folder by its path below the watched one. Adding it again does
// nothing.
func (w *Watcher) Add(name string) {
	if w.notify == nil {
		return
	}
	if err := w.notify.Add(filepath.Join(w.folder, filepath.FromSlash(name))); err != nil {
		w.complain(name, err)
	}
}

// Wake delivers when there is something to Take.
func (w *Watcher) Wake() <-chan struct{} { return w.wake }

// Take returns the paths that have changed since the last Take. all says that
// any path may have.
func (w *Watcher) Take() (names []string, all bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name := range w.dirty {
		names = append(names, name)
	}
	all = w.all
	w.all = false
	clear(w.dirty)
	return names, all
}

// Close stops collecting.
func (w *Watcher) Close() {
	if w.notify != nil {
		_ = w.notify.Close()
	}
	<-w.done
}

func (w *Watcher) pump() {
	defer close(w.done)
	events, errs := w.notify.Events, w.notify.Errors
	for events != nil {
		select {
		case event, ok := <-events:
			if !ok {
				return
			}
			if event.Op == fsnotify.Chmod {
				continue
			}
			w.mark(event.Name)
		case err, ok := <-errs:
			if !ok {
				return
			}
			w.log.Debug("file events were lost", "error", err)
			w.mark("")
		}
	}
}

// mark notes that a path, or any ("") has changed.
func (w *Watcher) mark(name string) {
	rel, err := filepath.Rel(w.folder, name)
	if name != "" && (err != nil || rel == "." || Ignored(filepath.ToSlash(rel))) {
		return
	}
	w.mu.Lock()
	if name == "" || len(w.dirty) >= maxDirty {
		w.all = true
		clear(w.dirty)
	} else if !w.all {
		w.dirty[filepath.ToSlash(rel)] = struct{}{}
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *Watcher) complain(name string, err error) {
	w.mu.Lock()
	said := w.failed
	w.failed = true
	w.mu.Unlock()
	if !said {
		w.log.Warn("cannot watch a folder for changes; it is looked through now and then instead",
			"folder", w.folder, "path", name, "error", err)
	}
}
