package kill

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// lateness is how far the tweets stream lets a post lie behind the newest one.
const lateness = 5 * time.Second

// tweets starts `millrace generate` and returns its output: lines whose event
// time advances by a millisecond each and lies back by up to 1.5 s, one in a
// hundred of them broken.
func tweets(t *testing.T, dir string, seed uint64) *bufio.Reader {
	t.Helper()
	cmd := exec.Command(filepath.Join(dir, "millrace"), "generate", "--count", "0", "--lean",
		"--seed", fmt.Sprint(seed), "--step", "1ms", "--disorder", "1500ms", "--malformed", "0.01")
	cmd.SysProcAttr = dieWithParent()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return bufio.NewReaderSize(out, 1<<20)
}

// writer writes lines into the watched folder: to plain files that grow, and in
// compressed files that are renamed in.
//
// No line may be late, or windowed queries would have no one right answer. Lines
// of several files, on several partitions, read before and after a crash arrive
// in no order; so a line is written only when its event time is less than the
// stream's lateness ahead of every line that has not been scanned yet. Then no
// watermark, which is at least the lateness behind the newest line scanned, can
// have passed a line still to come, whichever partitions are idle.
type writer struct {
	dir    string // watched
	aside  string // on the same file system
	lines  *bufio.Reader
	rnd    *rand.Rand
	ledger *ledger
	rate   float64 // lines per second

	next    *post // read but not written
	growing [4]string
	files   int
	held    time.Duration // time spent waiting for older lines to be scanned
}

// run writes until ctx ends.
func (w *writer) run(ctx context.Context) error {
	began, count := time.Now(), 0
	for ctx.Err() == nil {
		due := began.Add(time.Duration(float64(count) / w.rate * float64(time.Second)))
		if ahead := time.Until(due); ahead > 0 && !pause(ctx, ahead) {
			return nil
		}
		if behind := time.Since(due); behind > time.Second {
			began = began.Add(behind) // what was held up is not caught up with
		}
		posts, err := w.take(20 + w.rnd.IntN(150))
		if err != nil {
			return err
		}
		if len(posts) == 0 {
			w.held += 20 * time.Millisecond
			pause(ctx, 20*time.Millisecond)
			continue
		}
		count += len(posts)
		w.ledger.add(posts)
		if err := w.write(posts); err != nil {
			return err
		}
	}
	return nil
}

// take returns up to n lines that may be written now.
func (w *writer) take(n int) ([]post, error) {
	limit := w.ledger.oldest()
	var posts []post
	for len(posts) < n {
		if w.next == nil {
			line, err := w.lines.ReadBytes('\n')
			if err != nil {
				return nil, fmt.Errorf("read generated tweets: %w", err)
			}
			p := newPost(bytes.TrimSuffix(line, []byte("\n")))
			w.next = &p
		}
		if w.next.timed {
			if w.next.at-limit >= lateness.Microseconds() && limit <= w.next.at {
				break
			}
			limit = min(limit, w.next.at)
		}
		posts = append(posts, *w.next)
		w.next = nil
	}
	return posts, nil
}

func (w *writer) write(posts []post) error {
	text := text(posts)
	switch w.rnd.IntN(8) {
	case 0:
		return w.renameIn(text, ".gz", func(f io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(f), nil })
	case 1:
		return w.renameIn(text, ".zst", func(f io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(f) })
	default:
		return w.grow(w.rnd.IntN(len(w.growing)), text)
	}
}

// text joins lines.
func text(posts []post) []byte {
	var b []byte
	for i := range posts {
		b = append(append(b, posts[i].line...), '\n')
	}
	return b
}

func (w *writer) name(ext string) string {
	w.files++
	return fmt.Sprintf("%04d%s", w.files, ext)
}

func (w *writer) renameIn(text []byte, ext string, pack func(io.Writer) (io.WriteCloser, error)) error {
	var packed bytes.Buffer
	z, err := pack(&packed)
	if err != nil {
		return err
	}
	if _, err := z.Write(text); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	name := w.name(ext)
	if err := os.WriteFile(filepath.Join(w.aside, name), packed.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(filepath.Join(w.aside, name), filepath.Join(w.dir, name))
}

// grow appends to a plain file, in pieces that end anywhere. Now and then the
// file is renamed, or another begun.
func (w *writer) grow(i int, text []byte) error {
	name := &w.growing[i]
	switch {
	case *name == "" || w.rnd.IntN(30) == 0:
		*name = w.name(".ndjson")
	case w.rnd.IntN(30) == 0:
		to := w.name(".ndjson")
		if err := os.Rename(filepath.Join(w.dir, *name), filepath.Join(w.dir, to)); err != nil {
			return err
		}
		*name = to
	}
	f, err := os.OpenFile(filepath.Join(w.dir, *name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	for len(text) > 0 {
		n := 1 + w.rnd.IntN(len(text))
		if _, err := f.Write(text[:n]); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}
