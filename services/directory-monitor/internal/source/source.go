// Package source opens the content of a file, whatever it is packed in, and
// knows files again. Its main noun is the [Content]: a stream of decompressed
// bytes that begins at an offset.
//
// It does not read lines and keeps no progress.
//
//	kind := source.KindOf("tweets.ndjson.gz", nil)
//	content := source.New(kind, file)
//	n, err := content.Read(buf)
package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Kind is how a file's content is packed.
type Kind int

// The kinds of files.
const (
	Plain Kind = iota // followed as it grows
	Gzip              // one or more members
	Zstd              // one or more frames
)

// KindOf tells the kind by the file's name, or by the bytes that compressed
// files begin with: a file may have another name while it is sent. head may be
// nil if it is not known yet.
func KindOf(path string, head []byte) Kind {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 0x08}):
		return Gzip
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return Zstd
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz", ".gzip":
		return Gzip
	case ".zst", ".zstd":
		return Zstd
	default:
		return Plain
	}
}

// String names the kind as messages do.
func (k Kind) String() string {
	switch k {
	case Gzip:
		return "gzip"
	case Zstd:
		return "zstd"
	default:
		return "plain"
	}
}

// Compressed reports whether the content has to be unpacked.
func (k Kind) Compressed() bool { return k != Plain }

// begins reports whether a stream may begin with these bytes, which are all of it
// if they are fewer than four.
func (k Kind) begins(head []byte) bool {
	agrees := func(magic ...byte) bool {
		return bytes.HasPrefix(head, magic) || len(head) < len(magic) && bytes.HasPrefix(magic, head)
	}
	switch k {
	case Gzip:
		return agrees(0x1f, 0x8b, 0x08)
	case Zstd:
		skippable := len(head) > 0 && head[0]&0xf0 == 0x50
		return agrees(0x28, 0xb5, 0x2f, 0xfd) || skippable && agrees(head[0], 0x2a, 0x4d, 0x18)
	default:
		return true
	}
}

// maxWindow is the largest window of a zstd frame that is accepted: what the
// zstd command accepts by itself. It bounds the memory of one open file.
const maxWindow = 128 << 20

// BrokenError says that a compressed stream cannot be unpacked any further.
type BrokenError struct {
	Kind  Kind
	Err   error
	Other bool // it does not even begin like one
}

// Error names the kind of stream and what is wrong with it.
func (e *BrokenError) Error() string {
	if e.Other {
		return fmt.Sprintf("is no %s file, whatever its name says: give it another name if it holds plain lines", e.Kind)
	}
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		return fmt.Sprintf("broken %s stream: it ends in the middle", e.Kind)
	}
	return fmt.Sprintf("broken %s stream: %v", e.Kind, e.Err)
}

// Unwrap returns the decompressor's error.
func (e *BrokenError) Unwrap() error { return e.Err }

// Content is the decompressed content of a file.
type Content struct {
	kind  Kind
	raw   *counter
	src   io.Reader
	close func()
	ahead []byte // read by Peek, and not by Read yet
	err   error  // what Peek met behind ahead
}

// New returns the content of raw, from its beginning. Nothing is read yet.
func New(kind Kind, raw io.Reader) *Content {
	return &Content{kind: kind, raw: &counter{src: raw}, close: func() {}}
}

// Read reads decompressed bytes; a stream that cannot be unpacked is a
// [BrokenError].
func (c *Content) Read(p []byte) (int, error) {
	if len(c.ahead) > 0 {
		n := copy(p, c.ahead)
		c.ahead = c.ahead[n:]
		return n, nil
	}
	if err := c.err; err != nil {
		c.err = nil
		return 0, err
	}
	return c.read(p)
}

// Peek returns the bytes that Read will return first, up to [HeadBytes]: fewer if
// there are no more for now, or if they cannot be read, which Read tells. It is
// called once, before Read.
func (c *Content) Peek() []byte {
	b, n := make([]byte, HeadBytes), 0
	for n < len(b) {
		got, err := c.read(b[n:])
		n += got
		if err == nil {
			continue
		}
		if c.kind.Compressed() || !errors.Is(err, io.EOF) {
			c.err = err // a plain file may grow, and go on behind its end
		}
		break
	}
	c.ahead = b[:n]
	return c.ahead
}

func (c *Content) read(p []byte) (int, error) {
	if c.src == nil {
		if err := c.open(); err != nil {
			return 0, c.broken(err)
		}
	}
	n, err := c.src.Read(p)
	return n, c.broken(err)
}

func (c *Content) open() error {
	switch c.kind {
	case Gzip:
		z, err := gzip.NewReader(bufio.NewReaderSize(c.raw, 128<<10))
		if err != nil {
			return err
		}
		c.src = z
	case Zstd:
		z, err := zstd.NewReader(c.raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return err
		}
		c.src, c.close = z, z.Close
	default:
		c.src = c.raw
	}
	return nil
}

// broken turns a decompressor's error into a BrokenError; the end of the stream
// and the file's own errors are neither.
func (c *Content) broken(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	if c.raw.err != nil {
		return c.raw.err
	}
	if c.kind.Compressed() {
		return &BrokenError{Kind: c.kind, Err: err, Other: !c.kind.begins(c.raw.head)}
	}
	return err
}

// RawBytes is how much of the file itself has been read.
func (c *Content) RawBytes() int64 { return c.raw.n }

// Close lets go of the decompressor; the file is the caller's.
func (c *Content) Close() { c.close() }

// counter counts what is read from a file, and remembers its first bytes and its
// own error.
type counter struct {
	src  io.Reader
	n    int64
	head []byte // the first four bytes
	err  error
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.n += int64(n)
	if missing := 4 - len(c.head); missing > 0 {
		c.head = append(c.head, p[:min(missing, n)]...)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}
