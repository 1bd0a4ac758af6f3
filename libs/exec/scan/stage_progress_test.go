package scan_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/scan"
)

// Records that were deleted unread are a gap that the next seal declares, after
// what was read before it.
func TestGap(t *testing.T) {
	b := newBench(t, 2, 2)
	for range 3 {
		b.add(0, b.post(1))
	}
	b.limit = 2
	b.next() // of the assignment
	b.step() // reads 0 and 1
	for range 5 {
		b.add(0, b.post(2))
	}
	b.in[0].start = 6 // 2 to 5 are gone
	n := len(b.commits)
	b.step()
	if len(b.commits) != n+1 || fmt.Sprint(b.commits[n].rows()) != "[0/0/0 0/1/0]" || b.commits[n].part(0).Gap {
		t.Fatalf("what was read before the gap is not committed before it")
	}
	b.limit = 100
	x := b.next()
	for x.part(0).To < 8 {
		x = b.next()
	}
	if got := fmt.Sprint(b.gaps); got != "map[0:[[2 6]]]" {
		t.Errorf("gaps %s", got)
	}
	if x.part(0).To != 8 || b.metrics.Lost.Load() != 4 {
		t.Errorf("%+v, %d lost", x.part(0), b.metrics.Lost.Load())
	}
	if x = b.next(); x.part(0).Gap {
		t.Error("the gap is declared twice")
	}
}

// A gap outlives an abort, whether reading then goes on after it or before it,
// and grows where more is deleted meanwhile.
func TestGapAndAbort(t *testing.T) {
	for _, again := range []bool{false, true} {
		for _, more := range []int64{0, 1} {
			b := newBench(t, 1, 1)
			b.next()
			for range 6 {
				b.add(0, b.post(1))
			}
			b.in[0].start = 3
			b.aborts = 1
			for b.aborts > 0 {
				b.step()
			}
			if !again {
				b.fetch[0] = 3
			}
			b.in[0].start += more
			x := b.next()
			for x.part(0).To < 6 {
				x = b.next()
			}
			if got, want := fmt.Sprint(b.gaps), fmt.Sprintf("map[0:[[0 %d]]]", 3+more); got != want {
				t.Errorf("again %t, more %d: gaps %s, want %s", again, more, got, want)
			}
		}
	}
}

// An abort of what is committed before a gap leaves no gap and nothing out.
func TestAbortBeforeGap(t *testing.T) {
	b := newBench(t, 1, 1)
	b.next()
	b.limit = 2
	for range 6 {
		b.add(0, b.post(1))
	}
	b.step()
	b.in[0].start, b.aborts = 4, 1
	b.step()
	if b.aborts != 0 {
		t.Fatal("nothing was committed before the gap")
	}
	for b.group[0] < 6 {
		b.next()
	}
	if got := fmt.Sprint(b.gaps); got != "map[0:[[0 4]]]" {
		t.Errorf("gaps %s", got)
	}
}

// A position beyond the end is no gap: the topic is another, or lost something.
func TestBeyondTheEnd(t *testing.T) {
	b := newBench(t, 1, 1)
	b.group[0], b.vector[0] = 5, 5
	b.assign(0)
	var err error
	for range 10 {
		if err = b.stage.Step(t.Context()); err != nil {
			break
		}
	}
	if !errors.Is(err, scan.ErrContinuity) || !strings.Contains(err.Error(), "millrace reset") || !strings.Contains(err.Error(), "offset 5 of in partition 0") {
		t.Errorf("got %v", err)
	}
}

// The marker of the end of the input stands in every seal from then on, until
// something comes after it.
func TestEndOfInput(t *testing.T) {
	b := newBench(t, 2, 1)
	b.add(0, b.post(1))
	b.add(0, &scan.Record{End: true})
	b.add(0, &scan.Record{Control: true})
	for b.group[0] < 3 {
		b.next()
	}
	for range 5 {
		x := b.next()
		if !x.part(0).End || x.part(1).End {
			t.Fatalf("after the marker: %+v", *x.seal())
		}
	}
	b.add(0, &scan.Record{Control: true})
	for b.group[0] < 4 {
		b.next()
	}
	if x := b.next(); !x.part(0).End {
		t.Error("a transaction marker took the end back")
	}
	b.add(0, b.post(2))
	for b.group[0] < 5 {
		b.next()
	}
	if x := b.next(); x.part(0).End {
		t.Error("a post after the end did not take it back")
	}
}

// The lag counts what is still to be read.
func TestLag(t *testing.T) {
	b := newBench(t, 2, 1)
	b.next()
	b.limit = 0
	for range 3 {
		b.add(1, b.post(1))
	}
	for range 30 {
		b.step()
	}
	if got := fmt.Sprint(b.metrics.Lag()); got != "map[0:0 1:3]" {
		t.Errorf("lag %s", got)
	}
}
