package function_test

import (
	"strings"
	"testing"
)

// check evaluates calls: name, arguments, and what they come to. An expectation
// that ends in * says only how it begins.
func check(t *testing.T, calls [][3]string) {
	t.Helper()
	for _, c := range calls {
		got := outcome(t, c[0], c[1])
		if begin, open := strings.CutSuffix(c[2], "*"); open && strings.HasPrefix(got, begin) {
			continue
		}
		if got != c[2] {
			t.Errorf("%s(%s) is %s, want %s", c[0], c[1], got, c[2])
		}
	}
}
