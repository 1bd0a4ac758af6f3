package jsonscan

import (
	"bytes"
	"encoding/json"
)

// Hint says what a line that is not a document looks like, where it seems to
// belong to a file in another form, and how to convert that; else it returns "".
// It is for people: what it goes by is the look of one line. A line may be cut off.
func Hint(line []byte) string {
	const expected = "one document per line is expected; this looks like "
	const array, indented = expected + "a JSON array (name its file .json, or use jq -c '.[]')", expected + "indented JSON (name its file .json, or use jq -c .)"
	line = bytes.Trim(line, " \t\r\n")
	if len(line) == 0 {
		return ""
	}
	comma := line[len(line)-1] == ','
	bare := bytes.TrimRight(line, ", \t")
	switch line[0] {
	case '[':
		if rest := bytes.TrimLeft(line[1:], " \t"); len(rest) == 0 || rest[0] == '{' {
			return array
		}
	case '{':
		switch {
		case len(line) == 1:
			return indented
		case comma && json.Valid(bare):
			return array
		}
	case '}':
		if len(bare) == 1 {
			return indented
		}
	case ']':
		if len(bare) == 1 {
			return array
		}
	case '"':
		if field(line) {
			return indented
		}
	}
	return ""
}

// field reports whether a line begins with a field's name and a colon.
func field(line []byte) bool {
	s := scanner{doc: line}
	i := s.text(1)
	return i != failed && s.colon(i) != failed
}
