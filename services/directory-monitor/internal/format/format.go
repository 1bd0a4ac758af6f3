package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/directory-monitor/internal/split"
)

// Format is how a file is written.
type Format string

// The formats. Auto is not one: it has the format told by the file.
const (
	Auto   Format = "auto"
	NDJSON Format = "ndjson" // a document on every line
	JSON   Format = "json"   // one array of documents, or documents that follow one another
	CSV    Format = "csv"    // RFC 4180
	TSV    Format = "tsv"    // tabs between the fields, \t \n \r \\ in them
	Text   Format = "text"   // a text on every line
)

// Documents is no format either: it has told by the file whether it is NDJSON or JSON.
const Documents Format = "documents"

// Names are what a setting may be.
func Names() []string {
	return []string{string(Auto), string(NDJSON), string(JSON), string(CSV), string(TSV), string(Text)}
}

// Settings are what is told of files besides their formats.
type Settings struct {
	Format Format // of all files, or Auto
	// Columns are those of csv and tsv files, which have no header then; none: the
	// first line of a file names them.
	Columns []string
	Stream  *catalog.Stream // whose documents these are
}

// Of returns the format of a file: the one that is set, else by its name, which
// may end in that of a compression too, else by what it begins with, unpacked.
func Of(name string, head []byte, set Format) Format {
	if set != Auto && set != "" && set != Documents {
		return set
	}
	name = strings.ToLower(path.Base(filepath.ToSlash(name)))
	switch ext := path.Ext(name); ext {
	case ".gz", ".gzip", ".zst", ".zstd":
		name = strings.TrimSuffix(name, ext)
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	switch ext := path.Ext(name); {
	case ext == ".ndjson", ext == ".jsonl":
		return NDJSON
	case ext == ".json":
		return JSON
	case set == Documents:
	case ext == ".csv":
		return CSV
	case ext == ".tsv":
		return TSV
	case ext == ".txt", ext == ".log":
		if !object(head) {
			return Text
		}
		return NDJSON
	}
	if nested(head) {
		return JSON
	}
	return NDJSON
}

// object reports whether a text begins as a JSON object does.
func object(head []byte) bool {
	inner, ok := bytes.CutPrefix(head, []byte{'{'})
	inner = bytes.TrimLeft(inner, " \t")
	return ok && (bytes.HasPrefix(inner, []byte{'"'}) || bytes.HasPrefix(inner, []byte{'}'}))
}

// nested reports whether a text begins as an array of documents does, with a document that
// goes on behind its line, or with several on one line. A line that is no document and does
// not become one with those behind it is broken, and says nothing of the others.
func nested(head []byte) bool {
	if inner, ok := bytes.CutPrefix(head, []byte{'['}); ok {
		inner = bytes.TrimLeft(inner, " \t\r\n")
		return len(inner) == 0 || inner[0] == '{' || inner[0] == ']'
	}
	line, rest, ended := bytes.Cut(head, []byte{'\n'})
	if ended && string(bytes.TrimRight(line, " \t\r")) == "{" {
		return true
	}
	var one json.RawMessage
	documents := json.NewDecoder(bytes.NewReader(head))
	switch err := documents.Decode(&one); {
	case errors.Is(err, io.ErrUnexpectedEOF): // it is longer than the head
		return ended && !bytes.HasPrefix(rest, []byte{'{'}) && !bytes.Contains(rest, []byte("\n{"))
	case err != nil:
		return false
	case documents.InputOffset() > int64(len(line)):
		return true
	}
	documents = json.NewDecoder(bytes.NewReader(line))
	for n := 0; ; n++ {
		switch err := documents.Decode(&one); {
		case errors.Is(err, io.EOF):
			return n > 1
		case err != nil:
			return n > 0 && !ended && errors.Is(err, io.ErrUnexpectedEOF)
		}
	}
}

// Splitter returns what finds the records of a file that goes on in a state.
func (f Format) Splitter(state split.State) split.Splitter {
	switch f {
	case JSON:
		return split.JSON(state)
	case CSV:
		return split.CSV()
	case NDJSON, TSV, Text, Auto, Documents:
		return split.Lines()
	default:
		return split.Lines()
	}
}

// Converter makes documents of the records of one file.
type Converter interface {
	// Document returns the document of a record, one line without its line feed. It
	// is valid until the next call. Without an error nil says that the record holds
	// none.
	Document(record []byte) ([]byte, error)
}

// Converter returns the Converter of a file. That of csv and tsv is a [*Table].
func (f Format) Converter(s Settings) Converter {
	switch f {
	case JSON:
		return &documents{}
	case CSV:
		return newTable(newCSV(), s)
	case TSV:
		return newTable(&tsv{}, s)
	case Text:
		return &text{}
	case NDJSON, Auto, Documents:
		return lines{}
	default:
		return lines{}
	}
}

// Made reports whether documents are made up from what stands in the file: they
// are valid JSON, and not found there as they are.
func (f Format) Made() bool { return f == CSV || f == TSV || f == Text }

// Record is what people call a record of the format.
func (f Format) Record() string {
	switch f {
	case JSON:
		return "document"
	case CSV, TSV:
		return "record"
	case NDJSON, Text, Auto:
		return "line"
	default:
		return "line"
	}
}
