package faults

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/results"
)

func TestChanges(t *testing.T) {
	type change struct{ previous, offset int64 }
	for name, c := range map[string]struct {
		changes []change
		want    string
	}{
		"chain":       {[]change{{-1, 5}, {5, 9}, {9, 9}, {9, 12}}, ""},
		"begun later": {[]change{{3, 5}, {5, 9}}, ""},
		"broken":      {[]change{{-1, 5}, {5, 9}, {5, 12}}, "names 5 as the one before, which is 9"},
		"begun anew":  {[]change{{-1, 5}, {-1, 9}}, "names -1 as the one before"},
		"back":        {[]change{{-1, 5}, {5, 4}}, "went back from offset 5 to 4"},
	} {
		j := newJournal(io.Discard)
		o := newObserver(j, nil, nil)
		for _, x := range c.changes {
			o.changed("q", &results.Change{Previous: x.previous, Offset: x.offset, N: 1})
		}
		wrong := j.violations()
		if found := slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, c.want) }); found != (c.want != "") || len(wrong) > 1 {
			t.Errorf("%s: %q, want %q", name, wrong, c.want)
		}
	}
}

// errors that a check finds.
type found struct {
	ledgerSilence
	errors []string
}

type ledgerSilence struct{}

func (ledgerSilence) Helper()               {}
func (ledgerSilence) Logf(string, ...any)   {}
func (ledgerSilence) Fatal(...any)          {}
func (ledgerSilence) Fatalf(string, ...any) {}

func (f *found) Error(args ...any) { f.errors = append(f.errors, fmt.Sprint(args...)) }
func (f *found) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}

func TestRowLogs(t *testing.T) {
	want := []partRows{{rows: []string{"a", "b", "c", "same"}, from: 3}, {rows: []string{"x", "y", "same", "z"}, from: 3}}
	for name, c := range map[string]struct {
		behind string
		errors int
	}{
		"all":               {"a b c same x y same z", 0},
		"later ones":        {"c same z", 0},
		"of one":            {"y z same", 0},
		"what is owed":      {"z same", 0},
		"none":              {"", 3},       // z and same are written behind the gap, as seals say
		"an owed one lacks": {"c same", 1}, // z
		"repeat lacks":      {"z", 2},
		"a hole":            {"a c x y z same", 1},
		"the end lacks":     {"a b c x y same", 1},
		"two lack":          {"a x y z same", 2}, // and how many in all
		"twice":             {"b c z z same", 1},
		"repeat too often":  {"b c z same same same", 1},
	} {
		behind := map[string]int{}
		for _, r := range strings.Fields(c.behind) {
			behind[r]++
		}
		f := &found{}
		missing(f, "q", behind, want)
		if len(f.errors) != c.errors {
			t.Errorf("%s: %q, want %d errors", name, f.errors, c.errors)
		}
	}
}
