package replay

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/daemon"
)

// Config says what is replayed, and where to.
type Config struct {
	Files []string // .ndjson, .gz or .zst, one after another
	To    string   // a folder; it is made if it is missing
	Speed float64  // seconds of posting per second of replay; 0: no waiting at all
	Field string   // the time of a line; default created_at
}

// Stats is what was copied.
type Stats struct {
	Lines int64
	Bytes int64
}

// tick is the shortest wait: lines due within it are written together.
const tick = 20 * time.Millisecond

// Run copies the files. It returns what it has copied also when it fails.
func Run(ctx context.Context, c Config) (Stats, error) {
	if c.Field == "" {
		c.Field = "created_at"
	}
	if len(c.Files) == 0 {
		return Stats{}, errors.New("nothing to replay: name a file")
	}
	for _, name := range c.Files {
		// Before the folder is made: a misspelt file should leave nothing behind.
		if _, err := os.Stat(name); err != nil {
			return Stats{}, fmt.Errorf("replay: %w", err)
		}
	}
	if info, err := os.Stat(c.To); err == nil && !info.IsDir() {
		return Stats{}, fmt.Errorf("--to: %s is a file: name a folder", c.To)
	}
	if err := os.MkdirAll(c.To, 0o755); err != nil {
		return Stats{}, fmt.Errorf("--to: make the folder: %w", err)
	}
	var stats Stats
	for _, name := range c.Files {
		if err := copyFile(ctx, c, name, &stats); err != nil {
			return stats, fmt.Errorf("replay %s: %w", name, err)
		}
	}
	return stats, nil
}

func copyFile(ctx context.Context, c Config, name string, stats *Stats) (err error) {
	in, err := Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	target := filepath.Join(c.To, strings.TrimSuffix(strings.TrimSuffix(filepath.Base(name), ".gz"), ".zst"))
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already: remove it or name another folder", target)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	p := pacer{speed: c.Speed, field: c.Field, out: out, stats: stats}
	return p.copy(ctx, in)
}

// pacer copies one file.
type pacer struct {
	speed float64
	field string
	out   io.Writer
	stats *Stats

	first time.Time // of the file's lines; zero before any had a time
	begun time.Time // when that line was written
	ready []byte    // whole lines that are due
}

// flushSize is how much is gathered before it is written although nothing waits.
const flushSize = 256 << 10

func (p *pacer) copy(ctx context.Context, in io.Reader) error {
	lines := bufio.NewReaderSize(in, 1<<20)
	var line []byte
	for {
		part, err := lines.ReadSlice('\n')
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(line) > 0 {
			if err := p.add(ctx, line); err != nil {
				return err
			}
		}
		if err != nil {
			return p.flush()
		}
		line = line[:0]
	}
}

// add writes a line when it is due.
func (p *pacer) add(ctx context.Context, line []byte) error {
	if at, ok := timeOf(line, p.field); ok && p.speed > 0 {
		if p.first.IsZero() {
			p.first, p.begun = at, time.Now()
		}
		due := p.begun.Add(time.Duration(float64(at.Sub(p.first)) / p.speed))
		if ahead := time.Until(due); ahead >= tick {
			if err := p.flush(); err != nil {
				return err
			}
			if err := (daemon.RealClock{}).Sleep(ctx, ahead); err != nil {
				return err
			}
		}
	}
	p.ready = append(p.ready, line...)
	p.stats.Lines++
	if len(p.ready) < flushSize {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.flush()
}

func (p *pacer) flush() error {
	n, err := p.out.Write(p.ready)
	p.stats.Bytes += int64(n)
	p.ready = p.ready[:0]
	return err
}

// timeOf reads the time of a line, if it has one.
func timeOf(line []byte, field string) (time.Time, bool) {
	if !bytes.Contains(line, []byte(field)) {
		return time.Time{}, false
	}
	var doc map[string]json.RawMessage
	if json.Unmarshal(line, &doc) != nil {
		return time.Time{}, false
	}
	var text string
	if json.Unmarshal(doc[field], &text) != nil {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RubyDate, time.RFC3339, time.DateTime} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
