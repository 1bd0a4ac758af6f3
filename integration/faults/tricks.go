package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/wire"
)

// tricks does to files in the watched folder what people do. Its lines have no
// time, so that none is late.
type tricks struct {
	h     *harness
	rnd   *rand.Rand
	made  int
	count map[string]int

	mu   sync.Mutex
	cuts map[string][]byte // what is in archives of which the first half was dead for a while, by their names
}

func (k *tricks) run(ctx context.Context) error {
	k.count, k.cuts = map[string]int{}, map[string][]byte{}
	things := []struct {
		name string
		do   func(ctx context.Context, path string) error
	}{
		{"truncated", k.truncate},
		{"rewritten", k.rewrite},
		{"duplicated", k.duplicate},
		{"renamed", k.rename},
		{"oversized", k.oversize},
		{"cut", k.cutShort},
	}
	for ledger.Pause(ctx, ledger.Between(k.rnd, 300*time.Millisecond, 2*time.Second)) {
		thing := things[k.rnd.IntN(len(things))]
		k.made++
		path := filepath.Join(k.h.watched, fmt.Sprintf("%s-%d.ndjson", thing.name, k.made))
		switch err := thing.do(ctx, path); {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", path, err)
		}
		k.count[thing.name]++
	}
	return nil
}

// lines makes lines known and returns their text, and what tells whether all of
// them have landed.
func (k *tricks) lines(n int) (text []byte, landed func() bool) {
	lines := make([][]byte, n)
	for i := range lines {
		lines[i] = k.h.untimed(k.rnd)
	}
	from, to := k.h.book.Add(lines...)
	return append(bytes.Join(lines, []byte("\n")), '\n'), func() bool { return k.h.book.Landed(from, to) }
}

// write writes a file; what does not fit on the disk is tried again under another
// name, and appears in the folder when it is whole.
func (k *tricks) write(ctx context.Context, path string, text []byte) error {
	aside := filepath.Join(k.h.aside, filepath.Base(path))
	for {
		err := os.WriteFile(aside, text, 0o600)
		if err == nil {
			return os.Rename(aside, path)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return err
		}
		_ = os.Remove(aside)
		ledger.Pause(context.WithoutCancel(ctx), 100*time.Millisecond)
	}
}

func (k *tricks) wait(ctx context.Context, landed func() bool) {
	for !landed() && ledger.Pause(ctx, 20*time.Millisecond) {
		continue
	}
}

// truncate empties a file that was taken, and later writes other lines into it.
func (k *tricks) truncate(ctx context.Context, path string) error {
	text, landed := k.lines(20 + k.rnd.IntN(100))
	if err := k.write(ctx, path, text); err != nil {
		return err
	}
	if k.wait(ctx, landed); ctx.Err() != nil {
		return nil
	}
	if err := os.Truncate(path, 0); err != nil {
		return err
	}
	ledger.Pause(ctx, ledger.Between(k.rnd, 0, time.Second))
	text, _ = k.lines(1 + k.rnd.IntN(200))
	return k.append(path, text)
}

// append writes at the end of a file. A full disk would leave half a line there for
// as long as a file takes to settle: see ledger.Writer for what becomes of those.
func (k *tricks) append(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	k.h.roomy.Lock()
	defer k.h.roomy.Unlock()
	_, err = f.Write(text)
	return err
}

// rewrite puts another file in the place of one that was taken.
func (k *tricks) rewrite(ctx context.Context, path string) error {
	for range 2 + k.rnd.IntN(2) {
		text, landed := k.lines(1 + k.rnd.IntN(100))
		if err := k.write(ctx, path, text); err != nil {
			return err
		}
		if k.wait(ctx, landed); ctx.Err() != nil {
			return nil
		}
	}
	return nil
}

// duplicate copies a file: the copy's lines count, too.
func (k *tricks) duplicate(ctx context.Context, path string) error {
	text, _ := k.lines(1 + k.rnd.IntN(100))
	if err := k.write(ctx, path, text); err != nil {
		return err
	}
	ledger.Pause(ctx, ledger.Between(k.rnd, 0, time.Second))
	k.h.book.Add(bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))...)
	return k.write(ctx, path+".copy.ndjson", text)
}

// rename gives a file another name, before and after it is taken.
func (k *tricks) rename(ctx context.Context, path string) error {
	text, _ := k.lines(20 + k.rnd.IntN(200))
	if err := k.write(ctx, path, text); err != nil {
		return err
	}
	for i := range 2 {
		ledger.Pause(ctx, ledger.Between(k.rnd, 0, time.Second))
		to := fmt.Sprintf("%s.%d.ndjson", path, i)
		if err := os.Rename(path, to); err != nil {
			return err
		}
		path = to
	}
	return nil
}

// cutShort renames the first half of an archive into the folder: it becomes a dead
// letter that says where it ends. The other half comes later, and every line counts
// once.
func (k *tricks) cutShort(ctx context.Context, path string) error {
	text, _ := k.lines(200 + k.rnd.IntN(2000))
	var packed bytes.Buffer
	var z io.WriteCloser = gzip.NewWriter(&packed)
	if path += ".gz"; k.rnd.IntN(2) == 0 {
		var err error
		if z, err = zstd.NewWriter(&packed); err != nil {
			return err
		}
		path = strings.TrimSuffix(path, ".gz") + ".zst"
	}
	if _, err := z.Write(text); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	half := packed.Len()/2 + k.rnd.IntN(packed.Len()/4)
	if err := k.write(ctx, path, packed.Bytes()[:half]); err != nil {
		return err
	}
	k.mu.Lock()
	k.cuts[filepath.Base(path)] = text
	k.mu.Unlock()
	dead := func() bool {
		return slices.ContainsFunc(k.h.follower.Dead(), func(d wire.DeadLetter) bool { return filepath.Base(d.File) == filepath.Base(path) })
	}
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), 90*time.Second)
	defer cancel()
	if k.wait(whole, dead); !dead() {
		return errors.New("the first half of an archive did not become a dead letter in 90 s")
	}
	return k.append(path, packed.Bytes()[half:])
}

// oversize has a line that is longer than lines may be among others.
func (k *tricks) oversize(ctx context.Context, path string) error {
	first, _ := k.lines(1 + k.rnd.IntN(5))
	long := append(bytes.TrimSuffix(k.h.untimed(k.rnd), []byte("}")), `,"more":"`...)
	long = append(append(long, bytes.Repeat([]byte("x"), 1<<20+k.rnd.IntN(1<<19))...), `"}`...)
	k.h.book.Add(long)
	last, _ := k.lines(1 + k.rnd.IntN(5))
	return k.write(ctx, path, bytes.Join([][]byte{bytes.TrimSuffix(first, []byte("\n")), long, last}, []byte("\n")))
}
