package jsonscan

import (
	"errors"
	"fmt"

	"github.com/millrace/millrace/libs/record"
)

// span is a JSON value in the document: doc[from:to], which begins with kind.
type span struct {
	from, to int
	kind     byte // the first byte; 0: there is no value
}

// found reports whether there is a value other than null.
func (v span) found() bool { return v.kind != 0 && v.kind != 'n' }

// scanner is the Decoder: it walks the document once, validates everything and
// keeps the spans of wanted values, the last of each; then it converts them.
type scanner struct {
	schema    *record.Schema
	columns   []column
	event     *column // the event time's, where it is not among columns
	eventFrom int     // its place among columns, or noSlot

	root      *node
	slotCount int
	matches   []match

	// The document being read.
	doc     []byte
	serial  uint64
	slots   []span // by slot
	matched []span // by match; kind unresolved until asked for
	open    [(maxDepth + 64) / 64]uint64
	failure DocumentError
	escaped bool // the string last read has escapes
	flags   uint64

	index     *index // nil: the pure-Go path is taken
	indexed   bool   // index is of this document
	fallbacks int64

	days days

	texts arena
	owner *record.Batch // whose texts are in texts
}

// maxDepth is how deep arrays and objects may be nested, as in encoding/json.
const maxDepth = 10000

// failed is the position that scanning functions return after fail.
const failed = -1

func (s *scanner) Schema() *record.Schema { return s.schema }

func (s *scanner) Fallbacks() int64 { return s.fallbacks }

func (s *scanner) Decode(doc []byte, into *record.Batch) error {
	if err := s.own(into); err != nil {
		return err
	}
	s.doc = doc
	s.begin()
	if s.indexed = s.index != nil && s.walk(); !s.indexed {
		if s.index != nil {
			s.begin()
		}
		s.flags = flagsUnknown
		if s.document() == failed {
			failure := s.failure
			s.doc = nil
			return &failure
		}
		if s.index != nil {
			s.fallbacks++
		}
	}
	if s.root.slot != noSlot {
		s.slots[s.root.slot] = s.whole()
	}
	s.appendRow(into)
	s.doc = nil
	return nil
}

// whole returns the document, which is well-formed, without the blanks around it.
func (s *scanner) whole() span {
	to := len(s.doc)
	for s.doc[to-1] != '}' {
		to--
	}
	return span{s.blanks(0), to, '{'}
}

// begin forgets what was found before.
func (s *scanner) begin() {
	s.serial++
	clear(s.slots)
	for i := range s.matched {
		s.matched[i].kind = unresolved
	}
}

// own makes sure that the batch has the right columns and that the texts of
// another, or of rows that still exist, are not overwritten.
func (s *scanner) own(into *record.Batch) error {
	if s.owner == into {
		if into.Len == 0 {
			s.texts.reuse()
		}
		return nil
	}
	fields := s.schema.Fields
	if len(into.Columns) != len(fields) {
		return fmt.Errorf("batch of %d columns, the decoder fills %d", len(into.Columns), len(fields))
	}
	for i := range fields {
		if !into.Columns[i].Type.Equal(fields[i].Type) {
			return fmt.Errorf("column %d of the batch is %s, the decoder fills %s", i, into.Columns[i].Type, fields[i].Type)
		}
	}
	if len(into.Mismatches) != len(fields) {
		return errors.New("batch without a count of mismatches per column")
	}
	s.texts.forget()
	s.owner = into
	return nil
}

// fail keeps the reason and returns failed.
func (s *scanner) fail(at int, reason string) int {
	if at >= len(s.doc) {
		at, reason = len(s.doc), "the document ends too early"
	}
	s.failure = DocumentError{Offset: at, Reason: reason}
	return failed
}

// document reads the whole document.
func (s *scanner) document() int {
	i := s.blanks(0)
	if i >= len(s.doc) {
		return s.fail(i, "")
	}
	if s.doc[i] != '{' {
		return s.other(i)
	}
	if i = s.object(i, 1, s.root); i == failed {
		return failed
	}
	if i = s.blanks(i); i < len(s.doc) {
		return s.fail(i, "something follows the document")
	}
	return i
}

// other says what is wrong with a document that is no object. Malformed JSON
// comes before a wrong type, as in encoding/json; where it only begins like a
// word or a number there is nothing to say about JSON.
func (s *scanner) other(i int) int {
	end := s.value(i, 0)
	if end != failed {
		end = s.blanks(end)
	}
	switch {
	case end == len(s.doc):
		return s.fail(i, "expected an object")
	case s.doc[i] != '[':
		return s.fail(i, "not a JSON document")
	case end == failed:
		return failed
	default:
		return s.fail(end, "something follows the document")
	}
}

// object reads the object at i, the depth-th of those that are open, whose
// fields on wanted paths are the children of n. It returns the position behind.
func (s *scanner) object(i, depth int, n *node) int {
	doc := s.doc
	if depth > maxDepth {
		return s.fail(i, tooDeep)
	}
	if i = s.blanks(i + 1); i < len(doc) && doc[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(doc) || doc[i] != '"' {
			return s.fail(i, "expected a field name in quotes")
		}
		start := i + 1
		if i = s.text(start); i == failed {
			return failed
		}
		child := n.find(doc, start, i-1)
		if child == nil && s.escaped {
			child = n.find(s.unquoted(start, i-1))
		}
		if i < len(doc) && doc[i] == ':' {
			i++
		} else if i = s.colon(i); i == failed {
			return failed
		}
		if i < len(doc) && doc[i] <= ' ' {
			i = s.blanks(i)
		}
		if child == nil {
			i = s.value(i, depth)
		} else {
			i = s.wanted(i, depth, child)
		}
		if i == failed {
			return failed
		}
		if i < len(doc) && doc[i] <= ' ' {
			i = s.blanks(i)
		}
		switch {
		case i < len(doc) && doc[i] == ',':
			if i++; i < len(doc) && doc[i] <= ' ' {
				i = s.blanks(i)
			}
		case i < len(doc) && doc[i] == '}':
			return i + 1
		default:
			return s.fail(i, "expected , or } after a field")
		}
	}
}

func (s *scanner) colon(i int) int {
	if i = s.blanks(i); i < len(s.doc) && s.doc[i] == ':' {
		return i + 1
	}
	return s.fail(i, "expected : after a field name")
}

// wanted reads the value at i of a field on a wanted path.
func (s *scanner) wanted(i, depth int, n *node) int {
	if n.seen == s.serial {
		s.unsee(n)
	}
	n.seen = s.serial
	if i >= len(s.doc) {
		return s.fail(i, "")
	}
	start, kind := i, s.doc[i]
	if kind == '{' && len(n.children) > 0 {
		i = s.object(i, depth+1, n)
	} else {
		i = s.value(i, depth)
	}
	if i != failed && n.slot != noSlot {
		s.slots[n.slot] = span{start, i, kind}
	}
	return i
}

// unsee forgets all that earlier fields of the name and path of n held.
func (s *scanner) unsee(n *node) {
	if n.slot != noSlot {
		s.slots[n.slot] = span{}
	}
	for _, c := range n.children {
		s.unsee(c)
	}
}
