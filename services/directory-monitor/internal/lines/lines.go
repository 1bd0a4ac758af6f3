// Package lines cuts a stream of bytes into lines without ever holding more
// than one line of the allowed length. Its main noun is the [Reader].
//
// A line that is too long is not kept: only its first bytes, its length and its
// SHA-256, so that a line of any size costs constant memory. A stream may grow:
// after io.EOF [Reader.Next] can be called again. The package does not judge
// what is in a line beyond [Unreadable].
//
//	r := lines.New(1 << 20)
//	r.Reset(file, 0)
//	line, err := r.Next()
package lines

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
)

// PrefixBytes is how much is kept of a line that cannot be taken.
const PrefixBytes = 64 << 10

// chunk is how much is read at a time.
const chunk = 256 << 10

// ErrMore says that there is no whole line yet, but that calling Next again
// leads on: it is returned now and then within long lines, so that the caller
// can do something else.
var ErrMore = errors.New("no whole line yet")

// Line is one line, or the unterminated rest of the stream. Bytes are valid
// until the next call of the Reader.
type Line struct {
	Bytes      []byte // without its newline; nil if Long
	Start      int64  // offset of its first byte in the stream
	Next       int64  // offset of what follows it, newline included
	Terminated bool   // ended by a newline
	Long       *Long  // set if the line is longer than allowed
}

// Len is the line's length in bytes without its newline.
func (l *Line) Len() int64 {
	if l.Long != nil {
		return l.Long.Length
	}
	return int64(len(l.Bytes))
}

// Digest returns what is reported of a line that cannot be taken: its first
// bytes and the SHA-256 of all of it in hex.
func (l *Line) Digest() (prefix []byte, sum string) {
	if l.Long != nil {
		return l.Long.Prefix, l.Long.SHA256
	}
	digest := sha256.Sum256(l.Bytes)
	return l.Bytes[:min(len(l.Bytes), PrefixBytes)], hex.EncodeToString(digest[:])
}

// Long is what is known of a line that is longer than allowed.
type Long struct {
	Prefix []byte // its first PrefixBytes
	Length int64
	SHA256 string // hex
}

// Blank reports whether the line holds nothing but JSON's white space.
func (l *Line) Blank() bool {
	if l.Long != nil {
		return false
	}
	for _, c := range l.Bytes {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// SkipMark leaves out the mark U+FEFF with which some programs begin a file of
// UTF-8.
func (l *Line) SkipMark() {
	if mark := []byte("\uFEFF"); l.Start == 0 && bytes.HasPrefix(l.Bytes, mark) {
		l.Bytes, l.Start = l.Bytes[len(mark):], int64(len(mark))
	}
}

// Unreadable says why a line cannot be a document, "" if it may be one. Bytes
// that are not UTF-8 do not make it so: whoever decodes the document reads them
// as U+FFFD.
func (l *Line) Unreadable() string {
	switch {
	case l.Long != nil:
		return "too long"
	case bytes.IndexByte(l.Bytes, 0) >= 0:
		return "binary: contains a NUL byte"
	default:
		return ""
	}
}

// Reader cuts a stream into lines.
type Reader struct {
	src io.Reader
	max int

	buf        []byte
	start, end int   // unread bytes are buf[start:end]
	scanned    int   // so many of them are known to hold no newline
	offset     int64 // of buf[start] in the stream
	long       *longLine
	err        error // to be returned when the buffer is used up
}

// longLine is a line under way that is longer than allowed.
type longLine struct {
	start  int64
	length int64
	prefix []byte
	sum    hash.Hash
}

// New returns a Reader that keeps lines of up to maxLine bytes, newline not
// counted. Call Reset before reading.
func New(maxLine int) *Reader { return &Reader{max: maxLine, buf: make([]byte, chunk)} }

// Reset begins to read src, whose first byte has the given offset.
func (r *Reader) Reset(src io.Reader, offset int64) {
	if len(r.buf) > chunk {
		r.buf = make([]byte, chunk)
	}
	*r = Reader{src: src, max: r.max, buf: r.buf, offset: offset}
}

// Next returns the next line that ends in a newline. io.EOF says that the
// stream ends here for now (see [Reader.Rest]); [ErrMore] that Next should be
// called again; any other error is the stream's own.
func (r *Reader) Next() (Line, error) {
	for {
		if i := bytes.IndexByte(r.buf[r.start+r.scanned:r.end], '\n'); i >= 0 {
			return r.cut(r.scanned+i, true), nil
		}
		r.scanned = r.end - r.start
		if r.long != nil || r.scanned > r.max {
			r.skip()
		}
		if r.err != nil {
			err := r.err
			r.err = nil
			return Line{}, err
		}
		n, err := r.src.Read(r.room())
		r.end += n
		if err != nil && (n == 0 || !errors.Is(err, io.EOF)) {
			r.err = err
		}
		if r.long != nil && r.err == nil {
			return Line{}, ErrMore
		}
	}
}

// Rest returns what follows the last newline, if anything does.
func (r *Reader) Rest() (Line, bool) {
	if r.long != nil {
		r.skip()
		return r.long.line(r.offset), true
	}
	if r.end == r.start {
		return Line{}, false
	}
	n := int64(r.end - r.start)
	return Line{Bytes: r.buf[r.start:r.end], Start: r.offset, Next: r.offset + n}, true
}

// TakeRest is Rest, and goes on behind it.
func (r *Reader) TakeRest() (Line, bool) {
	line, ok := r.Rest()
	r.offset, r.start, r.scanned, r.long = r.offset+int64(r.end-r.start), r.end, 0, nil
	return line, ok
}

// Position is the offset up to which the stream has been read.
func (r *Reader) Position() int64 { return r.offset + int64(r.end-r.start) }

// cut takes the next n bytes as the (end of the) line, and its newline.
func (r *Reader) cut(n int, newline bool) Line {
	part := r.buf[r.start : r.start+n]
	line := Line{Bytes: part, Start: r.offset, Terminated: newline}
	if r.long == nil && n > r.max {
		r.begin()
	}
	if r.long != nil {
		r.long.add(part)
		line = r.long.line(0)
		line.Terminated = newline
		r.long = nil
	}
	r.start += n + 1
	r.offset += int64(n) + 1
	r.scanned = 0
	line.Next = r.offset
	return line
}

// begin opens a long line at the present position.
func (r *Reader) begin() { r.long = &longLine{start: r.offset, sum: sha256.New()} }

// skip moves the whole buffer into the long line.
func (r *Reader) skip() {
	if r.long == nil {
		r.begin()
	}
	r.long.add(r.buf[r.start:r.end])
	r.offset += int64(r.end - r.start)
	r.start, r.end, r.scanned = 0, 0, 0
}

// room returns free space behind the unread bytes, and makes some: by moving
// them to the front, else by a larger buffer.
func (r *Reader) room() []byte {
	if r.start > 0 && (r.start == r.end || len(r.buf)-r.end < chunk/4) {
		copy(r.buf, r.buf[r.start:r.end])
		r.start, r.end = 0, r.end-r.start
	}
	if len(r.buf)-r.end < chunk/4 {
		grown := make([]byte, min(2*len(r.buf), r.max+chunk))
		copy(grown, r.buf[:r.end])
		r.buf = grown
	}
	return r.buf[r.end:]
}

func (l *longLine) add(b []byte) {
	if rest := PrefixBytes - len(l.prefix); rest > 0 {
		l.prefix = append(l.prefix, b[:min(rest, len(b))]...)
	}
	l.sum.Write(b)
	l.length += int64(len(b))
}

func (l *longLine) line(next int64) Line {
	return Line{Start: l.start, Next: next, Long: &Long{
		Prefix: l.prefix, Length: l.length, SHA256: hex.EncodeToString(l.sum.Sum(nil)),
	}}
}
