package ledger

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// lateness is how far the tweets stream lets a post lie behind the newest one.
const lateness = 5 * time.Second

// Writer writes lines into the watched folder: to plain files that grow, and in
// compressed files that are renamed in.
//
// No line may be late, or windowed queries would have no one right answer. Lines
// of several files, on several partitions, read before and after a crash arrive
// in no order; so a line is written only when its event time is less than the
// stream's lateness ahead of every line that has not been scanned yet. Then no
// watermark, which is at least the lateness behind the newest line scanned, can
// have passed a line still to come, whichever partitions are idle.
type Writer struct {
	Dir    string // watched
	Aside  string // on the same file system
	Lines  *bufio.Reader
	Random *rand.Rand
	Ledger *Ledger
	Rate   float64 // lines per second

	read    int   // lines
	next    *post // read but not written
	growing [4]string
	Files   int           // that were made or renamed
	Torn    int           // lines of which a full disk took a part
	Held    time.Duration // time spent waiting for older lines to be scanned
}

// Run writes until ctx ends.
func (w *Writer) Run(ctx context.Context) error {
	began, count := time.Now(), 0
	for ctx.Err() == nil {
		due := began.Add(time.Duration(float64(count) / w.Rate * float64(time.Second)))
		if ahead := time.Until(due); ahead > 0 && !Pause(ctx, ahead) {
			return nil
		}
		if behind := time.Since(due); behind > time.Second {
			began = began.Add(behind) // what was held up is not caught up with
		}
		posts, err := w.take(20 + w.Random.IntN(150))
		if err != nil {
			return err
		}
		if len(posts) == 0 {
			w.Held += 20 * time.Millisecond
			Pause(ctx, 20*time.Millisecond)
			continue
		}
		count += len(posts)
		w.Ledger.enter(posts)
		if err := w.write(posts); err != nil {
			return err
		}
	}
	return nil
}

// take returns up to n lines that may be written now.
func (w *Writer) take(n int) ([]post, error) {
	limit := w.Ledger.oldest()
	var posts []post
	for len(posts) < n {
		if w.next == nil {
			line, err := w.Lines.ReadBytes('\n')
			if err != nil {
				return nil, fmt.Errorf("read generated tweets: %w", err)
			}
			w.read++
			p := newPost(odd(bytes.TrimSuffix(line, []byte("\n")), w.read))
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

// odd puts something of another type than it should be into some lines, by their
// number: into a key of groups, or a number to be summed up.
func odd(line []byte, number int) []byte {
	change := func(field, value string) []byte {
		return bytes.Replace(line, []byte(`"`+field+`":`), []byte(`"`+field+`":`+value+`,"was":`), 1)
	}
	switch number % 53 {
	case 17:
		return change("lang", "7")
	case 34:
		return change("followers_count", `{"many":true}`)
	default:
		return line
	}
}

// write writes posts. What a full disk does not take is written when it has room.
func (w *Writer) write(posts []post) error {
	text := text(posts)
	for len(text) > 0 {
		rest, err := w.put(objectFirst(text))
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			return err
		}
		if text = rest; err != nil {
			time.Sleep(50 * time.Millisecond)
		}
	}
	return nil
}

// put writes lines into one file and returns those that did not fit.
func (w *Writer) put(text []byte) (rest []byte, err error) {
	switch w.Random.IntN(8) {
	case 0:
		err = w.renameIn(text, ".gz", func(f io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(f), nil })
	case 1:
		err = w.renameIn(text, ".zst", func(f io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(f) })
	default:
		return w.grow(w.Random.IntN(len(w.growing)), text)
	}
	if err != nil {
		return text, err
	}
	return nil, nil
}

// text joins lines.
func text(posts []post) []byte {
	var b []byte
	for i := range posts {
		b = append(append(b, posts[i].line...), '\n')
	}
	return b
}

// objectFirst puts lines that do not begin as an object does behind the first that
// does: a file that begins with one may be refused as a whole.
func objectFirst(text []byte) []byte {
	for at := 0; at < len(text); at += bytes.IndexByte(text[at:], '\n') + 1 {
		if text[at] == '{' {
			end := at + bytes.IndexByte(text[at:], '\n') + 1
			return slices.Concat(text[at:end], text[:at], text[end:])
		}
	}
	return text
}

func (w *Writer) name(ext string) string {
	w.Files++
	return fmt.Sprintf("%04d%s", w.Files, ext)
}

func (w *Writer) renameIn(text []byte, ext string, pack func(io.Writer) (io.WriteCloser, error)) error {
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
	if err := os.WriteFile(filepath.Join(w.Aside, name), packed.Bytes(), 0o600); err != nil {
		return errors.Join(err, os.Remove(filepath.Join(w.Aside, name)))
	}
	return os.Rename(filepath.Join(w.Aside, name), filepath.Join(w.Dir, name))
}

// grow appends to a plain file, in pieces that end anywhere, and returns the lines
// that did not fit. Now and then the file is renamed, or another begun.
func (w *Writer) grow(i int, text []byte) (rest []byte, err error) {
	name := &w.growing[i]
	switch {
	case *name == "" || w.Random.IntN(30) == 0:
		*name = w.name(".ndjson")
	case w.Random.IntN(30) == 0:
		to := w.name(".ndjson")
		if err := os.Rename(filepath.Join(w.Dir, *name), filepath.Join(w.Dir, to)); err != nil {
			return text, err
		}
		*name = to
	}
	f, err := os.OpenFile(filepath.Join(w.Dir, *name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		*name = ""
		return text, err
	}
	defer f.Close()
	for done := 0; done < len(text); {
		n, err := f.Write(text[done : done+1+w.Random.IntN(len(text)-done)])
		if done += n; err != nil {
			*name = ""
			return w.torn(text, done), err
		}
	}
	return nil, nil
}

// torn deals with a file that ends after n bytes of text, for good: when it has
// settled, what stands behind its last line break is a line, too.
func (w *Writer) torn(text []byte, n int) (rest []byte) {
	start := bytes.LastIndexByte(text[:n], '\n') + 1
	switch part := text[start:n]; {
	case len(part) == 0:
	case text[n] == '\n': // it is whole
		start = n + 1
	default:
		w.Torn++
		w.Ledger.Add(bytes.Clone(part))
	}
	return text[start:]
}

// Peek returns the next lines without taking them.
func (w *Writer) Peek(n int) (sample [][]byte, err error) {
	ahead, err := w.Lines.Peek(n * 1000)
	if err != nil {
		return nil, err
	}
	sample = bytes.Split(bytes.Clone(ahead), []byte("\n"))
	return sample[:len(sample)-1], nil
}
