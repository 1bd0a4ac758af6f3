package batch

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/wire"
)

func TestBuilder(t *testing.T) {
	b := NewBuilder(10, 20)
	line := func(n int) []byte { return []byte(strings.Repeat("x", n)) }
	if item := b.Take(); item.Value != nil || item.Documents != 0 {
		t.Errorf("empty: %+v", item)
	}
	if !b.Fits(line(100)) {
		t.Error("a long line does not fit into an empty batch")
	}
	b.Add(line(4), Place{File: "f"})
	if b.Full() || !b.Fits(line(14)) || b.Fits(line(15)) {
		t.Error("5 bytes of 10 to 20")
	}
	b.Add(line(5), Place{File: "f"})
	if !b.Full() || b.Fits(line(0)) {
		t.Error("11 bytes are not full")
	}
	item := b.Take()
	if string(item.Value) != "xxxx\nxxxxx\n" || item.Documents != 2 {
		t.Errorf("got %q, %d", item.Value, item.Documents)
	}
	value := item.Value
	b.Add(line(1), Place{File: "f"})
	if &value[0] == &b.value[0] {
		t.Error("memory in use was given out again")
	}
	item.Release()
	item.Release()
	b.Take()
	b.Add([]byte("y"), Place{File: "f"})
	if next := b.Take().Value; &next[0] != &value[0] || !bytes.Equal(next, []byte("y\n")) {
		t.Errorf("memory that was given back is not used: %q", next)
	}
}

func TestOrigins(t *testing.T) {
	b := NewBuilder(1<<20, 2<<20)
	for _, p := range []Place{
		{File: "a", Line: 1, Byte: 3},
		{File: "a", Line: 2, Byte: 5}, // a run
		{File: "a", Line: 4, Byte: 10},
		{File: "a", Line: 5, Byte: 13}, // a line was left out, then a blank
		{File: "b", Line: 6, Byte: 15},
		{File: "a", Line: 7, Byte: 17},
		{File: "a\xff", Line: 1, Byte: 0},
		// Made of lines of other lengths: a run as long as the lines follow one another.
		{File: "c", Line: 1, Byte: 9, Made: true},
		{File: "c", Line: 2, Byte: 90, Made: true},
		{File: "c", Line: 4, Byte: 95, Made: true},
	} {
		b.Add([]byte("x"), p)
	}
	want := wire.Origins{
		{At: 0, File: "a", Line: 1, Byte: 3},
		{At: 4, Line: 4, Byte: 10},
		{At: 6, Line: 5, Byte: 13},
		{At: 8, File: "b", Line: 6, Byte: 15},
		{At: 10, File: "a", Line: 7, Byte: 17},
		{At: 12, File: "a\uFFFD", Line: 1, Byte: 0},
		{At: 14, File: "c", Line: 1, Byte: 9},
		{At: 18, Line: 4, Byte: 95},
	}
	item := b.Take()
	if !reflect.DeepEqual(item.Origins, want) {
		t.Errorf("got %+v, want %+v", item.Origins, want)
	}
	if _, err := item.Origins.Marshal(); err != nil {
		t.Error(err)
	}
	// Each batch begins its own, and is full when it has much to tell.
	b.Add([]byte("x"), Place{File: "a\xff", Line: 2, Byte: 2})
	if o := b.Take().Origins; len(o) != 1 || o[0].At != 0 || o[0].File == "" {
		t.Errorf("second batch: %+v", o)
	}
	n := 0
	for ; !b.Full(); n++ {
		b.Add([]byte("x"), Place{File: "a", Line: int64(2*n + 1), Byte: int64(4 * n)})
	}
	if text, err := b.Take().Origins.Marshal(); err != nil || len(text) > 2*maxOrigins || n < 100 {
		t.Errorf("%d lines, origins of %d bytes, %v", n, len(text), err)
	}
}
