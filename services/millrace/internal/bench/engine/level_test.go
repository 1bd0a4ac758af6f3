package engine

import (
	"slices"
	"strings"
	"testing"
)

func TestParseLevel(t *testing.T) {
	for text, want := range map[string]string{
		"none":                     "",
		"scan":                     "scan",
		"subexpressions":           "scan subexpressions",
		"aggregations":             "scan subexpressions aggregations",
		"all":                      "scan subexpressions aggregations",
		"all,-scan":                "subexpressions aggregations",
		"all,-subexpressions":      "scan aggregations",
		"all,-aggregations, -scan": "subexpressions",
		"all,-scan,-subexpressions,-aggregations": "",
	} {
		l, err := ParseLevel(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var on []string
		for i, name := range names() {
			if l.on(optimisation(i)) {
				on = append(on, name)
			}
		}
		if got := strings.Join(on, " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "some", "all,", "all,scan", "all,-all", "none,-scan", "scan,-scan", "-scan"} {
		if _, err := ParseLevel(text); err == nil {
			t.Errorf("%q is a level", text)
		}
	}
	for _, text := range Ladder() {
		if _, err := ParseLevel(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if l := Ladder(); !slices.IsSorted([]int{slices.Index(l, "none"), slices.Index(l, "scan"), slices.Index(l, "all")}) {
		t.Errorf("%v", l)
	}
}
