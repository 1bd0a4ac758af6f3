package index_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/record"
)

// word makes up words that are as long as English ones, and as unlike.
func word(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(4) {
		b.WriteByte("bcdfghjklmnprstvwz"[r.IntN(18)])
		b.WriteByte("aaeeeiioou"[r.IntN(10)])
		if r.IntN(3) == 0 {
			b.WriteByte("nrstl"[r.IntN(5)])
		}
	}
	return b.String()
}

// BenchmarkSubstring looks for words in texts of about 120 bytes made of others of
// the same kind.
func BenchmarkSubstring(b *testing.B) {
	for _, needles := range []int{1, 10, 100, 1000, 10000, 100000} {
		b.Run(fmt.Sprint(needles), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			set := index.NewSet(index.Target{Column: "text", Test: index.Contains, Kind: record.Varchar})
			for i := range needles {
				set.Put(index.Key{Text: word(r) + word(r)}, int32(i))
			}
			const rows = 200
			batch := record.NewBatch(&record.Schema{Fields: []record.Field{{Name: "text", Type: record.VarcharType}}})
			size := 0
			for range rows {
				var s strings.Builder
				for range 16 {
					s.WriteString(word(r) + " ")
				}
				size += s.Len()
				batch.Columns[0].AppendStr(s.String())
			}
			var in expr.Input
			var hits index.Hits
			x := set.Index(0)
			b.SetBytes(int64(size))
			b.ResetTimer()
			found := 0
			for range b.N {
				in.Reset([]*record.Column{&batch.Columns[0]}, rows)
				hits.Begin(needles, rows)
				x.Eval(&in, nil, &hits)
				found += len(hits.Touched())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/doc")
			b.ReportMetric(float64(found)/float64(b.N)/rows, "hits/doc")
		})
	}
}
