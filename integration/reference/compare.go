package reference

import (
	"cmp"
	"math"
	"math/big"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// compareValues orders two values of comparable types, neither NULL: numbers by
// their exact values with NaN equal to itself and above all others, FALSE below
// TRUE, text by its bytes, arrays element by element with NULL elements first.
func compareValues(a, b *record.Value) int {
	switch ak, bk := a.Type().Kind, b.Type().Kind; {
	case ak == record.Varchar || ak == record.JSON:
		return strings.Compare(a.Str(), b.Str())
	case ak == record.Double || bk == record.Double:
		return compareNumbers(a, b)
	case ak == record.Array:
		return compareArrays(a.Elems(), b.Elems())
	default:
		return cmp.Compare(a.Int(), b.Int())
	}
}

// compareNullable is compareValues with NULL before everything else.
func compareNullable(a, b *record.Value) int {
	switch {
	case a.IsNull() && b.IsNull():
		return 0
	case a.IsNull():
		return -1
	case b.IsNull():
		return 1
	}
	return compareValues(a, b)
}

func compareArrays(a, b []record.Value) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if c := compareNullable(&a[i], &b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// compareNumbers compares by way of arbitrary precision: slow, and plainly right.
func compareNumbers(a, b *record.Value) int {
	an, bn := isNaN(a), isNaN(b)
	switch {
	case an && bn:
		return 0
	case an:
		return 1
	case bn:
		return -1
	}
	return toBig(a).Cmp(toBig(b))
}

func isNaN(v *record.Value) bool {
	return v.Type().Kind == record.Double && math.IsNaN(v.Float())
}

// toBig returns a number exactly; 64 bits hold every BIGINT and every DOUBLE.
func toBig(v *record.Value) *big.Float {
	f := new(big.Float).SetPrec(64)
	if v.Type().Kind == record.BigInt {
		return f.SetInt64(v.Int())
	}
	return f.SetFloat64(v.Float())
}
