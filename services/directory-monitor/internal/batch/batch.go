// Package batch collects lines into the values of Kafka records. Its main noun
// is the [Item]: one batch of lines, the lines that could not be taken, and the
// progress of the files that they came from, which belong into one transaction.
//
// It neither reads files nor talks to Kafka.
//
//	b := batch.NewBuilder(512<<10, 1<<20)
//	if !b.Fits(line) { send(b.Take()) }
//	b.Add(line, batch.Place{File: "in/a.ndjson", Line: 1})
package batch

import (
	"strings"

	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
)

// Item is what one batch of lines brings into a transaction.
type Item struct {
	Value     []byte       // one document a line; nil if there is none
	Origins   wire.Origins // where its lines come from
	Documents int
	Dead      []DeadLetter
	// Progress holds the entries as they stand once this Item is written, by key;
	// nil removes the record.
	Progress map[string]*progress.Entry
	// End puts the end of the input on every partition, after all else.
	End bool

	release func([]byte)
}

// Release gives the memory of the value back, once it is committed.
func (i *Item) Release() {
	if i.release != nil && i.Value != nil {
		i.release(i.Value)
		i.Value = nil
	}
}

// DeadLetter is a line, or the end of a broken file, that could not be taken.
type DeadLetter struct {
	wire.DeadLetter
	Class string // the reason as the metric names it
}

// Place is where a line comes from.
type Place struct {
	File string // as people are told of it
	Line int64  // in the file, from 1
	Byte int64  // of its first byte in the (decompressed) file, from 0
	// Made: it was made of the line that stands there, and has another length. Of a
	// run of such lines only the first one's Byte is told.
	Made bool
}

// maxOrigins bounds what a batch tells of where its lines come from, in bytes,
// about: it is full then, too.
const maxOrigins = 64 << 10

// originBytes is what an Origin takes, without its file's name.
const originBytes = 48

// Builder fills the value of one Item after the other.
type Builder struct {
	target, most int
	value        []byte
	documents    int
	spare        chan []byte

	origins wire.Origins
	told    int   // bytes of origins, about
	next    Place // where the line would come from that continues the last run
}

// NewBuilder returns a Builder whose values are full at target bytes and no
// longer than most, but for a single line that is longer by itself.
func NewBuilder(target, most int) *Builder {
	return &Builder{target: target, most: most, spare: make(chan []byte, 4)}
}

// Fits reports whether a line can be added to the present value.
func (b *Builder) Fits(line []byte) bool {
	return len(b.value) == 0 || (!b.Full() && len(b.value)+len(line)+1 <= b.most)
}

// Full reports whether the present value has reached the target.
func (b *Builder) Full() bool { return len(b.value) >= b.target || b.told >= maxOrigins }

// Add adds a line, which it copies.
func (b *Builder) Add(line []byte, from Place) {
	if !b.continues(from) {
		b.begin(from)
	}
	b.next = Place{File: from.File, Line: from.Line + 1, Byte: from.Byte + int64(len(line)) + 1, Made: from.Made}
	if b.value == nil {
		select {
		case b.value = <-b.spare:
		default:
			b.value = make([]byte, 0, b.most)
		}
	}
	b.value = append(b.value, line...)
	b.value = append(b.value, '\n')
	b.documents++
}

// continues reports whether a line belongs to the last run.
func (b *Builder) continues(from Place) bool {
	if from.Made {
		from.Byte = b.next.Byte
	}
	return len(b.origins) > 0 && from == b.next
}

// begin opens a run of lines.
func (b *Builder) begin(from Place) {
	run := wire.Origin{At: int64(len(b.value)), Line: from.Line, Byte: from.Byte}
	if len(b.origins) == 0 || from.File != b.next.File {
		run.File = strings.ToValidUTF8(from.File, "\uFFFD")
	}
	b.origins = append(b.origins, run)
	b.told += originBytes + len(run.File)
}

// Take returns an Item with the present value, nil if that is empty, and begins
// a new one.
func (b *Builder) Take() *Item {
	item := &Item{Value: b.value, Origins: b.origins, Documents: b.documents, release: b.recycle}
	b.value, b.documents, b.origins, b.told = nil, 0, nil, 0
	return item
}

// recycle may be called by another goroutine.
func (b *Builder) recycle(value []byte) {
	if cap(value) < b.most || cap(value) > 2*b.most {
		return
	}
	select {
	case b.spare <- value[:0]:
	default:
	}
}
