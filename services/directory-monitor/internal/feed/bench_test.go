package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/directory-monitor/internal/batch"
	"github.com/millrace/millrace/services/directory-monitor/internal/format"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/stats"
)

// BenchmarkFeed reads files to their end; what is read goes nowhere. The rate is
// that of the file, unpacked.
func BenchmarkFeed(b *testing.B) {
	var text, array, pretty, csv, tsv, lines bytes.Buffer
	csv.WriteString("id,text,user_id,user_name,hashtags\n")
	tsv.WriteString("id\ttext\tuser_id\tuser_name\thashtags\n")
	for i := range 20_000 {
		post := fmt.Sprintf(`{"id":%d,"text":"%x 日本語のつぶやき %d","user":{"id":%d,"name":"%x"},"entities":{"hashtags":[{"text":"t%d"}]}}`,
			i*7919, i*104729, i*31, i*17, i*1299709, i%100)
		fmt.Fprintln(&text, post)
		fmt.Fprintf(&array, "%c%s\n", "[,"[min(i, 1)], post)
		if err := json.Indent(&pretty, []byte(post), "", "  "); err != nil {
			b.Fatal(err)
		}
		pretty.WriteByte('\n')
		fmt.Fprintf(&csv, "%d,\"%x, 日本語のつぶやき \"\"%d\"\"\",%d,%x,t%d;mill\n", i*7919, i*104729, i*31, i*17, i*1299709, i%100)
		fmt.Fprintf(&tsv, "%d\t%x, 日本語のつぶやき %d\t%d\t%x\tt%d;mill\n", i*7919, i*104729, i*31, i*17, i*1299709, i%100)
		fmt.Fprintf(&lines, "%d %x, 日本語のつぶやき \"%d\" %d %x t%d mill\n", i*7919, i*104729, i*31, i*17, i*1299709, i%100)
	}
	array.WriteByte(']')
	streams, err := catalog.Default()
	if err != nil {
		b.Fatal(err)
	}
	stream, _ := streams.Stream("tweets")
	content := map[string]*bytes.Buffer{
		"plain.ndjson": &text, "packed.gz": &text, "packed.zst": &text, "array.json": &array, "concatenated.json": &text, "indented.json": &pretty,
		"rows.csv": &csv, "rows.tsv": &tsv, "lines.txt": &lines,
	}
	pack := map[string]func() []byte{
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
	for _, name := range []string{
		"plain.ndjson", "packed.gz", "packed.zst", "array.json", "concatenated.json", "indented.json", "rows.csv", "rows.tsv", "lines.txt",
	} {
		b.Run(name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), name)
			bytes := content[name].Bytes()
			if f := pack[name]; f != nil {
				bytes = f()
			}
			if err := os.WriteFile(path, bytes, 0o600); err != nil {
				b.Fatal(err)
			}
			st := stats.New()
			b.SetBytes(int64(content[name].Len()))
			b.ReportAllocs()
			for b.Loop() {
				items := make(chan *batch.Item, 2)
				ended := make(chan error, 1)
				go func() {
					defer close(items)
					ended <- New(Config{
						Inputs: []string{path}, Table: progress.NewTable("m"), Builder: batch.NewBuilder(512<<10, 1<<20), Stats: st,
						Clock: daemon.RealClock{}, Log: slog.New(slog.DiscardHandler), MaxLine: 1 << 20, Settle: time.Second, Rescan: time.Second,
						Formats: format.Settings{Stream: stream},
					}).Run(b.Context(), items)
				}()
				documents := 0
				for item := range items {
					documents += item.Documents
					item.Release()
				}
				if documents != 20_000 {
					b.Fatalf("%d documents", documents)
				}
				if err := <-ended; err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
