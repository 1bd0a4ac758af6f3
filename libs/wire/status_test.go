package wire_test

import (
	"testing"

	"github.com/millrace/millrace/libs/wire"
)

func TestPassed(t *testing.T) {
	for n, want := range map[int64]string{
		-1: "", 0: "", 1: "1 post passed before you", 999: "999 posts passed before you",
		381_912: "381,912 posts passed before you", 1_000_000: "1,000,000 posts passed before you",
	} {
		if got := wire.Passed(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
