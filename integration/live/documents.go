package live

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/millrace/millrace/integration/random"
)

// start is the event time of the first document, not long before midnight.
var start = time.Date(2016, 10, 1, 23, 59, 50, 0, time.UTC)

// flushTime is the event time of the documents that close all windows before.
var flushTime = start.AddDate(0, 0, 30)

// Documents makes posts whose event times grow, but for a disorder well below
// the stream's lateness, so that none is late. It belongs to one goroutine.
type Documents struct {
	r      *rand.Rand
	seed   uint64
	step   time.Duration // of event time, from one to the next
	most   time.Duration // of event time, in all
	broken bool          // some lines are no documents

	chunk [][]byte
	bad   [][]byte
	n     int
}

// NewDocuments returns the documents of a seed, step of event time apart. With
// broken, some lines are not documents at all.
func NewDocuments(seed uint64, step time.Duration, broken bool) *Documents {
	return &Documents{r: rand.New(rand.NewPCG(seed, 11)), seed: seed, step: step, broken: broken}
}

// Within lets event time stand still once it has grown by that much.
func (d *Documents) Within(most time.Duration) *Documents {
	d.most = most
	return d
}

// Next returns n lines.
func (d *Documents) Next(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		if len(d.chunk) == 0 {
			d.chunk = random.Documents(d.seed<<16+uint64(d.n), 500)
			d.bad = random.Broken(d.seed<<16+uint64(d.n), 20)
		}
		if d.broken && len(d.bad) > 0 && d.r.IntN(30) == 0 {
			out[i], d.bad = d.bad[0], d.bad[1:]
			continue
		}
		out[i], d.chunk = d.stamp(d.chunk[0]), d.chunk[1:]
		d.n++
	}
	return out
}

// stamp gives a document another event time; of two fields of one name the last
// one counts. Some have none.
func (d *Documents) stamp(doc []byte) []byte {
	t := d.now().Add(-time.Duration(d.r.Int64N(int64(time.Second))))
	var value string
	switch d.r.IntN(20) {
	case 0:
		value = `"never"`
	case 1, 2, 3:
		value = fmt.Sprint(t.UnixMilli())
	case 4, 5, 6:
		value = t.Format(`"` + time.RubyDate + `"`)
	default:
		value = t.Format(`"` + time.RFC3339Nano + `"`)
	}
	return appendField(doc, "created_at", value)
}

// now is the event time that has been reached.
func (d *Documents) now() time.Time {
	at := time.Duration(d.n) * d.step
	if d.most > 0 {
		at = min(at, d.most)
	}
	return start.Add(at)
}

// Common returns a document of now that most queries would have.
func (d *Documents) Common() []byte {
	d.n++
	return fmt.Appendf(nil, `{"id":%d,"created_at":%q,"text":"common","lang":"en","retweet_count":%d}`, 1_000_000+d.n, d.now().Format(time.RFC3339Nano), d.n%100)
}

func appendField(doc []byte, name, value string) []byte {
	out := append([]byte(nil), doc[:len(doc)-1]...)
	if len(out) > 1 {
		out = append(out, ',')
	}
	return append(out, fmt.Sprintf(`"%s":%s}`, name, value)...)
}

// flushDocument is a document by which every open window before its own closes.
func flushDocument() []byte {
	return fmt.Appendf(nil, `{"id":0,"created_at":%q,"text":"the end","lang":"end"}`, flushTime.Format(time.RFC3339))
}
