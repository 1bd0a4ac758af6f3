package monitor

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/directory-monitor/internal/folder"
	"github.com/millrace/millrace/services/directory-monitor/internal/source"
)

// inputFiles are the files to read, each once, and their sizes added up.
type inputFiles struct {
	paths []string
	total int64

	seen     map[source.ID]string
	repeated []string // paths of files that were there already
}

func (l *inputFiles) add(path string, info fs.FileInfo) {
	id := source.IDOf(info)
	if _, again := l.seen[id]; again && id != (source.ID{}) {
		l.repeated = append(l.repeated, path)
		return
	}
	l.seen[id] = path
	l.paths, l.total = append(l.paths, path), l.total+info.Size()
}

// expand lists the files among inputs and in the folders among them, in order.
func expand(ctx context.Context, inputs []string, log *slog.Logger) (*inputFiles, error) {
	l := &inputFiles{seen: map[source.ID]string{}}
	for _, input := range inputs {
		info, err := os.Stat(input)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, daemon.Usagef("input %s does not exist", input)
		case err != nil:
			return nil, daemon.Usagef("input: %w", err)
		case info.Mode().IsRegular():
			l.add(input, info)
			continue
		case !info.IsDir():
			return nil, daemon.Usagef("input %s is neither a file nor a folder", input)
		}
		f, err := folder.Open(input, log)
		if err != nil {
			return nil, daemon.Usagef("input: %w", err)
		}
		_, err = f.Walk(ctx, func(name string, info fs.FileInfo, dir bool) {
			if !dir {
				l.add(filepath.Join(input, filepath.FromSlash(name)), info)
			}
		})
		f.Close()
		if err != nil {
			return nil, err
		}
	}
	if n := len(l.repeated); n > 0 {
		path := l.repeated[0]
		info, err := os.Stat(path)
		if err != nil {
			return nil, daemon.Usagef("input: %w", err)
		}
		log.Warn("inputs that are given more than once are read once", "files", n, "first", path, "given before as", l.seen[source.IDOf(info)])
	}
	return l, nil
}
