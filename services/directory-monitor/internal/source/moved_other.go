//go:build !linux

package source

import "io/fs"

// Moved reports whether the last thing that happened to a file was something
// else than a write. It is not known here.
func Moved(fs.FileInfo) bool { return false }
