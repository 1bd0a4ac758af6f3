package split

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// PrefixBytes is how much is kept of a record that cannot be taken.
const PrefixBytes = 64 << 10

// Record is one record, or the unterminated rest of the stream. It, and its
// Bytes, are valid until the next call of the Reader.
type Record struct {
	Bytes []byte // without what ends it; nil if Long
	Start int64  // offset of its first byte in the stream
	Next  int64  // offset of what follows it
	Line  int64  // on which it begins, from 1
	Feeds int64  // line feeds of the stream before Next
	Long  *Long  // set if the record is longer than allowed

	Terminated bool   // what follows in the stream does not belong to it
	Fault      string // why it is not what the form has for a record; "": it may be
	Then       string // with Fault: where reading goes on, if not behind what is there
	Incomplete bool   // with Fault: it may become whole if the stream grows
	State      State  // of the stream behind it
	noted      bool   // one of these is set
}

// State is what has to be known of a stream, besides the offset, to go on behind
// a record.
type State string

// The states. All streams but arrays are in the first.
const (
	Between State = ""       // the next record may follow
	InArray State = "array"  // the next element of an array may follow
	Closed  State = "closed" // the array has ended
	Lost    State = "lost"   // a record broke, and where the next one begins cannot be told
)

// Len is the record's length in bytes without what ends it.
func (r *Record) Len() int64 {
	if r.Long != nil {
		return r.Long.Length
	}
	return int64(len(r.Bytes))
}

// Digest returns what is reported of a record that cannot be taken: its first
// bytes and the SHA-256 of all of it in hex.
func (r *Record) Digest() (prefix []byte, sum string) {
	if r.Long != nil {
		return r.Long.Prefix, r.Long.SHA256
	}
	digest := sha256.Sum256(r.Bytes)
	return r.Bytes[:min(len(r.Bytes), PrefixBytes)], hex.EncodeToString(digest[:])
}

// Long is what is known of a record that is longer than allowed.
type Long struct {
	Prefix []byte // its first PrefixBytes
	Length int64
	SHA256 string // hex
}

// long is a record under way that is longer than allowed.
type long struct {
	start, line int64
	length      int64
	prefix      []byte
	sum         hash.Hash
}

func (l *long) add(b []byte) {
	if rest := PrefixBytes - len(l.prefix); rest > 0 {
		l.prefix = append(l.prefix, b[:min(rest, len(b))]...)
	}
	l.sum.Write(b)
	l.length += int64(len(b))
}

func (l *long) record() Record {
	return Record{Start: l.start, Line: l.line, Long: &Long{
		Prefix: l.prefix, Length: l.length, SHA256: hex.EncodeToString(l.sum.Sum(nil)),
	}}
}
