package format

import (
	"bytes"
	"strings"
)

// tsv reads the fields of one line of tsv at a time. Quotes mean nothing; \t, \n,
// \r and \\ stand for a tab, a line feed, a carriage return and a backslash, a
// cell \N for no value, as PostgreSQL and MySQL write them. Any other backslash
// is one.
type tsv struct{ list []string }

func (t *tsv) fields(record []byte) ([]string, error) {
	rest, more := string(bytes.TrimSuffix(record, []byte{'\r'})), true
	t.list = t.list[:0]
	for more {
		var cell string
		cell, rest, more = strings.Cut(rest, "\t")
		if cell == `\N` {
			cell = ""
		} else if strings.IndexByte(cell, '\\') >= 0 {
			cell = unescape(cell)
		}
		t.list = append(t.list, cell)
	}
	return t.list, nil
}

func (*tsv) blank(record []byte) bool { return isEmpty(record) }

// unescape puts in what the escapes stand for.
func unescape(cell string) string {
	var b strings.Builder
	for i := 0; i < len(cell); i++ {
		if cell[i] == '\\' && i+1 < len(cell) {
			if j := strings.IndexByte(`tnr\`, cell[i+1]); j >= 0 {
				b.WriteByte("\t\n\r\\"[j])
				i++
				continue
			}
		}
		b.WriteByte(cell[i])
	}
	return b.String()
}
