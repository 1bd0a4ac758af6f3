package figure

import (
	"math"
	"testing"
)

func TestShort(t *testing.T) {
	for want, x := range map[string]float64{
		"0": 0, "1": 1, "−55": -55, "0.0123": 0.012345, "1.23": 1.2345, "12.3": 12.345, "123": 123.45, "1,230": 1234.5, "1,230,000": 1_234_567,
		"1,000": 999.9, "100,000": 99_999, "0.5": 0.5, "10": 10, "−1,500": -1500, "0.000001": 0.000001,
	} {
		if got := Short(x); got != want {
			t.Errorf("%v is written %s, not %s", x, got, want)
		}
	}
}

func TestExact(t *testing.T) {
	for want, n := range map[string]int64{
		"0": 0, "7": 7, "999": 999, "1,000": 1000, "12,024": 12_024, "−999": -999, "−100,000": -100_000, "1,234,567": 1_234_567,
		"9,223,372,036,854,775,807": math.MaxInt64, "−9,223,372,036,854,775,808": math.MinInt64,
	} {
		if got := Exact(n); got != want {
			t.Errorf("%d is written %s, not %s", n, got, want)
		}
	}
	if got := Exact(1024); got != "1,024" {
		t.Errorf("an int is written %s", got)
	}
}
