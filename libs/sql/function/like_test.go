package function_test

import (
	"testing"
	"unicode"

	"github.com/millrace/millrace/libs/sql/function"
)

// strings over an alphabet, up to a length.
func words(alphabet []string, length int) []string {
	all := []string{""}
	from := 0
	for range length {
		to := len(all)
		for _, w := range all[from:to] {
			for _, a := range alphabet {
				all = append(all, w+a)
			}
		}
		from = to
	}
	return all
}

// matches is LIKE by its definition.
func matches(pattern, text []rune) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	switch {
	case pattern[0] == '%':
		return matches(pattern[1:], text) || len(text) > 0 && matches(pattern, text[1:])
	case len(text) == 0:
		return false
	case pattern[0] == '_':
		return matches(pattern[1:], text[1:])
	case pattern[0] == '\\' && len(pattern) > 1:
		return pattern[1] == text[0] && matches(pattern[2:], text[1:])
	default:
		return pattern[0] == text[0] && matches(pattern[1:], text[1:])
	}
}

// TestPattern checks every short pattern against every short text, and that
// patterns that match the same texts because their wildcards are only ordered
// otherwise are spelt the same.
func TestPattern(t *testing.T) {
	texts := words([]string{"a", "日", "%"}, 4)
	spelling := make(map[string]string)
	for _, pattern := range words([]string{"a", "日", "_", "%", `\%`}, 5) {
		p, err := function.ParsePattern(pattern, '\\')
		if err != nil {
			t.Fatal(err)
		}
		again, err := function.ParsePattern(p.String(), '\\')
		if err != nil || again.String() != p.String() {
			t.Fatalf("%s is spelt %s, and that %s", pattern, p, again)
		}
		matched := make([]byte, len(texts))
		for i, text := range texts {
			got, want := p.Match(text), matches([]rune(pattern), []rune(text))
			if got != want || again.Match(text) != want {
				t.Fatalf("%q LIKE %q: %v, want %v", text, pattern, got, want)
			}
			matched[i] = '0'
			if got {
				matched[i] = '1'
			}
			if needle, ok := p.Needle(); ok != isNeedle(p.String()) || ok && needle == "" && !got {
				t.Fatalf("%s looks for %q, %v", pattern, needle, ok)
			}
		}
		if only, ok := p.Text(); ok && (!p.Match(only) || only+"x" == only) {
			t.Fatalf("%s does not match %s", pattern, only)
		}
		// Patterns of at most two letters are told apart by texts of four.
		if len([]rune(pattern)) > 3 {
			continue
		}
		if other, ok := spelling[string(matched)]; ok && other != p.String() {
			t.Errorf("%s and %s match the same", other, p)
		}
		spelling[string(matched)] = p.String()
	}
}

// isNeedle reports whether a canonical pattern is %text% or %.
func isNeedle(s string) bool {
	if s == "%" {
		return true
	}
	r := []rune(s)
	if len(r) < 3 || r[0] != '%' || r[len(r)-1] != '%' || r[len(r)-2] == '\\' {
		return false
	}
	for i := 1; i < len(r)-1; i++ {
		switch r[i] {
		case '\\':
			i++
		case '_', '%':
			return false
		}
	}
	return true
}

func TestEscape(t *testing.T) {
	for _, tc := range []struct {
		pattern string
		escape  rune
		want    string
	}{
		{"100!%", '!', `100\%`},
		{`a\b`, '!', `a\\b`},
		{`a\_`, '\\', `a\_`},
		{`a\b`, '\\', "ab"},
		{"%%", '%', `\%`},
		{`a\%`, function.NoEscape, `a\\%`},
	} {
		p, err := function.ParsePattern(tc.pattern, tc.escape)
		if err != nil || p.String() != tc.want {
			t.Errorf("%s ESCAPE %c is %s (%v), want %s", tc.pattern, tc.escape, p, err, tc.want)
		}
	}
	if _, err := function.ParsePattern("a!", '!'); err == nil {
		t.Error("a pattern that ends in the escape is taken")
	}
}

// TestFold: two runes fold to the same if and only if they are in one orbit of
// simple case folding, whose least rune that is.
func TestFold(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		least, same := r, true
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
			same = same && function.FoldRune(next) == function.FoldRune(r)
		}
		if got := function.FoldRune(r); got != least || !same || function.FoldRune(got) != got {
			t.Fatalf("%U folds to %U, want %U", r, got, least)
		}
	}
	for in, want := range map[string]string{
		"":              "",
		"GO 日本 1":       "GO 日本 1",
		"Straße \u212a": "STRAßE K",
		"ſ":             "S",
		"İı":            "İı", // folding of class T is left out
	} {
		if got := function.Fold(in); got != want {
			t.Errorf("%q folds to %q, want %q", in, got, want)
		}
	}
	if !function.Caseless("日本 1") || function.Caseless("日本 s") || function.Caseless("K") {
		t.Error("what has no case is told wrongly")
	}
}
