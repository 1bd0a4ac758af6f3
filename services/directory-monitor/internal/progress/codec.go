package progress

import (
	"fmt"

	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/directory-monitor/internal/format"
	"github.com/millrace/millrace/services/directory-monitor/internal/source"
	"github.com/millrace/millrace/services/directory-monitor/internal/split"
)

// Encode spells an entry as the value of its record.
func Encode(e *Entry) ([]byte, error) {
	p := wire.FileProgress{
		Path: e.Path, Inode: e.Inode, Hash: e.Head, HashLen: e.HeadLen, Tail: e.Tail, Generation: e.Generation,
		Offset: e.Offset, Lines: e.Lines, Size: e.Size, Open: e.Open, Done: e.Done, Failed: e.Failed,
		Format: string(e.Format), State: string(e.State),
	}
	if !e.Missing.IsZero() {
		missing := e.Missing.UTC()
		p.Missing = &missing
	}
	value, err := p.Marshal()
	if err != nil {
		return nil, fmt.Errorf("progress of %s: %w", e.Path, err)
	}
	return value, nil
}

// Decode reads what Encode wrote.
func Decode(key string, value []byte) (*Entry, error) {
	var p wire.FileProgress
	if err := p.Unmarshal(value); err != nil {
		return nil, fmt.Errorf("progress record %s: %w", key, err)
	}
	e := &Entry{
		Key: key, Path: p.Path, Inode: p.Inode, Head: p.Hash, HeadLen: p.HashLen, Tail: p.Tail, Generation: p.Generation,
		Offset: p.Offset, Lines: p.Lines, Size: p.Size, Open: p.Open, Done: p.Done, Failed: p.Failed,
		Format: format.Format(p.Format), State: split.State(p.State),
	}
	if e.Format == "" {
		e.Format = format.NDJSON // written when there was no other
	}
	if p.Missing != nil {
		e.Missing = *p.Missing
	}
	return e, nil
}

// End is the entry that goes with the end of a bounded input: where it is read
// back, the end has been written.
func End(key string) *Entry {
	return &Entry{Key: key, Path: "end of input", Head: source.Hash(nil), Done: true}
}
