package ledger

import (
	"testing"

	"github.com/millrace/millrace/libs/exec/delta"
)

// What was scanned behind a seal was written behind it.
func TestBehind(t *testing.T) {
	f := &Follower{}
	seal := func(exchange int32, offset int64, scan int32, to int64) {
		f.note(exchange, offset, &delta.Seal{Parts: []delta.SealPart{{Partition: scan, To: to}}})
	}
	seal(1, 10, 3, 100)
	seal(1, 20, 3, 200)
	seal(1, 15, 4, 7)
	seal(2, 5, 3, 100)
	for _, c := range []struct {
		exchange, scan int32
		offset, want   int64
		known          bool
	}{
		{1, 3, 0, 100, true},
		{1, 3, 10, 100, true},
		{1, 3, 11, 200, true},
		{1, 3, 21, 0, false},
		{1, 4, 11, 7, true},
		{2, 3, 6, 0, false},
	} {
		if got, ok := f.Behind(c.exchange, c.scan, c.offset); got != c.want || ok != c.known {
			t.Errorf("behind offset %d of exchange partition %d, partition %d from %d on (%v), want %d (%v)", c.offset, c.exchange, c.scan, got, ok, c.want, c.known)
		}
	}
}
