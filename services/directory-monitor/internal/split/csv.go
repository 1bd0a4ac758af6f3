package split

import (
	"bytes"
	"fmt"
)

// CSV is the form of RFC 4180: a record is a line, or several where the line
// breaks are in quotes. A record's bytes are without its line feed.
//
// A quote that is out of place hides where its record ends. Of a record that
// breaks the rules, or is longer than allowed, only the first line is cut off
// then, with a Fault, and the next record begins on the line after it.
func CSV() Splitter { return &csv{} }

type csv struct {
	most  int
	at    place
	first int    // of the first line feed within the record; negative: none yet
	fault string // the rest of the line is passed over
}

// place says where in a record a byte is.
type place int

const (
	fieldStart place = iota
	inField
	inQuotes
	quoteInQuotes // behind a quote that ends the field, or is the first of two
	returned      // behind a carriage return that follows such a quote
	passing       // in a line that breaks the rules
)

func (c *csv) start(_ int64, most int) {
	*c = csv{most: most, first: -1}
}

func (c *csv) held() int { return 0 }

func (c *csv) scan(b []byte, seen int, moved int64, found *step) {
	*found = c.find(b, seen, moved)
}

func (c *csv) find(b []byte, seen int, moved int64) step {
	if moved > 0 { // it is too long, and on one line
		c.at = passing
	}
	for i := seen; i < len(b); i++ {
		switch c.at {
		case inQuotes:
			if i = indexQuote(b, i); i == len(b) {
				continue
			}
			if b[i] == '"' {
				c.at = quoteInQuotes
				continue
			}
			if i > c.most {
				return c.end(i, i+1)
			}
			if c.first < 0 {
				c.first = i
			}
		case inField:
			if i = indexDelimiter(b, i); i == len(b) {
				continue
			}
			switch b[i] {
			case ',':
				c.at = fieldStart
			case '\n':
				return c.end(i, i+1)
			default:
				if c.breaks(i, "a quote in a field that does not begin with one") {
					return c.end(i, i)
				}
			}
		case fieldStart:
			switch b[i] {
			case '"':
				c.at = inQuotes
			case ',':
			case '\n':
				return c.end(i, i+1)
			default:
				c.at = inField
			}
		case quoteInQuotes:
			switch b[i] {
			case '"':
				c.at = inQuotes
			case ',':
				c.at = fieldStart
			case '\n':
				return c.end(i, i+1)
			case '\r':
				c.at = returned
			default:
				if c.breaks(i, behindQuote) {
					return c.end(i, i)
				}
			}
		case returned:
			if b[i] == '\n' {
				return c.end(i, i+1)
			}
			if c.breaks(i, behindQuote) {
				return c.end(i, i)
			}
		case passing:
			n := bytes.IndexByte(b[i:], '\n')
			if n < 0 {
				i = len(b)
				continue
			}
			return c.end(i+n, i+n+1)
		}
	}
	if moved == 0 && len(b) > c.most && c.first >= 0 {
		return c.end(len(b), len(b))
	}
	return step{}
}

const behindQuote = "something other than a comma behind the quote that ends a field"

// breaks notes that the record is not what it should be at byte i. It reports
// whether its first line is all that can be told of it.
func (c *csv) breaks(i int, how string) bool {
	if i <= c.most {
		c.fault = how
	}
	c.at = passing
	return c.first >= 0
}

// end ends the record behind so many bytes, or behind its first line if it is
// not what a record may be.
func (c *csv) end(text, n int) step {
	s := step{kind: record, n: n, text: text, feeds: counted}
	if c.first >= 0 && (c.fault != "" || text > c.most) {
		s.n, s.text = c.first+1, c.first
		s.note = &note{fault: c.fault, then: "reading goes on at the line after its first"}
		if c.fault == "" {
			s.note.fault = fmt.Sprintf("it goes on for more than %d bytes (--max-line) with line breaks in quotes, so a quote may not be closed", c.most)
		}
	} else if c.fault != "" {
		s.note = &note{fault: c.fault}
	}
	c.start(0, c.most)
	return s
}

func (c *csv) last(b []byte, moved int64) step {
	if len(b) == 0 && moved == 0 {
		return step{}
	}
	if c.at == inQuotes && moved == 0 {
		c.fault = "a quote that is not closed before the file ends"
	}
	s := c.end(len(b), len(b))
	if s.n == len(b) {
		if s.note == nil {
			s.note = &note{}
		}
		s.note.open = true
	}
	return s
}

// indexQuote returns the position of the next quote or line feed from i on, else
// the length.
func indexQuote(b []byte, i int) int {
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\n' {
			return i
		}
	}
	return i
}

// indexDelimiter returns the position of the next comma, quote or line feed from
// i on, else the length.
func indexDelimiter(b []byte, i int) int {
	for ; i < len(b); i++ {
		if c := b[i]; c == ',' || c == '"' || c == '\n' {
			return i
		}
	}
	return i
}
