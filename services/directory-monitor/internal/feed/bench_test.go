package feed

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/directory-monitor/internal/batch"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/stats"
)

// BenchmarkFeed reads files to their end; what is read goes nowhere.
func BenchmarkFeed(b *testing.B) {
	var text bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&text, `{"id":%d,"text":"%x 日本語のつぶやき %d","user":{"id":%d,"name":"%x"},"entities":{"hashtags":[{"text":"t%d"}]}}`+"\n",
			i*7919, i*104729, i*31, i*17, i*1299709, i%100)
	}
	pack := map[string]func() []byte{
		"plain.ndjson": text.Bytes,
		"packed.gz": func() []byte {
			var out bytes.Buffer
			w := gzip.NewWriter(&out)
			_, _ = w.Write(text.Bytes())
			_ = w.Close()
			return out.Bytes()
		},
		"packed.zst": func() []byte {
			w, err := zstd.NewWriter(nil)
			if err != nil {
				b.Fatal(err)
			}
			return w.EncodeAll(text.Bytes(), nil)
		},
	}
	for _, name := range []string{"plain.ndjson", "packed.gz", "packed.zst"} {
		b.Run(name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), name)
			if err := os.WriteFile(path, pack[name](), 0o600); err != nil {
				b.Fatal(err)
			}
			st, err := stats.New(nil)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				items := make(chan *batch.Item, 2)
				ended := make(chan error, 1)
				go func() {
					defer close(items)
					ended <- New(Config{
						Inputs: []string{path}, Table: progress.NewTable("m"), Builder: batch.NewBuilder(512<<10, 1<<20), Stats: st,
						Clock: daemon.RealClock{}, Log: slog.New(slog.DiscardHandler), MaxLine: 1 << 20, Settle: time.Second, Rescan: time.Second,
					}).Run(b.Context(), items)
				}()
				for item := range items {
					item.Release()
				}
				if err := <-ended; err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
