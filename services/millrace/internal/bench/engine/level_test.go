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
		"fragments":                "scan subexpressions aggregations fragments",
		"all":                      "scan subexpressions aggregations fragments",
		"all,-scan":                "subexpressions aggregations fragments",
		"all,-subexpressions":      "scan aggregations fragments",
		"all,-aggregations, -scan": "subexpressions fragments",
		"all,-fragments":           "scan subexpressions aggregations",
		"all,-scan,-subexpressions,-aggregations,-fragments": "",
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
	want := []string{"none", "scan", "subexpressions", "aggregations", "all"}
	if l := Ladder(); !slices.Equal(l, want) {
		t.Errorf("the ladder is %v, want %v", l, want)
	}
	want = []string{"all,-scan", "all,-subexpressions", "all,-aggregations", "all,-fragments"}
	if l := LeftOut(); !slices.Equal(l, want) {
		t.Errorf("%v leave one out, want %v", l, want)
	}
}
