// Package catalog knows the streams and columns that a query may name: a
// [Stream] is a name, an event-time column and [Column]s, each with a type and
// the [Path]s at which it is found in a JSON document.
//
// Streams are declared in YAML files (see schemas/streams/tweets.yaml, which
// also describes the spelling of paths), which this package reads and checks, and by
// CREATE STREAM, of which package ddl makes one. A [View] is a query that has a name.
// The package does not read documents (package jsonscan does) and does not resolve the
// names in a query (package bind does).
//
//	c, err := catalog.Default()
//	s, ok := c.Stream("tweets")
//	col, ok := s.Column("User.Followers_Count") // case does not matter
package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/schemas"
)

// Catalog is a set of streams and views, whose names all differ. It is immutable.
type Catalog struct {
	streams []*Stream
	views   []*View
}

// Stream is a declared stream of JSON documents. It is immutable.
type Stream struct {
	Name      string
	Doc       string
	EventTime string        // the TIMESTAMP column that event time comes from; "": there is none
	Lateness  time.Duration // allowed lateness unless told otherwise
	Columns   []Column      // in the order of SELECT *
	Examples  []Example

	Topic    string // of Kafka, which carries its documents
	Format   string // how its files are written: json, csv, tsv or text; "": as their names say
	Header   bool   // the first line of its csv and tsv files names their columns; else they are Columns
	Declared bool   // by CREATE STREAM: Millrace does not come with it
}

// TopicPrefix begins the name of a stream's topic where none is given; the stream's
// name follows.
const TopicPrefix = "millrace."

// Column is one column of a stream.
type Column struct {
	Name  string // dotted where nested: "user.followers_count"; lower case
	Type  record.Type
	Doc   string
	Paths []Path // tried in order, the first that leads to something not null wins

	// Formats says how a TIMESTAMP or DATE is written in documents, tried in
	// order: Go time layouts, "rfc3339", "epoch_ms", "epoch_s".
	Formats []string

	// NumericStrings lets a BIGINT or DOUBLE be a JSON string that holds a number.
	NumericStrings bool

	// AbsentIsFalse makes a BOOLEAN FALSE, not NULL, where no path leads anywhere.
	AbsentIsFalse bool
}

// Example is an invented document of the stream and the row that it is read as.
type Example struct {
	Name     string
	Document string // JSON
	Row      string // JSON object of every column, spelled as results are
}

// Document is the name of the column that every stream has, unless it declares one of
// that name: the whole document, which is JSON. It is not part of *.
const Document = "doc"

// Formats of TIMESTAMP columns that are not Go time layouts.
const (
	FormatRFC3339  = "rfc3339"  // a string; the fraction is optional
	FormatEpochMS  = "epoch_ms" // a JSON number of milliseconds since 1970 UTC
	FormatEpochSec = "epoch_s"  // a JSON number of seconds since 1970 UTC
)

// New returns a catalog of the given streams; two of one name are an error.
func New(streams ...*Stream) (*Catalog, error) {
	c := &Catalog{}
	for _, s := range streams {
		if _, ok := c.Stream(s.Name); ok {
			return nil, fmt.Errorf("stream %s is declared twice", s.Name)
		}
		c.streams = append(c.streams, s)
	}
	return c, nil
}

// Default returns the catalog of the streams that Millrace comes with.
func Default() (*Catalog, error) { return LoadAll(schemas.Files(), "streams/*.yaml") }

// LoadAll returns the catalog of the files that match the pattern. Errors name
// the file, the line and the column.
func LoadAll(files fs.FS, pattern string) (*Catalog, error) {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return nil, fmt.Errorf("stream catalogs %q: %w", pattern, err)
	}
	var streams []*Stream
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("stream catalog: %w", err)
		}
		s, err := Load(text)
		if err != nil {
			var at *Error
			if errors.As(err, &at) {
				at.File = name
				return nil, at
			}
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		streams = append(streams, s)
	}
	return New(streams...)
}

// Stream returns the stream called name; case does not matter.
func (c *Catalog) Stream(name string) (*Stream, bool) {
	for _, s := range c.streams {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return nil, false
}

// Streams returns all streams, by file name. The caller must not change them.
func (c *Catalog) Streams() []*Stream { return c.streams }

// Column returns the column called name; case does not matter, as for an
// unquoted name. A quoted one must also equal the column's Name.
func (s *Stream) Column(name string) (*Column, bool) {
	for i := range s.Columns {
		if strings.EqualFold(s.Columns[i].Name, name) {
			return &s.Columns[i], true
		}
	}
	return nil, false
}

// Schema returns the names and types of all columns.
func (s *Stream) Schema() *record.Schema {
	schema := &record.Schema{Fields: make([]record.Field, len(s.Columns))}
	for i, c := range s.Columns {
		schema.Fields[i] = record.Field{Name: c.Name, Type: c.Type}
	}
	return schema
}
