package format

// lines is the Converter of NDJSON: a line is its document, as it is.
type lines struct{}

func (lines) Document(record []byte) ([]byte, error) {
	if blank(record) {
		return nil, nil
	}
	return record, nil
}

// blank reports whether a line holds nothing but white space.
func blank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
