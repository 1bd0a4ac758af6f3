// Package folder lists the files of a folder and its subfolders and tells when
// they may have changed. Its main noun is the [Folder].
//
// Nothing outside of the folder is ever opened: symbolic links are followed
// only to files that lie within. Hidden names and names that programs give to
// what they have not finished writing are left out. The package does not read
// files and does not remember what it has seen.
//
//	f, err := folder.Open("/data/in", logger)
//	complete, err := f.Walk(ctx, func(name string, info fs.FileInfo, dir bool) { … })
package folder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"strings"
	"syscall"
)

// ErrNotFolder says that the path is there but is no folder.
var ErrNotFolder = errors.New("is a file, not a folder")

// Folder is an open folder. It belongs to one goroutine.
type Folder struct {
	path    string
	root    *os.Root
	log     *slog.Logger
	refused map[string]struct{} // what has been complained about
}

// Open opens the folder.
func Open(name string, log *slog.Logger) (*Folder, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s %w", name, ErrNotFolder)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &Folder{path: name, root: root, log: log, refused: map[string]struct{}{}}, nil
}

// Path is the folder's path as it was given to Open.
func (f *Folder) Path() string { return f.path }

// Close closes the folder.
func (f *Folder) Close() { _ = f.root.Close() }

// Same reports whether the folder's path still leads to this folder: it does not
// after the folder was removed and made anew, or something else was mounted.
func (f *Folder) Same() (bool, error) {
	there, err := os.Stat(f.path)
	if err != nil {
		return false, err
	}
	mine, err := f.root.Stat(".")
	if err != nil {
		return false, err
	}
	return os.SameFile(there, mine), nil
}

// Stat looks at a file below the folder. A path that is not to be read is
// fs.ErrNotExist.
func (f *Folder) Stat(name string) (fs.FileInfo, error) {
	if Ignored(name) {
		return nil, fs.ErrNotExist
	}
	info, err := f.root.Stat(name)
	if err != nil {
		return nil, f.refuse(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	return info, nil
}

// IsFolder reports whether a path below the folder is a subfolder to be read.
func (f *Folder) IsFolder(name string) bool {
	info, err := f.root.Lstat(name)
	return err == nil && info.IsDir() && !Ignored(name)
}

// OpenFile opens a file below the folder for reading.
func (f *Folder) OpenFile(name string) (*os.File, error) {
	// A pipe that takes the file's place must not block.
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, f.refuse(name, err)
	}
	return file, nil
}

// refuse makes a link that leads out of the folder a file that is not there, and
// says so once.
func (f *Folder) refuse(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return err
	}
	info, lerr := f.root.Lstat(name)
	if lerr != nil || info.Mode()&fs.ModeSymlink == 0 {
		return err
	}
	target, lerr := f.root.Readlink(name)
	if lerr != nil {
		return err
	}
	message := "symbolic link refused: it leads out of the folder; put the file itself there, or a hard link, or watch the folder that it is in"
	if errors.Is(err, syscall.ELOOP) {
		message = "symbolic link refused: it leads in a circle; remove it"
	}
	f.complain(name, message, slog.String("leads to", target))
	return fs.ErrNotExist
}

// complain logs once per path.
func (f *Folder) complain(name, message string, why slog.Attr) {
	if _, said := f.refused[name]; said {
		return
	}
	f.refused[name] = struct{}{}
	f.log.Warn(message, "folder", f.path, "path", name, why)
}

// Visit is called by Walk for a file (folder false) or a subfolder.
type Visit func(name string, info fs.FileInfo, folder bool)

// Walk calls fn for every file that is to be read and for every folder, the
// folder itself (".") first. complete is false when a part of it could not be
// listed: then a file that was not visited may still be there.
func (f *Folder) Walk(ctx context.Context, fn Visit) (complete bool, err error) {
	complete = true
	err = fs.WalkDir(f.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			if !errors.Is(err, fs.ErrNotExist) || name == "." {
				complete = false
				f.complain(name, "cannot list a folder", slog.Any("error", err))
			}
			return nil
		case name != "." && Ignored(entry.Name()):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			fn(name, nil, true)
			return nil
		case !entry.Type().IsRegular() && entry.Type()&fs.ModeSymlink == 0:
			return nil
		}
		info, err := f.info(name, entry)
		if err == nil {
			fn(name, info, false)
		} else if !errors.Is(err, fs.ErrNotExist) {
			complete = false
		}
		return nil
	})
	return complete, err
}

// info looks at what a link leads to, or at the file itself.
func (f *Folder) info(name string, entry fs.DirEntry) (fs.FileInfo, error) {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.Info()
	}
	return f.Stat(name)
}

// Ignored reports whether a path has a part that is hidden (.name) or a name
// that programs give to unfinished files (.tmp, .part, .swp).
func Ignored(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if len(part) > 1 && part[0] == '.' && part != ".." {
			return true
		}
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".tmp", ".part", ".swp":
		return true
	default:
		return false
	}
}
