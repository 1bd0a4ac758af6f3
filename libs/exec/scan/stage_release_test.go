package scan_test

import "testing"

// A record is released when nothing refers to it any more: its rows are written, and
// its dead letters, with what was in it, and an abort releases what it takes back.
func TestRecordsAreReleased(t *testing.T) {
	b := newBench(t, 1, 4)
	b.next()
	for _, aborts := range []int{0, 1} {
		b.add(0, b.lines(2, -1, 3))
		b.aborts, b.rewind = aborts, 1
		for b.aborts > 0 {
			b.step()
		}
		x := b.next()
		for len(x.rows()) == 0 {
			x = b.next()
		}
		if len(x.letters) != 1 || string(x.letters[0].Data) != "{bad" {
			t.Errorf("dead letters %+v", x.letters)
		}
		if b.lent != 0 {
			t.Errorf("after %d aborts %d records are not released", aborts, b.lent)
		}
	}
}
