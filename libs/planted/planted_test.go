package planted

import (
	"slices"
	"testing"
)

// A bug is on while the environment names it, in programs built for that.
func TestOn(t *testing.T) {
	for _, b := range append(All(), Answers()...) {
		if On(b) {
			t.Errorf("%s is on without being asked for", b)
		}
		t.Setenv(Variable, string(b))
		if On(b) != Enabled {
			t.Errorf("%s asked for: on is %t", b, On(b))
		}
		if got, want := Rewrite(b, "a b", "b", "c"), map[bool]string{false: "a b", true: "a c"}[Enabled]; got != want {
			t.Errorf("rewritten to %q, want %q", got, want)
		}
		if a, b := Suffix(b), Suffix(b); (a != b) != Enabled {
			t.Errorf("suffixes %q and %q", a, b)
		}
		t.Setenv(Variable, "")
	}
	if all := append(All(), Answers()...); len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
		t.Errorf("two bugs have the same name: %v", all)
	}
}
