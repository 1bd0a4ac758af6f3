package bind

import (
	"math"
	"math/big"
	"testing"
)

func TestFloorOf(t *testing.T) {
	const most = "9223372036854775807"
	for _, text := range []string{
		"0", "0.0", "-0", ".5", "-.5", "2.5", "-2.5", "3.", "0012.300", "1e3", "1.25e1", "125E-2", "-1e-2", "1000e-3", "12e-1",
		"9007199254740992.5", "9007199254740993", "-9007199254740992.5", "2.9999999999999999999999", "-2.0000000000000000000001",
		most, most + ".0", most + ".5", "9223372036854775808", "-9223372036854775808", "-9223372036854775808.5", "-9223372036854775809",
		"922337203685477580.75e1", "0.00092233720368547758075e22", "1e18", "1e19", "-1e19", "18446744073709551616", "1e300", "-1e300", "1e-300",
	} {
		floor, whole, beyond := floorOf(text)
		r, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatal(text)
		}
		n := new(big.Int).Div(r.Num(), r.Denom()) // rounds down: the denominator is positive
		switch {
		case !r.IsInt() && n.Cmp(big.NewInt(math.MaxInt64)) == 0 || !n.IsInt64():
			if beyond != r.Sign() {
				t.Errorf("%s is %d, %t, beyond %d", text, floor, whole, beyond)
			}
		case beyond != 0 || floor != n.Int64() || whole != r.IsInt():
			t.Errorf("%s is %d, %t, beyond %d; want %s", text, floor, whole, beyond, n)
		}
	}
	for text, want := range map[string]int{"1e999999999999999999999": 1, "-1e999999999999999999999": -1, "1e-999999999999999999999": 0, "0e999999999": 0} {
		if floor, _, beyond := floorOf(text); beyond != want || floor != 0 {
			t.Errorf("%s is %d, beyond %d, want %d", text, floor, beyond, want)
		}
	}
}
