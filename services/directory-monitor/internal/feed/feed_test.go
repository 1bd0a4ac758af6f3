package feed

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/directory-monitor/internal/batch"
	"github.com/millrace/millrace/services/directory-monitor/internal/folder"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/stats"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a Feed whose steps the test makes itself.
type rig struct {
	*Feed
	t     *testing.T
	dir   string
	clock *daemon.FakeClock
	items chan *batch.Item
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	f, err := folder.Open(dir, log)
	if err != nil {
		t.Fatal(err)
	}
	w := folder.Watch(dir, log)
	st := stats.New()
	r := &rig{t: t, dir: dir, clock: daemon.NewFakeClock(time.Now()), items: make(chan *batch.Item, 100)}
	r.Feed = New(Config{
		Folder: f, Watcher: w, Table: progress.NewTable("m"), Builder: batch.NewBuilder(1<<10, 1<<11), Stats: st,
		Clock: r.clock, Log: log, MaxLine: 1 << 10, Settle: 2 * time.Second, Rescan: time.Second,
	})
	r.out = r.items
	t.Cleanup(func() { r.closeAll(); w.Close(); f.Close() })
	return r
}

// turn looks through the folder, reads what there is to read, and returns the
// lines and the progress that came of it.
func (r *rig) turn() (text string, entries map[string]*progress.Entry) {
	r.t.Helper()
	r.lookAtSettling()
	if err := r.rescan(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	for r.busy() {
		if err := r.step(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
	}
	r.expire()
	if err := r.flush(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	entries = map[string]*progress.Entry{}
	for len(r.items) > 0 {
		item := <-r.items
		text += string(item.Value)
		for key, e := range item.Progress {
			entries[key] = e
		}
	}
	return text, entries
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func TestEntriesOfMissingFilesAreKeptForAWhile(t *testing.T) {
	r := newRig(t)
	r.write("a", "1\n")
	away := filepath.Join(t.TempDir(), "a")
	text, entries := r.turn()
	if text != "1\n" || len(entries) != 1 {
		t.Fatalf("%q, %v", text, entries)
	}
	if _, entries := r.turn(); len(entries) != 0 {
		t.Errorf("progress is written without need: %v", entries)
	}
	move := func(from, to string) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	one := func(entries map[string]*progress.Entry) *progress.Entry {
		t.Helper()
		if len(entries) != 1 {
			t.Fatalf("progress of %d files", len(entries))
		}
		for _, e := range entries {
			return e
		}
		return nil
	}
	// Moved away: noted. It returns within the time: nothing is read again.
	move(filepath.Join(r.dir, "a"), away)
	if _, entries = r.turn(); one(entries).Missing.IsZero() {
		t.Error("not missing")
	}
	r.clock.Advance(progress.KeepMissing - time.Hour)
	move(away, filepath.Join(r.dir, "b"))
	text, entries = r.turn()
	if e := one(entries); text != "" || !e.Missing.IsZero() || e.Path != "b" || e.Offset != 2 {
		t.Errorf("%q, %+v", text, e)
	}
	// Away for longer: its record is removed.
	move(filepath.Join(r.dir, "b"), away)
	r.turn()
	r.clock.Advance(progress.KeepMissing + time.Hour)
	if _, entries = r.turn(); one(entries) != nil || r.Table.Len() != 0 {
		t.Errorf("kept: %v", entries)
	}
	move(away, filepath.Join(r.dir, "b"))
	if text, _ = r.turn(); text != "1\n" {
		t.Errorf("a forgotten file gives %q", text)
	}
}

func TestNothingIsTakenBeforeItHasSettled(t *testing.T) {
	r := newRig(t)
	r.write("plain", "1\n2")
	r.write("packed.gz", "\x1f\x8b")
	r.write("sending", "\x1f\x8b\x08")
	if text, entries := r.turn(); text != "1\n" || len(entries) != 1 {
		t.Errorf("at first %q, %v", text, entries)
	}
	r.clock.Advance(1900 * time.Millisecond)
	r.write("plain", "1\n23")
	if text, _ := r.turn(); text != "" {
		t.Errorf("too early: %q", text)
	}
	r.clock.Advance(1900 * time.Millisecond)
	if text, entries := r.turn(); text != "" || len(entries) != 2 {
		t.Errorf("too early: %q, or the broken files are not done: %v", text, entries)
	}
	r.clock.Advance(100 * time.Millisecond)
	if text, _ := r.turn(); text != "23\n" {
		t.Errorf("settled: %q", text)
	}
}

// A clock that is ahead of that of the files does not make them settled.
func TestNothingHasSettledAtFirstSight(t *testing.T) {
	r := newRig(t)
	r.clock.Advance(time.Hour)
	r.write("plain", "1\n2")
	r.write("packed.gz", "\x1f\x8b")
	if text, entries := r.turn(); text != "1\n" || len(entries) != 1 {
		t.Errorf("at first %q, %v", text, entries)
	}
	r.write("plain", "1\n23\n")
	if text, _ := r.turn(); text != "23\n" {
		t.Errorf("a line that was whole later gives %q", text)
	}
}

func TestManyFilesShareABatch(t *testing.T) {
	r := newRig(t)
	for i := range 100 {
		r.write(string(rune('a'+i%26))+string(rune('a'+i/26)), "1234567\n")
	}
	r.rescanAll()
	batches := 0
	for len(r.items) > 0 {
		if item := <-r.items; item.Value != nil {
			batches++
			if len(item.Progress) != item.Documents {
				t.Errorf("%d documents with the progress of %d files", item.Documents, len(item.Progress))
			}
		}
	}
	if batches != 1 {
		t.Errorf("%d batches for 800 bytes", batches)
	}
	if n := len(r.running) + len(r.parked); n != 0 {
		t.Errorf("%d files are still open", n)
	}
}

func (r *rig) rescanAll() {
	r.t.Helper()
	if err := r.rescan(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	for r.busy() {
		if err := r.step(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := r.flush(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func TestOnlySoManyFilesStayOpen(t *testing.T) {
	r := newRig(t)
	for i := range 3 * maxParked {
		r.write(string(rune('a'+i%26))+string(rune('a'+i/26)), "1\nunterminated")
	}
	r.rescanAll()
	if len(r.parked) > maxParked || len(r.settling) != 3*maxParked {
		t.Errorf("%d files open, %d waiting to settle", len(r.parked), len(r.settling))
	}
	for len(r.items) > 0 {
		<-r.items
	}
	r.clock.Advance(2 * time.Second)
	text, _ := r.turn()
	if n := bytes.Count([]byte(text), []byte("unterminated\n")); n != 3*maxParked {
		t.Errorf("%d last lines", n)
	}
}
