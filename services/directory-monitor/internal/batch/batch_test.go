package batch

import (
	"bytes"
	"strings"
	"testing"
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
	b.Add(line(4))
	if b.Full() || !b.Fits(line(14)) || b.Fits(line(15)) {
		t.Error("5 bytes of 10 to 20")
	}
	b.Add(line(5))
	if !b.Full() || b.Fits(line(0)) {
		t.Error("11 bytes are not full")
	}
	item := b.Take()
	if string(item.Value) != "xxxx\nxxxxx\n" || item.Documents != 2 {
		t.Errorf("got %q, %d", item.Value, item.Documents)
	}
	value := item.Value
	b.Add(line(1))
	if &value[0] == &b.value[0] {
		t.Error("memory in use was given out again")
	}
	item.Release()
	item.Release()
	b.Take()
	b.Add([]byte("y"))
	if next := b.Take().Value; &next[0] != &value[0] || !bytes.Equal(next, []byte("y\n")) {
		t.Errorf("memory that was given back is not used: %q", next)
	}
}
