package kafka

import (
	"bytes"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Memory that was used before, of whatever size and with whatever in it, makes no
// difference.
func TestMemoryIsUsedAgain(t *testing.T) {
	m := new(memory)
	u := unpacker{kgo.DefaultDecompressor(m), m}
	for range 3 {
		for name, text := range texts() {
			got, err := u.Decompress(packed(t, text), kgo.CodecLz4)
			if err != nil || !bytes.Equal(got, text) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
			got = got[:cap(got)]
			for i := range got {
				got[i] = '#'
			}
			m.PutDecompressBytes(got)
		}
	}
	again := 0
	b := make([]byte, 100<<10)
	for range 100 { // a pool of this kind may lose some of what it is given
		m.PutDecompressBytes(b)
		if got := m.take(cap(b)); &got[:1][0] == &b[0] {
			again++
		}
		m.PutDecompressBytes(b)
		if got := m.take(cap(b) + 1); len(got) != 0 || cap(got) <= cap(b) {
			t.Fatalf("memory for %d bytes has %d, room for %d", cap(b)+1, len(got), cap(got))
		}
	}
	if again == 0 {
		t.Error("no memory was used again")
	}
}

// A batch that shrinks much lets those after it take no more than a few times what
// they need, nor do they get memory that large.
func TestMemoryFollowsTheBatches(t *testing.T) {
	m := new(memory)
	u := unpacker{kgo.DefaultDecompressor(m), m}
	like, noise := bytes.Repeat([]byte("like "), 4<<20), texts()["mixed"]
	for range 20 {
		got, err := u.Decompress(packed(t, like), kgo.CodecLz4)
		if err != nil {
			t.Fatal(err)
		}
		m.PutDecompressBytes(got)
	}
	src := packed(t, noise)
	got, err := u.Decompress(src, kgo.CodecLz4)
	if err != nil || !bytes.Equal(got, noise) {
		t.Fatal(err)
	}
	if most := (mostRatio+1)*len(src) + 64; cap(got) > max(most, 2*len(got)) {
		t.Errorf("%d bytes, of %d packed, hold %d", len(got), len(src), cap(got))
	}
	for range 40 {
		if _, err = u.Decompress(src, kgo.CodecLz4); err != nil {
			t.Fatal(err)
		}
	}
	if ratio := int64(len(noise)) << 8 / int64(len(src)); m.ratio.Load() > ratio+ratio/4 {
		t.Errorf("a ratio of %d/256 is expected after many batches of %d/256", m.ratio.Load(), ratio)
	}
	if large := m.take(1); cap(large) > 128<<10 {
		t.Errorf("%d bytes of room for one", cap(large))
	}
}
