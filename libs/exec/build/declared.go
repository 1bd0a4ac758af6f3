package build

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/sql/catalog"
)

// AddStream adds a stream to those of the catalog, from the position of the definitions
// on that have it first. There must be none of its name.
func (b *Builder) AddStream(def *catalog.Stream, since int64) error {
	if b.stream(def.Name) != nil {
		return fmt.Errorf("there is a stream %s already", def.Name)
	}
	s := newStream(def, fieldsOf(def))
	s.since = since
	b.streams = append(b.streams, s)
	b.program = nil
	return nil
}

// DropStream removes a stream that no query reads; one that is not there is no error.
func (b *Builder) DropStream(name string) error {
	s := b.stream(name)
	if s == nil {
		return nil
	}
	if len(s.selections) > 0 || slices.ContainsFunc(b.derived, func(d *stream) bool { return d.below == s }) {
		return fmt.Errorf("queries read stream %s", name)
	}
	b.streams = without(b.streams, s)
	b.program = nil
	return nil
}
