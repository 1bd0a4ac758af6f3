package reference

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/millrace/millrace/libs/record"
)

// Document is one parsed JSON document. Its columns are extracted when first
// asked for and then kept, so that many queries share the work. It is not safe
// for concurrent use.
type Document struct {
	root       map[string]any
	text       string // as it came, without blanks around it
	columns    [columnCount]record.Value
	extracted  [columnCount]bool
	folded     [columnCount]*string
	mismatches [columnCount]int
}

var (
	errTrailing = errors.New("something follows the document")
	errNull     = errors.New("null is no document")
)

// Parse reads a document as encoding/json does into a map with UseNumber. What
// is malformed, is not an object (null is none), or has something behind it is an error.
func Parse(doc []byte) (*Document, error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	d := &Document{text: string(bytes.TrimSpace(doc))}
	if err := dec.Decode(&d.root); err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	if d.root == nil {
		return nil, fmt.Errorf("read document: %w", errNull)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read document: %w", errTrailing)
	}
	return d, nil
}

// column returns the value of a column, by its place in the column table.
func (d *Document) column(i int) *record.Value {
	if !d.extracted[i] {
		d.extracted[i] = true
		c := &columns[i]
		raw := c.find(d.root)
		d.columns[i] = record.NullOf(c.typ)
		switch {
		case raw == nil:
		case c.read == nil:
			var wrong int
			d.columns[i], wrong = readTexts(raw)
			d.mismatches[i] = wrong
		default:
			if v, ok := c.read(raw); ok {
				d.columns[i] = v
			} else {
				d.mismatches[i] = 1
			}
		}
	}
	return &d.columns[i]
}

// whole returns the document as it came.
func (d *Document) whole() record.Value { return record.JSONOf(string([]rune(d.text))) }

// fold returns the case-folded text of a VARCHAR column that is not NULL.
func (d *Document) fold(i int) string {
	if d.folded[i] == nil {
		f := fold(d.column(i).Str())
		d.folded[i] = &f
	}
	return *d.folded[i]
}

// Column returns the value of the named column; ok is false where there is no
// such column.
func (d *Document) Column(name string) (v record.Value, ok bool) {
	i, ok := columnIndex(name)
	if !ok {
		return record.Value{}, false
	}
	return *d.column(i), true
}

// Mismatches returns how many columns, and elements of array columns, are NULL
// because what they are read from is of another type.
func (d *Document) Mismatches() (n int) {
	for i := range columns {
		d.column(i)
		n += d.mismatches[i]
	}
	return n
}
