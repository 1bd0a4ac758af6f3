package scan_test

import (
	"testing"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/plan"
)

// A stage hands over what it timed with what it commits, and waits for nobody: who
// does not take it finds it all later.
func TestStageHandsOverSamples(t *testing.T) {
	box := new(scan.Mailbox)
	b := newBench(t, 2, 2, func(c *scan.Config) { c.Samples = box })
	b.next()
	var decoded, flushed, posts int64
	ids := map[plan.ID]bool{}
	take := func() {
		s := box.Take()
		if s == nil {
			return
		}
		if len(s.All) == 0 && s.Batches == 0 {
			t.Error("nothing was handed over")
		}
		for _, x := range s.All {
			ids[x.ID] = true
			switch x.Kind {
			case scan.SampleDecode:
				decoded += x.Rows
			case scan.SampleFlush:
				flushed += x.Rows
			default:
			}
		}
		box.Return(s)
	}
	for i := range 2000 {
		b.add(0, b.lines(1, 2, 3))
		b.add(1, b.post(4))
		posts += 4
		b.next()
		if i%3 == 0 {
			take()
		}
	}
	take()
	b.next() // and what was timed while the box was full
	take()
	if flushed != posts {
		t.Errorf("%d posts: %d flushed", posts, flushed)
	}
	if decoded < 4 || decoded > posts/10 || !ids[scan.SumID(scan.SampleFlush, "tweets")] {
		t.Errorf("%d of %d decoded, %d ids", decoded, posts, len(ids))
	}
}
