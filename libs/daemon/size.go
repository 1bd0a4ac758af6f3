package daemon

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// sizeUnit is a suffix of a size and its factor.
type sizeUnit struct {
	suffix string
	factor int64
}

// sizeUnits lists the suffixes that [ParseSize] knows, longest first.
func sizeUnits() []sizeUnit {
	return []sizeUnit{
		{"kib", 1 << 10},
		{"mib", 1 << 20},
		{"gib", 1 << 30},
		{"tib", 1 << 40},
		{"kb", 1e3},
		{"mb", 1e6},
		{"gb", 1e9},
		{"tb", 1e12},
		{"k", 1 << 10},
		{"m", 1 << 20},
		{"g", 1 << 30},
		{"t", 1 << 40},
		{"b", 1},
	}
}

// ParseSize reads a number of bytes: 65536, 64KiB, 1.5MiB, 10MB. K, M, G and T
// alone are powers of 1024.
func ParseSize(s string) (int64, error) {
	text, factor := strings.ToLower(strings.TrimSpace(s)), int64(1)
	for _, u := range sizeUnits() {
		if rest, ok := strings.CutSuffix(text, u.suffix); ok {
			text, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n < 0 || n > math.MaxInt64/factor {
			return 0, fmt.Errorf("size %q is out of range", s)
		}
		return n * factor, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || f < 0 || f*float64(factor) >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size", s)
	}
	return int64(f * float64(factor)), nil
}

// FormatSize spells a number of bytes with the largest binary unit that divides
// it, so that [ParseSize] returns the same number.
func FormatSize(n int64) string {
	units := []string{"", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for i < len(units)-1 && n != 0 && n%1024 == 0 {
		n /= 1024
		i++
	}
	return strconv.FormatInt(n, 10) + units[i]
}
