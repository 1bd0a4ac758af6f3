package kafka

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kgo"
)

// noDecompressor fails where the unpacker leaves something to it.
type noDecompressor struct{ t *testing.T }

func (n noDecompressor) Decompress([]byte, kgo.CompressionCodecType) ([]byte, error) {
	n.t.Helper()
	n.t.Error("left to the client")
	return nil, nil
}

func packed(t testing.TB, text []byte, options ...lz4.Option) []byte {
	t.Helper()
	var b bytes.Buffer
	w := lz4.NewWriter(&b)
	if err := w.Apply(options...); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 300_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	return map[string][]byte{
		"empty": {}, "short": []byte("a"), "noise": noise, "zeros": make([]byte, 9<<20),
		"documents": bytes.Repeat([]byte(`{"id":1,"text":"a post","lang":"en"}`+"\n"), 100_000),
		"mixed":     append(bytes.Repeat([]byte("ab"), 1<<20), noise...),
	}
}

func TestUnpackerReadsEveryFrame(t *testing.T) {
	for name, text := range texts() {
		for _, size := range []lz4.BlockSize{lz4.Block64Kb, lz4.Block256Kb, lz4.Block1Mb, lz4.Block4Mb} {
			for _, checks := range []bool{false, true} {
				frame := packed(t, text, lz4.BlockSizeOption(size), lz4.BlockChecksumOption(checks), lz4.ChecksumOption(checks))
				got, err := unpacker{noDecompressor{t}, new(memory)}.Decompress(frame, kgo.CodecLz4)
				if err != nil || !bytes.Equal(got, text) {
					t.Errorf("%s, blocks of %s, checksums %v: %d bytes, %v", name, size, checks, len(got), err)
				}
			}
		}
		frame := packed(t, text, lz4.SizeOption(uint64(len(text))))
		if got, err := (unpacker{noDecompressor{t}, new(memory)}).Decompress(frame, kgo.CodecLz4); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s, with its size: %d bytes, %v", name, len(got), err)
		}
	}
}

// What the unpacker does not know, and what is broken, is as it is for the client.
func TestUnpackerLeavesTheRest(t *testing.T) {
	client := kgo.DefaultDecompressor()
	u := unpacker{client, new(memory)}
	text := bytes.Repeat([]byte("something that is said again, and again; "), 20_000)
	frame := packed(t, text)
	for name, src := range map[string][]byte{
		"two frames": append(bytes.Clone(frame), frame...), "nothing": {}, "no frame": []byte("hello, hello"),
	} {
		got, err := u.Decompress(src, kgo.CodecLz4)
		want, wantErr := client.Decompress(src, kgo.CodecLz4)
		if !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: %d bytes, %v; want %d bytes, %v", name, len(got), err, len(want), wantErr)
		}
	}
	if got, err := u.Decompress(text, kgo.CodecNone); err != nil || !bytes.Equal(got, text) {
		t.Errorf("without compression: %v", err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		src := bytes.Clone(frame[:len(frame)-r.IntN(2)*r.IntN(len(frame))])
		for range r.IntN(3) {
			src[r.IntN(len(src))] = byte(r.Uint32())
		}
		_, _ = u.Decompress(src, kgo.CodecLz4) // must not panic
	}
}

func BenchmarkUnpack(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	var text []byte
	for len(text) < 512<<10 { // shrinks to a fourth, as posts do
		text = fmt.Appendf(text, `{"id":%d,"created_at":"Sat Oct 01 00:00:%02d +0000 2016","text":"`, r.Uint64(), r.IntN(60))
		for range 8 {
			text = append(text, []string{"a word ", "another ", "#tag ", "and so on ", "https://t.co/"}[r.IntN(5)]...)
		}
		text = append(text, `","lang":"en","user":{"verified":false,"followers_count":100}}`+"\n"...)
	}
	frame := packed(b, text)
	m := new(memory)
	for name, d := range map[string]kgo.Decompressor{"client": kgo.DefaultDecompressor(), "unpacker": unpacker{kgo.DefaultDecompressor(), new(memory)}, "recycled": unpacker{kgo.DefaultDecompressor(m), m}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				got, err := d.Decompress(frame, kgo.CodecLz4)
				if err != nil {
					b.Fatal(err)
				}
				if name == "recycled" {
					clear(got) // as the client does
					m.PutDecompressBytes(got)
				}
			}
			b.ReportMetric(float64(len(text))/float64(len(frame)), "ratio")
		})
	}
}
