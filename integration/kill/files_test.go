package kill

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/millrace/millrace/integration/ledger"
)

// files does to small files what people do, while the monitor is killed.
type files struct {
	dir   string
	tally *tally
	rnd   *rand.Rand
	words [][]byte
	made  int
	count map[string]int
}

// run does one thing after the other until ctx ends; what is begun is finished.
func (f *files) run(ctx context.Context) error {
	f.count = map[string]int{}
	things := []struct {
		name string
		do   func(context.Context, string) error
	}{
		{"grown", f.grow}, {"copied", f.copy}, {"renamed", f.rename}, {"rewritten", f.rewrite}, {"packed", f.pack},
	}
	for first := true; first || ctx.Err() == nil; first = false {
		f.rnd.Shuffle(len(things), func(i, j int) { things[i], things[j] = things[j], things[i] })
		for _, thing := range things {
			f.made++
			if err := thing.do(context.WithoutCancel(ctx), fmt.Sprintf("%s%d", thing.name, f.made)); err != nil {
				return fmt.Errorf("%s: %w", thing.name, err)
			}
			f.count[thing.name]++
		}
	}
	return nil
}

func (f *files) path(name string) string { return filepath.Join(f.dir, name+".ndjson") }

// lines makes the lines of a file known, and returns its text.
func (f *files) lines(name string, n int) []byte {
	size := 60 + f.rnd.IntN(400)
	f.tally.expect(name, n, size)
	var text []byte
	for i := range n {
		text = appendLine(text, f.words, name, i, size)
	}
	return text
}

// write writes a file.
func (f *files) write(name string, n int) error {
	return os.WriteFile(f.path(name), f.lines(name, n), 0o600)
}

// arrive waits until the file's lines have come. It is called where what follows
// would otherwise take the lines away; two minutes are for a monitor that is
// killed all the time.
func (f *files) arrive(ctx context.Context, name string) error {
	for range 12000 {
		if f.tally.has(name, -1) {
			return nil
		}
		ledger.Pause(ctx, 10*time.Millisecond)
	}
	return fmt.Errorf("the lines of %s do not arrive", name)
}

// grow lets a file grow through the 4 KiB that it is known by, and on, a few
// bytes at a time. It begins with less than a line.
func (f *files) grow(ctx context.Context, name string) error {
	text := f.lines(name, 12000/460+20+f.rnd.IntN(30))
	file, err := os.Create(f.path(name))
	if err != nil {
		return err
	}
	defer file.Close()
	for len(text) > 0 {
		n := min(len(text), 1+f.rnd.IntN(500))
		if _, err := file.Write(text[:n]); err != nil {
			return err
		}
		text = text[n:]
		// Half a line must not lie there for as long as a file takes to settle.
		ledger.Pause(ctx, ledger.Between(f.rnd, 0, 60*time.Millisecond))
	}
	return nil
}

// copy copies a file: the copy's lines come, too.
func (f *files) copy(ctx context.Context, name string) error {
	if err := f.write(name, 50+f.rnd.IntN(500)); err != nil {
		return err
	}
	if f.rnd.IntN(2) == 0 {
		if err := f.arrive(ctx, name); err != nil {
			return err
		}
	}
	f.tally.again(name)
	from, err := os.Open(f.path(name))
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(f.path(name + "-copy"))
	if err != nil {
		return err
	}
	defer to.Close()
	_, err = io.Copy(to, from)
	return err
}

// rename renames a file, at once and when it has been taken, and then appends to
// it: nothing comes twice.
func (f *files) rename(ctx context.Context, name string) error {
	text := f.lines(name, 200+f.rnd.IntN(3000))
	half := len(text) / 2
	for text[half-1] != '\n' {
		half++
	}
	if err := os.WriteFile(f.path(name), text[:half], 0o600); err != nil {
		return err
	}
	ledger.Pause(ctx, ledger.Between(f.rnd, 0, 300*time.Millisecond))
	if err := os.Rename(f.path(name), f.path(name+"-b")); err != nil {
		return err
	}
	ledger.Pause(ctx, ledger.Between(f.rnd, 0, 2*time.Second))
	if err := os.Rename(f.path(name+"-b"), f.path(name+"-c")); err != nil {
		return err
	}
	file, err := os.OpenFile(f.path(name+"-c"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Write(text[half:])
	return err
}

// rewrite writes a file anew in its place, shorter, longer, and by renaming
// another one over it.
func (f *files) rewrite(ctx context.Context, name string) error {
	var before string
	for i, n := range []int{150, 20, 400, 30} {
		part := fmt.Sprintf("%s-%d", name, i)
		text := f.lines(part, n)
		if before != "" {
			if err := f.arrive(ctx, before); err != nil {
				return err
			}
		}
		path := f.path(name)
		if i == 3 {
			path = filepath.Join(f.dir, name+".tmp")
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
		if i == 3 {
			if err := os.Rename(path, f.path(name)); err != nil {
				return err
			}
		}
		before = part
	}
	return nil
}

// pack renames a .gz in, and another name for it later, and then copies it.
func (f *files) pack(ctx context.Context, name string) error {
	temp := filepath.Join(f.dir, name+".part")
	text := f.lines(name, 100+f.rnd.IntN(4000))
	write := func() error {
		file, err := os.Create(temp)
		if err != nil {
			return err
		}
		defer file.Close()
		z := gzip.NewWriter(file)
		if _, err := z.Write(text); err != nil {
			return err
		}
		return z.Close()
	}
	at := func(suffix string) string { return filepath.Join(f.dir, name+suffix+".gz") }
	if err := write(); err != nil {
		return err
	}
	if err := os.Rename(temp, at("")); err != nil {
		return err
	}
	ledger.Pause(ctx, ledger.Between(f.rnd, 0, 2*time.Second))
	if err := os.Rename(at(""), at("-b")); err != nil {
		return err
	}
	f.tally.again(name)
	if err := write(); err != nil {
		return err
	}
	return os.Rename(temp, at("-copy"))
}
