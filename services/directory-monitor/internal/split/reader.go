package split

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
)

// chunk is how much is read at a time.
const chunk = 256 << 10

// mark is U+FEFF, with which some programs begin a file of UTF-8.
const mark = "\uFEFF"

// ErrMore says that there is no whole record yet, but that calling Next again
// leads on: it is returned now and then within long records, so that the caller
// can do something else.
var ErrMore = errors.New("no whole record yet")

// Splitter finds where the records of one form end. It belongs to one Reader.
type Splitter interface {
	// start is called before all else: the stream is at the offset, and at most so
	// many bytes of a record are kept.
	start(offset int64, most int)

	// scan is given the unread bytes of the stream: b begins where the record under
	// way does or, when moved is not 0, so many bytes behind that. b[:seen] was seen
	// before.
	scan(b []byte, seen int, moved int64, found *step)

	// last is scan where nothing follows b and scan wanted more.
	last(b []byte, moved int64) step

	// held is how many bytes at the end of what was seen may turn out not to belong
	// to the record under way.
	held() int
}

// step is what a Splitter has found at the beginning of the unread bytes.
type step struct {
	kind kind
	n    int // bytes of the gap, or of the record with what ends it

	// Of a record:
	text  int   // its bytes without what ends it
	feeds int   // line feeds among the n bytes; counted: not told
	note  *note // what else there is to say; nil: nothing
}

// note is what there is to say of a record that is not just terminated.
type note struct {
	open, incomplete bool
	fault, then      string
	state            State
}

// kind says what a step is.
type kind int

const (
	more   kind = iota // it cannot be told yet
	gap                // bytes that belong to no record
	record             // a record
)

// counted is for step.feeds.
const counted = -1

// Reader cuts a stream into records. A mark U+FEFF at its beginning is left out.
type Reader struct {
	src   io.Reader
	split Splitter
	max   int

	buf        []byte
	start, end int   // unread bytes are buf[start:end]
	scanned    int   // so many of them the Splitter has seen
	offset     int64 // of buf[start] in the stream
	feeds      int64 // line feeds of the stream before that
	marked     bool  // what is read next may be the mark
	long       *long
	found      step   // the last one
	record     Record // the last one
	err        error  // to be returned when the buffer is used up
}

// New returns a Reader that keeps records of up to most bytes. Call Reset before
// reading.
func New(most int) *Reader { return &Reader{max: most, buf: make([]byte, chunk)} }

// Reset begins to read src, whose first byte has the given offset, with so many
// line feeds before it. The offset is 0, or behind a record.
func (r *Reader) Reset(src io.Reader, offset, feeds int64, split Splitter) {
	if len(r.buf) > chunk {
		r.buf = make([]byte, chunk)
	}
	*r = Reader{src: src, split: split, max: r.max, buf: r.buf, offset: offset, feeds: feeds, marked: offset == 0}
	split.start(offset, r.max)
}

// Next returns the next record whose end has been read. io.EOF says that the
// stream ends here for now (see [Reader.TakeRest]); [ErrMore] that Next should be
// called again; any other error is the stream's own.
func (r *Reader) Next() (*Record, error) {
	for {
		gone := r.scan()
		if r.found.kind == record {
			return r.cut(), nil
		}
		if r.long != nil || r.scanned-r.split.held() > r.max {
			r.move()
			gone = true
		}
		if r.err != nil {
			err := r.err
			r.err = nil
			return nil, err
		}
		n, err := r.src.Read(r.room())
		r.end += n
		if err != nil && (n == 0 || !errors.Is(err, io.EOF)) {
			r.err = err
		}
		if gone && r.err == nil {
			return nil, ErrMore
		}
	}
}

// scan looks at what is unread until it has found a record, or there is nothing
// more to be told. gone says that bytes were passed over.
func (r *Reader) scan() (gone bool) {
	if r.marked {
		b := r.buf[r.start:r.end]
		if len(b) < len(mark) && bytes.HasPrefix([]byte(mark), b) {
			r.found.kind = more
			return false
		}
		if r.marked = false; bytes.HasPrefix(b, []byte(mark)) {
			r.drop(len(mark))
		}
	}
	for {
		b := r.buf[r.start:r.end]
		r.split.scan(b, r.scanned, r.moved(), &r.found)
		switch r.found.kind {
		case record:
			return gone
		case more:
			r.scanned = len(b)
			return gone
		case gap:
			r.drop(r.found.n)
			gone = true
		}
	}
}

// TakeRest returns the next record of what has been read, as if the stream ended
// there; false if there is none. The last of them need not be terminated.
func (r *Reader) TakeRest() (*Record, bool) {
	if n := r.end - r.start; n > 0 && n < len(mark) {
		r.marked = false // the beginning of a mark is none
	}
	for {
		r.scan()
		if r.found.kind == more {
			r.found = r.split.last(r.buf[r.start:r.end], r.moved())
		}
		switch r.found.kind {
		case record:
			return r.cut(), true
		case gap:
			r.drop(r.found.n)
		case more:
			return nil, false
		}
	}
}

// Rest returns what has been read and belongs to no record yet, if there is
// anything. It is not taken.
func (r *Reader) Rest() (*Record, bool) {
	unread := r.buf[r.start:r.end]
	if r.long != nil {
		r.move()
		rest := r.long.record()
		return &rest, true
	}
	if len(unread) == 0 {
		return nil, false
	}
	return &Record{Bytes: unread, Start: r.offset, Line: r.feeds + 1, Next: r.offset + int64(len(unread))}, true
}

// Position is the offset up to which the stream has been read.
func (r *Reader) Position() int64 { return r.offset + int64(r.end-r.start) }

// moved is how much of the record under way is no longer in the buffer.
func (r *Reader) moved() int64 {
	if r.long == nil {
		return 0
	}
	return r.long.length
}

// drop passes over n bytes that belong to no record.
func (r *Reader) drop(n int) {
	r.feeds += int64(bytes.Count(r.buf[r.start:r.start+n], []byte{'\n'}))
	r.pass(n)
}

func (r *Reader) pass(n int) {
	r.start += n
	r.offset += int64(n)
	r.scanned = max(0, r.scanned-n)
}

// cut takes the record that was found.
func (r *Reader) cut() *Record {
	s, rec := &r.found, &r.record
	all := r.buf[r.start : r.start+s.n]
	if rec.Long != nil || rec.noted {
		*rec = Record{}
	}
	rec.Bytes, rec.Start, rec.Line = all[:s.text], r.offset, r.feeds+1
	if r.long == nil && s.text > r.max {
		r.begin()
	}
	if r.long != nil {
		r.long.add(all[:s.text])
		*rec = r.long.record()
		r.long = nil
	}
	if s.feeds == counted {
		s.feeds = bytes.Count(all, []byte{'\n'})
	}
	r.feeds += int64(s.feeds)
	r.pass(s.n)
	r.scanned = 0
	rec.Next, rec.Feeds, rec.Terminated = r.offset, r.feeds, true
	if n := s.note; n != nil {
		rec.noted = true
		rec.Terminated, rec.Incomplete, rec.Fault, rec.Then, rec.State = !n.open, n.incomplete, n.fault, n.then, n.state
	}
	return rec
}

// begin opens a long record at the present position.
func (r *Reader) begin() { r.long = &long{start: r.offset, line: r.feeds + 1, sum: sha256.New()} }

// move moves what the buffer holds of it into the long record.
func (r *Reader) move() {
	if r.long == nil {
		r.begin()
	}
	n := max(0, r.end-r.start-r.split.held())
	r.long.add(r.buf[r.start : r.start+n])
	r.drop(n)
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
