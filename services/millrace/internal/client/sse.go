package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxEvent bounds the bytes of one event.
const maxEvent = 64 << 20

var errLargeEvent = errors.New("an event is too large")

// message is one server-sent event.
type message struct {
	name string
	data []byte
}

// events reads server-sent events as the HTML standard has them.
type events struct {
	r     *bufio.Reader
	alive func() // called for every line, comments too

	lastID string
	retry  time.Duration // that the server asked for; 0: it did not
	afterR bool          // a carriage return ended the last line
}

func newEvents(r io.Reader, alive func()) *events {
	return &events{r: bufio.NewReaderSize(r, 64<<10), alive: alive}
}

// next returns the next event. One that the stream ends in the middle of is
// none.
func (e *events) next() (message, error) {
	m := message{}
	id, hasID := "", false
	var data []byte
	for {
		line, err := e.line(maxEvent - len(data))
		if err != nil {
			return m, err
		}
		e.alive()
		if len(line) == 0 {
			if hasID {
				e.lastID, hasID = id, false
			}
			if data == nil {
				m.name = ""
				continue
			}
			m.data = bytes.TrimSuffix(data, []byte("\n"))
			return m, nil
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			m.name = string(value)
		case "data":
			data = append(append(data, value...), '\n')
		case "id":
			if !strings.Contains(string(value), "\x00") {
				id, hasID = string(value), true
			}
		case "retry":
			if ms, err := strconv.ParseUint(string(value), 10, 31); err == nil {
				e.retry = time.Duration(ms) * time.Millisecond
			}
		}
	}
}

// line returns the next line without its end, which is \n, \r or \r\n.
func (e *events) line(most int) ([]byte, error) {
	var line []byte
	for {
		b, err := e.r.ReadByte()
		if err != nil {
			return nil, err
		}
		after := e.afterR
		e.afterR = b == '\r'
		if b == '\n' && after {
			continue
		}
		if b == '\n' || b == '\r' {
			return line, nil
		}
		if len(line) >= most {
			return nil, errLargeEvent
		}
		line = append(line, b)
		line = e.buffered(line, most)
	}
}

// buffered takes what is in the buffer up to the end of the line.
func (e *events) buffered(line []byte, most int) []byte {
	ahead, _ := e.r.Peek(min(e.r.Buffered(), most-len(line)))
	if i := bytes.IndexAny(ahead, "\r\n"); i >= 0 {
		ahead = ahead[:i]
	}
	line = append(line, ahead...)
	_, _ = e.r.Discard(len(ahead))
	return line
}
