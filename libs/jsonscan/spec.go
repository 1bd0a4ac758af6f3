package jsonscan

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/record"
)

// Spec says which columns a [Decoder] fills, and from where.
type Spec struct {
	Columns []Column // of the batches, in order; a subset of a stream's

	// EventTime is the TIMESTAMP column that fills [record.Batch.EventTime],
	// whether or not it is among Columns; nil: no row has an event time. Its
	// mismatches are counted only where it is among them.
	EventTime *Column

	// Portable: the pure-Go path is taken even where there is a faster one.
	Portable bool
}

// Acceleration names the path that decoders take on this machine unless their
// spec says [Spec.Portable]: "avx2" or "portable".
func Acceleration() string {
	if indexable() {
		return "avx2"
	}
	return "portable"
}

// Column is one column to be filled. See the package comment for the rules.
type Column struct {
	Name           string
	Type           record.Type
	Paths          []Path
	Formats        []string // of TIMESTAMP and DATE: Go layouts, rfc3339, epoch_ms, epoch_s
	NumericStrings bool     // BIGINT and DOUBLE: strings that hold a number are numbers
	AbsentIsFalse  bool     // BOOLEAN: FALSE where no path leads anywhere
}

// Path leads from the top of a document to a value. The zero path leads to the
// document itself, which only a JSON column holds.
type Path struct {
	// Fields are the names of nested object fields, from the top.
	Fields []string

	// Each: what is there is an array, and the value is made of its elements.
	Each bool

	// MatchKey, unless empty: what is there is an array, and the path goes on in
	// its first element that is an object whose field MatchKey equals MatchText
	// or, where MatchField is not empty, the document's field MatchField. A
	// string equals the same string, a number a number written the same.
	MatchKey   []string
	MatchText  string
	MatchField []string

	// Element is how the path goes on in an element: alternatives, the first
	// that leads to something other than null wins; none: the element itself.
	// With MatchKey there is at most one.
	Element [][]string

	// Exists: the value is TRUE if the path leads to something other than null.
	Exists bool
}

// Decoder fills batches. It is not safe for concurrent use.
type Decoder interface {
	// Decode appends doc to the batch as one row, of index 0 (the caller sets
	// Index), or leaves the batch unchanged and returns a [*DocumentError]. The
	// batch has the columns of Schema. Its strings may point into doc, which must
	// stay as it is until the batch is reset.
	Decode(doc []byte, into *record.Batch) error

	// Schema returns the columns of the batches that Decode fills.
	Schema() *record.Schema

	// Fallbacks returns for how many documents the faster path gave up and the
	// pure-Go path did not. Malformed documents do not count, since the pure-Go
	// path only says what is wrong with them: anything but 0 is a defect.
	Fallbacks() int64
}

// DocumentError says why a document was rejected.
type DocumentError struct {
	Offset int // of the byte in the document where reading stopped
	Reason string
}

// Error returns "byte OFFSET: REASON".
func (e *DocumentError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Reason) }

// New returns a decoder for the spec.
func New(spec Spec) (Decoder, error) {
	s := &scanner{root: &node{slot: noSlot}, schema: &record.Schema{}, eventFrom: noSlot}
	for i := range spec.Columns {
		c, err := s.compile(&spec.Columns[i])
		if err != nil {
			return nil, err
		}
		s.columns = append(s.columns, c)
		s.schema.Fields = append(s.schema.Fields, record.Field{Name: spec.Columns[i].Name, Type: spec.Columns[i].Type})
	}
	if e := spec.EventTime; e != nil {
		if e.Type.Kind != record.Timestamp {
			return nil, fmt.Errorf("event time column %s is %s, not TIMESTAMP", e.Name, e.Type)
		}
		if s.eventFrom = s.schema.Index(e.Name); s.eventFrom < 0 {
			c, err := s.compile(e)
			if err != nil {
				return nil, err
			}
			s.event = &c
		}
	}
	s.root.index(true)
	s.slots = make([]span, s.slotCount)
	s.matched = make([]span, len(s.matches))
	if indexable() && !spec.Portable {
		s.index = &index{}
	}
	return s, nil
}

// column is a Column ready for use.
type column struct {
	kind           record.Kind // of the elements, for an array
	array          bool
	paths          []path
	formats        []format
	twitter        bool // the first format that reads texts is twitterLayout
	numericStrings bool
	absentIsFalse  bool
}

// path is a Path whose fields are in the trie.
type path struct {
	slot    int // of the value at Fields; unused with match
	match   int // in scanner.matches, noSlot: none
	each    bool
	exists  bool
	element [][]string
}

// match finds one element of an array.
type match struct {
	slot  int // of the array
	key   []string
	text  string
	field int // slot of the field to compare with, noSlot: text
}

func (s *scanner) compile(c *Column) (column, error) {
	out := column{kind: c.Type.Kind, numericStrings: c.NumericStrings, absentIsFalse: c.AbsentIsFalse}
	if c.Type.Kind == record.Array {
		out.array, out.kind = true, c.Type.Elem.Kind
	}
	if out.kind == record.Unknown || out.kind == record.Array || out.kind > record.JSON {
		return out, fmt.Errorf("column %s: type %s cannot be read from documents", c.Name, c.Type)
	}
	texts := false
	for _, name := range c.Formats {
		f := newFormat(name)
		if f.epoch == 0 && !texts { // the first that reads texts
			out.twitter, texts = f.layout == twitterLayout, true
		}
		out.formats = append(out.formats, f)
	}
	for _, p := range c.Paths {
		if err := p.check(out.array, out.kind); err != nil {
			return out, fmt.Errorf("column %s: %w", c.Name, err)
		}
		out.paths = append(out.paths, s.compilePath(p))
	}
	return out, nil
}

func (s *scanner) compilePath(p Path) path {
	out := path{match: noSlot, each: p.Each, exists: p.Exists, element: p.Element, slot: s.slotOf(p.Fields)}
	if len(p.MatchKey) == 0 {
		return out
	}
	m := match{slot: out.slot, key: p.MatchKey, text: p.MatchText, field: noSlot}
	if len(p.MatchField) > 0 {
		m.field = s.slotOf(p.MatchField)
	}
	for i := range s.matches {
		if s.matches[i].equal(&m) {
			out.match = i
			return out
		}
	}
	out.match = len(s.matches)
	s.matches = append(s.matches, m)
	return out
}

func (m *match) equal(n *match) bool {
	const sep = "\x00"
	return m.slot == n.slot && m.text == n.text && m.field == n.field &&
		strings.Join(m.key, sep) == strings.Join(n.key, sep)
}

// slotOf returns the slot of the value at the fields, a new one if need be.
func (s *scanner) slotOf(fields []string) int {
	n := s.root
	for _, f := range fields {
		n = n.child(f)
	}
	if n.slot == noSlot {
		n.slot = s.slotCount
		s.slotCount++
	}
	return n.slot
}

// whole reports whether the path leads to the document itself.
func (p *Path) whole() bool {
	return len(p.Fields) == 0 && len(p.MatchKey) == 0 && len(p.MatchField) == 0 && len(p.Element) == 0 && !p.Each && !p.Exists
}

func (p *Path) check(array bool, kind record.Kind) error {
	if p.whole() && kind == record.JSON && !array {
		return nil
	}
	all := append([][]string{p.Fields, p.MatchKey, p.MatchField}, p.Element...)
	for i, fields := range all {
		if len(fields) == 0 && (i == 0 || i > 2) {
			return errors.New("path without fields")
		}
		for _, f := range fields {
			// Names are compared as bytes; what is not UTF-8 would read as U+FFFD.
			if !utf8.ValidString(f) || strings.ContainsRune(f, utf8.RuneError) {
				return fmt.Errorf("field name %q: U+FFFD cannot be matched", f)
			}
		}
	}
	switch {
	case p.Each != array:
		return errors.New("arrays, and only they, are read by paths with Each")
	case p.Each && len(p.MatchKey) > 0:
		return errors.New("a path has Each or MatchKey, not both")
	case p.Exists && (kind != record.Boolean || array):
		return errors.New("only a BOOLEAN is read by a path with Exists")
	case len(p.Element) > 1 && !p.Each, len(p.Element) > 0 && !p.Each && len(p.MatchKey) == 0:
		return errors.New("a path has Element only with Each or, one, with MatchKey")
	}
	return nil
}
