package format

import (
	"bytes"

	"github.com/segmentio/encoding/json"
)

// text is the Converter of Text: a line becomes the document {"text": line}.
type text struct{ doc []byte }

func (t *text) Document(record []byte) ([]byte, error) {
	if blank(record) {
		return nil, nil
	}
	t.doc = append(t.doc[:0], `{"text":`...)
	t.doc = append(appendText(t.doc, bytes.TrimSuffix(record, []byte{'\r'})), '}')
	return t.doc, nil
}

// appendText appends a text as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func appendText[T string | []byte](dst []byte, s T) []byte {
	return json.AppendEscape(dst, string(s), 0)
}
