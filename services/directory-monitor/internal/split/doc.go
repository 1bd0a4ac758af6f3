// Package split cuts a stream of bytes into records without ever holding more
// than one record of the allowed length. Its main noun is the [Reader]; a
// [Splitter] tells it where the records of a form end: [Lines], [CSV] and [JSON].
//
// A record that is too long is not kept: only its first bytes, its length and
// its SHA-256, so that a record of any size costs constant memory. A stream may
// grow: after io.EOF [Reader.Next] can be called again. Where records end depends
// on nothing but their bytes, so that a stream that is read in other pieces, or
// anew from the end of any record, gives the same records.
//
// The package does not judge what is in a record, unless the record's end cannot
// be found without ([Record.Fault]), and does not decode it.
//
//	r := split.New(1 << 20)
//	r.Reset(file, 0, 0, split.Lines())
//	record, err := r.Next()
package split
