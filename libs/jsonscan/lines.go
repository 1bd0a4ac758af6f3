package jsonscan

import (
	"bytes"
	"iter"
)

// Lines returns the documents of a batch of JSON lines, each with its place
// among them, from 0. Lines end with \n or \r\n, the last may end without.
// Blank lines (of blanks and tabs only) are passed over and not counted; what
// is no JSON is counted like a document. The documents are parts of value.
func Lines(value []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		rest := value
		for i := 0; len(rest) > 0; {
			line := rest
			if n := bytes.IndexByte(rest, '\n'); n >= 0 {
				line, rest = rest[:n], rest[n+1:]
			} else {
				rest = nil
			}
			if n := len(line); n > 0 && line[n-1] == '\r' {
				line = line[:n-1]
			}
			if blank(line) {
				continue
			}
			if !yield(i, line) {
				return
			}
			i++
		}
	}
}

// Offset returns where in value a document begins that [Lines] has taken from it.
func Offset(value, doc []byte) int {
	// A part reaches, as far as its capacity goes, to where the whole does.
	return cap(value) - cap(doc)
}

func blank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
