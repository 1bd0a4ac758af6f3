package function

import (
	"math"
	"testing"
)

// What becomes zero keeps its sign, as what is cut to a whole number does.
func TestRoundingKeepsTheSign(t *testing.T) {
	up := func(byte) bool { return true }
	for _, digits := range []int64{0, 1, -1, -1000} {
		if got := roundDecimal(-0.001, digits, func(byte) bool { return false }); got != 0 || !math.Signbit(got) {
			t.Errorf("-0.001 to %d digits: %v, want -0", digits, got)
		}
		if got := roundDecimal(0.001, digits, func(byte) bool { return false }); got != 0 || math.Signbit(got) {
			t.Errorf("0.001 to %d digits: %v, want 0", digits, got)
		}
	}
	if got := roundDecimal(-0.7, 0, up); got != -1 {
		t.Errorf("-0.7 up: %v, want -1", got)
	}
}
