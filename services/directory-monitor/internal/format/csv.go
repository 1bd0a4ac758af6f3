package format

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// csvFields reads the fields of one record of csv at a time.
type csvFields struct {
	src *feeder
	csv *csv.Reader
}

func newCSV() *csvFields {
	c := &csvFields{src: &feeder{}}
	c.csv = csv.NewReader(c.src)
	c.csv.FieldsPerRecord, c.csv.ReuseRecord = -1, true
	return c
}

func (c *csvFields) fields(record []byte) ([]string, error) {
	c.src.parts = [2][]byte{record, []byte("\n")}
	fields, err := c.csv.Read()
	if err == nil {
		return fields, nil
	}
	*c = *newCSV() // what it has read and not returned is of no use
	var at *csv.ParseError
	if errors.As(err, &at) {
		return nil, fmt.Errorf("byte %d: %w", at.Column-1, at.Err)
	}
	return nil, err
}

func (*csvFields) blank(record []byte) bool { return isEmpty(record) }

// isEmpty reports whether a line has no fields at all.
func isEmpty(record []byte) bool { return len(bytes.TrimSuffix(record, []byte{'\r'})) == 0 }

// feeder is a stream of what is put into it.
type feeder struct{ parts [2][]byte }

func (f *feeder) Read(p []byte) (int, error) {
	for i := range f.parts {
		if len(f.parts[i]) > 0 {
			n := copy(p, f.parts[i])
			f.parts[i] = f.parts[i][n:]
			return n, nil
		}
	}
	return 0, io.EOF
}
