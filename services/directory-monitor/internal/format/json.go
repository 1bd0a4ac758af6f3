package format

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// documents is the Converter of JSON: a document that takes several lines is put
// on one, without the white space outside its strings.
type documents struct{ buf bytes.Buffer }

func (d *documents) Document(record []byte) ([]byte, error) {
	if len(record) == 0 {
		return nil, nil
	}
	if bytes.IndexByte(record, '\n') < 0 {
		return record, nil
	}
	d.buf.Reset()
	if err := json.Compact(&d.buf, record); err != nil {
		return nil, fmt.Errorf("not a JSON document: %w", err)
	}
	return d.buf.Bytes(), nil
}
