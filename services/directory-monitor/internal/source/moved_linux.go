package source

import (
	"io/fs"
	"syscall"
)

// Moved reports whether the last thing that happened to a file was something
// else than a write: it was renamed, or given its mode or its times, as programs
// do with what they have finished.
func Moved(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (stat.Ctim.Sec > stat.Mtim.Sec || stat.Ctim.Sec == stat.Mtim.Sec && stat.Ctim.Nsec > stat.Mtim.Nsec)
}
