package format

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/millrace/millrace/libs/sql/catalog"
)

// rows reads the fields of one record at a time; an empty one is no value.
type rows interface {
	fields(record []byte) ([]string, error)
	blank(record []byte) bool
}

// Table is the Converter of csv and tsv: a record becomes a flat document with a
// field for each column. It has to be begun with the first record of the file.
type Table struct {
	rows
	stream   *catalog.Stream
	columns  []column
	declared []string
	begun    bool
	doc      []byte
}

// column is a column of a table.
type column struct {
	name string
	lead []byte // what comes before its value in a document
	kind kind
}

func newTable(r rows, s Settings) *Table {
	return &Table{rows: r, stream: s.Stream, declared: s.Columns}
}

// Begun reports whether the columns are known.
func (t *Table) Begun() bool { return t.begun }

// mostName is how much of a column's name a message shows, in bytes.
const mostName = 64

// Begin tells the columns by the first record that is not blank: it names them
// unless they are declared. header says that the record is no data then. An error
// says why the file cannot be read.
func (t *Table) Begin(record []byte) (header bool, err error) {
	fields, err := t.fields(record)
	if err != nil && len(t.declared) == 0 {
		return false, fmt.Errorf("its first line, which names the columns, cannot be read: %w", err)
	}
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = strings.TrimSpace(strings.ToValidUTF8(fields[i], "\uFFFD"))
	}
	header = true
	if len(t.declared) > 0 {
		header = slices.Equal(names, t.declared)
		names = t.declared
	}
	if err := CheckColumns(names); err != nil {
		return false, fmt.Errorf("its first line names the columns: %w; correct it, or declare the columns (--columns) if that line is data", err)
	}
	t.columns = make([]column, len(names))
	for i, name := range names {
		lead := []byte{','}
		if i == 0 {
			lead = []byte{'{'}
		}
		t.columns[i] = column{name: name, lead: append(appendText(lead, name), ':'), kind: kindOf(name, t.stream)}
	}
	t.begun = true
	return header, nil
}

// Known is how many of the columns the stream has.
func (t *Table) Known() (n int) {
	for _, c := range t.columns {
		if c.kind != undeclared {
			n++
		}
	}
	return n
}

// Nearly lists the columns that the stream would have if they were written in other letters,
// small or capital: as "ID (id)".
func (t *Table) Nearly() (names []string) {
	if t.stream == nil {
		return nil
	}
	has := func(name string) bool {
		return slices.ContainsFunc(t.columns, func(c column) bool { return c.name == name })
	}
	for _, c := range t.columns {
		if c.kind != undeclared {
			continue
		}
		for i := range t.stream.Columns {
			for _, p := range t.stream.Columns[i].Paths {
				if len(p.Fields) == 1 && strings.EqualFold(p.Fields[0], c.name) && !has(p.Fields[0]) {
					names = append(names, short(c.name)+" ("+p.Fields[0]+")")
				}
			}
		}
	}
	return names
}

// CheckColumns says what is wrong with the names of columns.
func CheckColumns(names []string) error {
	if len(names) == 0 {
		return errors.New("there are no columns")
	}
	seen := map[string]int{}
	for i, name := range names {
		if name == "" {
			return fmt.Errorf("column %d of %d has no name", i+1, len(names))
		}
		if strings.ContainsRune(name, '\r') {
			return fmt.Errorf("there is a carriage return in the name of column %d, so the lines seem to end without line feeds, which are needed (tr '\\r' '\\n' makes them)", i+1)
		}
		if before, again := seen[name]; again {
			return fmt.Errorf("columns %d and %d are both called %q", before, i+1, short(name))
		}
		seen[name] = i + 1
	}
	return nil
}

// Blank reports whether a record has no fields.
func (t *Table) Blank(record []byte) bool { return t.blank(record) }

// Document returns the document of a record of the table.
func (t *Table) Document(record []byte) ([]byte, error) {
	if t.blank(record) {
		return nil, nil
	}
	fields, err := t.fields(record)
	if err != nil {
		return nil, err
	}
	if len(fields) != len(t.columns) {
		return nil, fmt.Errorf("%s, %d are expected: %s", count(len(fields)), len(t.columns), t.names())
	}
	t.doc = t.doc[:0]
	for i := range fields {
		c := &t.columns[i]
		t.doc = append(t.doc, c.lead...)
		if fields[i] == "" {
			t.doc = append(t.doc, "null"...)
			continue
		}
		t.doc = c.kind.append(t.doc, fields[i])
	}
	t.doc = append(t.doc, '}')
	return t.doc, nil
}

// names lists the columns, the first few if they are many.
func (t *Table) names() string {
	const most = 8
	var list []string
	for _, c := range t.columns[:min(most, len(t.columns))] {
		name := short(c.name)
		if strings.ContainsFunc(name, unicode.IsControl) {
			name = strconv.Quote(name)
		}
		list = append(list, name)
	}
	if len(t.columns) > most {
		list = append(list, "…")
	}
	return strings.Join(list, ", ")
}

// short is a name as messages show it: a message has to fit into a record, and a
// name may be as long as one.
func short(name string) string {
	if len(name) <= mostName {
		return name
	}
	return strings.ToValidUTF8(name[:mostName], "") + "…"
}

func count(n int) string {
	if n == 1 {
		return "1 field"
	}
	return fmt.Sprintf("%d fields", n)
}
