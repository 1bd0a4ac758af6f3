package source

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"syscall"
)

// HeadBytes is how much of a file's beginning, at most, it is known again by.
const HeadBytes = 4 << 10

// ID tells the files of one computer apart while they exist.
type ID struct{ Device, Inode uint64 }

// IDOf returns the ID of a file, zero where the system has none.
func IDOf(info fs.FileInfo) ID {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ID{}
	}
	return ID{Device: uint64(stat.Dev), Inode: stat.Ino} //nolint:unconvert // Dev is an int32 on macOS
}

// Head reads the file's first bytes, up to [HeadBytes].
func Head(file io.ReaderAt) ([]byte, error) { return readAt(file, 0, HeadBytes) }

// Tail reads the bytes that end at the offset, up to [HeadBytes].
func Tail(file io.ReaderAt, offset int64) ([]byte, error) {
	n := min(offset, HeadBytes)
	return readAt(file, offset-n, n)
}

// Hash is the SHA-256 of b in hex.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func readAt(file io.ReaderAt, offset, n int64) ([]byte, error) {
	b := make([]byte, n)
	got, err := file.ReadAt(b, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b[:got], nil
}
