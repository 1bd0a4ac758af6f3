package format

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// kind says how a cell becomes a JSON value. A cell that is not what its kind
// expects becomes a string, so that whoever decodes the document counts it as a
// mismatch.
type kind int

const (
	undeclared kind = iota // no column of the stream: a string
	plain                  // a string
	number                 // a number, if JSON writes it so
	boolean                // true, false, t, f, 1 or 0, in any case
	texts                  // an array of strings: as JSON writes it, or separated by ; or |
	numbers                // an array of numbers
	document               // JSON as it is; else a string
)

// kindOf returns the kind of a column of a flat file, by the stream's column
// whose value is found under that name.
func kindOf(name string, stream *catalog.Stream) kind {
	if stream == nil {
		return undeclared
	}
	found := undeclared
	for i := range stream.Columns {
		c := &stream.Columns[i]
		for _, p := range c.Paths {
			if len(p.Fields) != 1 || p.Fields[0] != name || len(p.MatchKey) > 0 || len(p.Element) > 0 {
				continue
			}
			if p.Exists { // any value will do
				found = plain
				continue
			}
			return kindOfType(c)
		}
	}
	return found
}

func kindOfType(c *catalog.Column) kind {
	switch c.Type.Kind {
	case record.BigInt, record.Double:
		return number
	case record.Boolean:
		return boolean
	case record.Timestamp, record.Date:
		for _, f := range c.Formats {
			if f == catalog.FormatEpochMS || f == catalog.FormatEpochSec {
				return number
			}
		}
		return plain
	case record.Array:
		if c.Type.Elem.Numeric() {
			return numbers
		}
		return texts
	case record.JSON:
		return document
	case record.Varchar, record.Unknown:
		return plain
	default:
		return plain
	}
}

// append appends a cell, which is not empty, as a JSON value.
func (k kind) append(dst []byte, cell string) []byte {
	switch k {
	case number:
		if isNumber(cell) {
			return append(dst, cell...)
		}
	case boolean:
		switch strings.ToLower(cell) {
		case "true", "t", "1":
			return append(dst, "true"...)
		case "false", "f", "0":
			return append(dst, "false"...)
		}
	case texts, numbers:
		return k.appendArray(dst, cell)
	case document:
		if one, ok := compacted(cell); ok {
			return append(dst, one...)
		}
	case plain, undeclared:
	}
	return appendText(dst, cell)
}

// appendArray appends a cell as an array: as it is if it is one, else split at
// the semicolons in it, or if there are none at the bars.
func (k kind) appendArray(dst []byte, cell string) []byte {
	if strings.HasPrefix(cell, "[") {
		if one, ok := compacted(cell); ok {
			return append(dst, one...)
		}
		return appendText(dst, cell)
	}
	separator := ";"
	if !strings.Contains(cell, separator) {
		separator = "|"
	}
	element := plain
	if k == numbers {
		element = number
	}
	dst = append(dst, '[')
	first := true
	for part := range strings.SplitSeq(cell, separator) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		dst, first = element.append(dst, part), false
	}
	return append(dst, ']')
}

// compacted returns a cell that holds JSON, on one line.
func compacted(cell string) ([]byte, bool) {
	var one bytes.Buffer
	if json.Compact(&one, []byte(cell)) != nil {
		return nil, false
	}
	return bytes.ToValidUTF8(one.Bytes(), []byte("\uFFFD")), true
}

// isNumber reports whether a cell is a number as JSON writes it.
func isNumber(cell string) bool {
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	if cell == "" || !digit(cell[0]) && cell[0] != '-' || !digit(cell[len(cell)-1]) {
		return false
	}
	return json.Valid([]byte(cell))
}
