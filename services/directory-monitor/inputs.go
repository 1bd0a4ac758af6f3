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
)

// expand lists the files among inputs and in the folders among them, in order,
// and adds up their sizes.
func expand(ctx context.Context, inputs []string, log *slog.Logger) (files []string, total int64, err error) {
	for _, input := range inputs {
		info, err := os.Stat(input)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, 0, daemon.Usagef("input %s does not exist", input)
		case err != nil:
			return nil, 0, daemon.Usagef("input: %w", err)
		case info.Mode().IsRegular():
			files, total = append(files, input), total+info.Size()
			continue
		case !info.IsDir():
			return nil, 0, daemon.Usagef("input %s is neither a file nor a folder", input)
		}
		f, err := folder.Open(input, log)
		if err != nil {
			return nil, 0, daemon.Usagef("input: %w", err)
		}
		_, err = f.Walk(ctx, func(name string, info fs.FileInfo, dir bool) {
			if !dir {
				files, total = append(files, filepath.Join(input, filepath.FromSlash(name))), total+info.Size()
			}
		})
		f.Close()
		if err != nil {
			return nil, 0, err
		}
	}
	return files, total, nil
}
