package folder

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestIgnored(t *testing.T) {
	for name, want := range map[string]bool{
		"a": false, "a.ndjson": false, "sub/a.gz": false, ".a": true, ".sub/a": true, "sub/.a/b": true, "a.tmp": true, "a.TMP": true,
		"a.gz.part": true, "a.swp": true, "tmp": false, "a.tmp/b": false, "a.tmpx": false,
	} {
		if got := Ignored(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func open(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestWalk(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b", "a", "sub/c", "sub/deep/d", ".git/e", "sub/.f", "g.tmp"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, dir)
	var files, folders []string
	complete, err := f.Walk(t.Context(), func(name string, info fs.FileInfo, folder bool) {
		if folder {
			folders = append(folders, name)
			return
		}
		if info.Size() != int64(len(name)) {
			t.Errorf("%s: %d bytes", name, info.Size())
		}
		files = append(files, name)
	})
	if err != nil || !complete {
		t.Fatalf("complete %v, %v", complete, err)
	}
	if want := []string{"a", "b", "sub/c", "sub/deep/d"}; !slices.Equal(files, want) {
		t.Errorf("files %q", files)
	}
	if want := []string{".", "sub", "sub/deep"}; !slices.Equal(folders, want) {
		t.Errorf("folders %q", folders)
	}
	// A pipe that took a file's place neither blocks nor counts as a file.
	if _, err := f.Stat("pipe"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("pipe: %v", err)
	}
	file, err := f.OpenFile("pipe")
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
}

func TestSame(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "in")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f := open(t, dir)
	if same, err := f.Same(); !same || err != nil {
		t.Errorf("at first: %v, %v", same, err)
	}
	if err := os.Rename(dir, dir+"2"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Same(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("gone: %v", err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if same, err := f.Same(); same || err != nil {
		t.Errorf("another: %v, %v", same, err)
	}
	if _, err := Open(filepath.Join(dir, "nowhere"), slog.Default()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nowhere: %v", err)
	}
}

func TestWatch(t *testing.T) {
	dir := t.TempDir()
	w := Watch(dir, slog.New(slog.DiscardHandler))
	defer w.Close()
	w.Add(".")
	for _, name := range []string{"a", ".hidden", "b.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	<-w.Wake()
	if names, all := w.Take(); all || !slices.Equal(names, []string{"a"}) {
		t.Errorf("took %q, %v", names, all)
	}
	// Beyond what is remembered one by one, everything counts as changed.
	for i := range maxDirty + 1 {
		w.mark(filepath.Join(dir, string(rune('a'+i%26)), string(rune(0x4e00+i))))
	}
	if names, all := w.Take(); !all || len(names) > maxDirty {
		t.Errorf("took %d names, all %v", len(names), all)
	}
	if names, all := w.Take(); all || len(names) > 0 {
		t.Errorf("took %q, %v again", names, all)
	}
}
