package admission

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// BenchmarkDecide tells what query-parser takes for a submission besides Kafka: of
// queries such as people leave standing, beside 100,000.
func BenchmarkDecide(b *testing.B) {
	const registered = 100_000
	c, err := catalog.Default()
	if err != nil {
		b.Fatal(err)
	}
	state := NewState(c)
	for i := range registered {
		state.set(fmt.Sprint("q", i), entry{epoch: int64(i), value: []byte{1}})
	}
	a := New(state, Config{Now: time.Now, MaxValue: 1 << 20})
	forms := []string{
		"SELECT count(*) FROM tweets WHERE text CONTAINS 'word%d'",
		"SELECT count(*) FROM tweets WHERE text CONTAINS 'word%d' AND NOT 'news' = ANY(hashtags)",
		"SELECT count(*) FROM tweets WHERE 'tag%d' = ANY(hashtags)",
		"SELECT count(*) FROM tweets WHERE lang = 'en' AND user.followers_count BETWEEN %[1]d AND 2%[1]d0",
		"SELECT lang, count(*) AS n FROM tweets WHERE text CONTAINS 'word%d' GROUP BY lang",
	}
	for i := 0; b.Loop(); i++ {
		rec := kafka.Record{
			Key: []byte(fmt.Sprint("more", i)), Value: fmt.Appendf(nil, forms[i%len(forms)], i%10_000), Offset: registered + int64(i), Time: time.Unix(1, 0),
		}
		if out, err := a.Decide(b.Context(), &rec); err != nil || len(out) != 2 {
			b.Fatalf("%v, %d records: %s", err, len(out), out[0].Value)
		}
		if i%1000 == 999 {
			a.Commit()
		}
	}
}
