package client

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestEvents(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	for _, c := range []struct {
		name, in, want string
	}{
		{"line ends", "event: a\ndata: 1\n\nevent: b\r\ndata: 2\r\n\r\nevent: c\rdata: 3\r\r", "a=1 b=2 c=3"},
		{"several lines of data", "data: 1\ndata:2\ndata:  3\n\n", "=1\n2\n 3"},
		{"no data", "event: a\nid: 7\n\ndata: 1\n\n", "=1 id 7"},
		{"empty data", "data\n\ndata:\n\n", "= ="},
		{"comments and others", ": x\ndata: 1\nfoo: bar\n:\n\n", "=1"},
		{"cut off", "data: 1\n\ndata: 2\n", "=1"},
		{"ids", "id: 1\ndata: a\n\nid: 2\x00\ndata: b\n\nid\ndata: c\n\n", "=a =b =c"},
		{"an id of what never came", "id: 1\ndata: a\n\nid: 2\ndata: b\n", "=a id 1"},
		{"retry", "retry: 1500\nretry: x\nretry: -1\n\n", "retry 1.5s"},
		{"long", "data: " + long + "\n\ndata: 1\n\n", "=" + long + " =1"},
	} {
		for _, r := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in))} {
			e := newEvents(r, func() {})
			var got []string
			var err error
			for {
				var m message
				if m, err = e.next(); err != nil {
					break
				}
				got = append(got, m.name+"="+string(m.data))
			}
			if !errors.Is(err, io.EOF) {
				t.Errorf("%s: %v", c.name, err)
			}
			if e.lastID != "" {
				got = append(got, "id "+e.lastID)
			}
			if e.retry > 0 {
				got = append(got, fmt.Sprint("retry ", e.retry))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: %.100q, want %.100q", c.name, strings.Join(got, " "), c.want)
			}
		}
	}
}

// endless is an event without an end.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

func TestEventsAreBounded(t *testing.T) {
	e := newEvents(io.MultiReader(strings.NewReader("data: "), endless{}), func() {})
	began := time.Now()
	if _, err := e.next(); !errors.Is(err, errLargeEvent) {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func FuzzEvents(f *testing.F) {
	f.Add("event: a\ndata: 1\r\n\r\n")
	f.Add("id\rdata\n\n:")
	f.Fuzz(func(t *testing.T, in string) {
		read := func(r io.Reader) string {
			var all strings.Builder
			e := newEvents(r, func() {})
			for {
				m, err := e.next()
				if err != nil {
					return all.String()
				}
				fmt.Fprintf(&all, "%q %q %q\n", m.name, m.data, e.lastID)
			}
		}
		if whole, bytes := read(strings.NewReader(in)), read(iotest.OneByteReader(strings.NewReader(in))); whole != bytes {
			t.Errorf("%q:\n%s\nbyte by byte\n%s", in, whole, bytes)
		}
	})
}
