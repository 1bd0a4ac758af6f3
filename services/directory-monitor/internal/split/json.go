package split

import (
	"bytes"
	"strconv"
)

// JSON is the form of documents that follow one another, on one line each, on
// several or all on one, or that are the elements of one array; the first byte
// says which, [ or another. A record is one document. With the state behind a
// record the Splitter goes on there.
//
// It follows brackets, strings and the order of tokens, and leaves all else to
// whoever decodes the documents. What cannot be a document has a Fault. The next
// one is looked for at a line that begins as the broken one did: with as many
// blanks and a bracket. That is sound where documents are on a line each, or
// deeper levels are indented; where they are not, all the rest is one record, and
// the stream is Lost.
func JSON(state State) Splitter { return &docs{state: state} }

// docs is the Splitter of JSON.
type docs struct {
	state   State
	decided bool // it is known whether the stream is an array
	in      bool // in a record
	comma   bool // in an array: there was one since the last element

	// Where on its line the record begins: behind so many blanks, if behind
	// nothing else.
	fresh  bool
	indent []byte

	tokens
	column int    // blanks since the line feed within the record; negative: something else
	aligns bool   // they are those of indent
	flat   bool   // lines within the document are not indented more than it is
	lost   bool   // the record goes on to the end of the stream
	fault  string // it is broken

	note note // of the last record
}

// mostIndent is how many blanks before a document are remembered.
const mostIndent = 64

func (d *docs) start(offset int64, _ int) {
	*d = docs{state: d.state, decided: offset > 0, fresh: offset == 0, indent: make([]byte, 0, mostIndent)}
}

func (d *docs) held() int {
	if d.in && !d.lost && d.column >= 0 && d.column <= len(d.indent) {
		return d.column + 1
	}
	return 0
}

func (d *docs) scan(b []byte, seen int, moved int64, found *step) {
	*found = d.find(b, seen, moved)
}

func (d *docs) find(b []byte, seen int, moved int64) step {
	if !d.in {
		if s := d.between(b); s.kind != more {
			return s
		}
		if !d.in {
			return step{}
		}
	}
	return d.within(b, seen, moved)
}

// between passes over what separates documents, and begins one.
func (d *docs) between(b []byte) step {
	for i, c := range b {
		switch c {
		case '\n':
			d.fresh, d.indent = true, d.indent[:0]
			continue
		case '\r':
			continue
		case ' ', '\t':
			if d.fresh = d.fresh && len(d.indent) < mostIndent; d.fresh {
				d.indent = append(d.indent, c)
			}
			continue
		}
		if !d.decided {
			d.decided = true
			if c == '[' {
				d.state, d.comma = InArray, true // the first element may stand on its line
				continue
			}
		}
		if d.state == InArray && c == ',' {
			d.comma, d.fresh = true, false
			continue
		}
		if i > 0 {
			return step{kind: gap, n: i}
		}
		if d.state == InArray && c == ']' {
			d.state, d.fresh = Closed, false
			return step{kind: record, n: 1, note: &note{state: Closed}}
		}
		d.begin(c)
		return step{}
	}
	if len(b) > 0 {
		return step{kind: gap, n: len(b)}
	}
	return step{}
}

// begin begins a record with the byte c.
func (d *docs) begin(c byte) {
	d.in, d.column, d.flat, d.lost, d.fault = true, -1, false, false, ""
	d.reset()
	bracket, element := c == '{' || c == '[', d.state == InArray
	switch {
	case d.state == Closed:
		d.lost, d.fault = true, "it follows the end of the array"
	case d.state == Lost:
		d.lost, d.fault = true, "it follows a broken document, and where the next one begins cannot be told"
	case bracket, element && d.comma && (c == '"' || isWord(c)):
	case element:
		d.breaks(0, "unexpected "+quote(c))
	default:
		// It may be the middle of a document whose beginning is missing: the next
		// one begins where nothing is nested.
		d.fresh, d.indent = true, d.indent[:0]
		d.fault = "no JSON document begins with " + quote(c)
	}
	d.comma = false
}

// within looks for the end of the record.
func (d *docs) within(b []byte, seen int, moved int64) step {
	for i := seen; i < len(b) && !d.lost; i++ {
		c := b[i]
		switch {
		case c == '\n':
			if d.word && d.depth == 0 && d.fault == "" {
				return d.end(i)
			}
			if d.text {
				d.breaks(moved+int64(i), "a line break in a string")
			}
			d.word, d.column, d.aligns = false, 0, true
			continue
		case d.column >= 0 && (c == ' ' || c == '\t' || c == '\r'):
			d.aligns = d.aligns && d.column < len(d.indent) && d.indent[d.column] == c
			d.column++
			continue
		}
		column, aligned := d.column, d.column >= 0 && d.aligns && d.column == len(d.indent)
		d.column = -1
		if d.fault == "" {
			n, ended, problem := d.read(b, i)
			if problem == "" || n > i {
				inner := d.depth > 0 || c != '}' && c != ']'
				d.flat = d.flat || column >= 0 && column <= len(d.indent) && inner
			}
			switch {
			case problem != "":
				d.breaks(moved+int64(n), problem)
			case ended:
				return d.end(n)
			default:
				i = n - 1
				continue
			}
			if n > i {
				i = n - 1
				continue
			}
		}
		if aligned && !d.lost && (c == '{' || c == '[') {
			return d.end(i - column - 1)
		}
		if n := bytes.IndexByte(b[i:], '\n'); n >= 0 {
			i += n - 1
		} else {
			i = len(b)
		}
	}
	return step{}
}

// breaks notes that the record is broken. The next one can be found only by the
// lines that it stands on.
func (d *docs) breaks(at int64, how string) {
	d.fault = "broken JSON: byte " + strconv.FormatInt(at, 10) + ": " + how
	d.text, d.word = false, false
	d.lost = !d.fresh || d.flat
}

// end ends the record behind n bytes.
func (d *docs) end(n int) step {
	s := step{kind: record, n: n, text: n, feeds: counted}
	if d.fault != "" || d.state != Between {
		d.note = note{fault: d.fault, state: d.state}
		s.note = &d.note
	}
	if d.fault != "" {
		d.note.then = "reading goes on at the next line that begins like a document"
	}
	d.in, d.fresh, d.indent = false, false, d.indent[:0]
	return s
}

func (d *docs) last(b []byte, _ int64) step {
	if !d.in {
		return step{}
	}
	s := note{fault: d.fault}
	switch {
	case d.lost:
		if d.state != Closed && d.state != Lost {
			d.state = Lost
			s.then = "where the next document begins cannot be told, so this is all that follows"
		}
	case d.fault == "":
		s.fault, s.incomplete = "the file ends in the middle of a document", true
	default:
		s.incomplete = true
	}
	s.state = d.state
	d.in, d.fresh, d.indent = false, false, d.indent[:0]
	return step{kind: record, n: len(b), text: len(b), feeds: counted, note: &s}
}
