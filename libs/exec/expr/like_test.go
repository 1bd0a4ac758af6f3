package expr

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/sql/plan"
)

// likeByDefinition matches runes by recursion.
func likeByDefinition(pattern, text []rune) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	switch pattern[0] {
	case '%':
		for i := 0; i <= len(text); i++ {
			if likeByDefinition(pattern[1:], text[i:]) {
				return true
			}
		}
		return false
	case '_':
		return len(text) > 0 && likeByDefinition(pattern[1:], text[1:])
	case '\\':
		if len(pattern) > 1 {
			pattern = pattern[1:]
		}
	}
	return len(text) > 0 && text[0] == pattern[0] && likeByDefinition(pattern[1:], text[1:])
}

func textMatcher(fn, pattern string) func(text string) bool {
	match := foldedMatcher(fn, pattern)
	if folds(fn) {
		return func(s string) bool { return match(Fold(s)) }
	}
	return match
}

func TestLikeAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(alphabet []rune, n int) string {
		var b strings.Builder
		for range r.IntN(n) {
			b.WriteRune(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	matched := 0
	for range 200000 {
		pattern, text := random([]rune(`ab日%%_\`), 8), random([]rune(`aab日%_\`), 9)
		got, want := textMatcher(plan.FuncLike, pattern)(text), likeByDefinition([]rune(pattern), []rune(text))
		if got != want {
			t.Fatalf("%q LIKE %q is %v", text, pattern, got)
		}
		if got {
			matched++
		}
	}
	if matched < 10000 {
		t.Errorf("only %d matches", matched)
	}
}

func TestTextOperators(t *testing.T) {
	for _, c := range []struct {
		fn, text, pattern string
		want              bool
	}{
		{plan.FuncLike, "Golang", "golang", false},
		{plan.FuncILike, "Golang", "gOLANG", true},
		{plan.FuncILike, "STRASSE", "straße", false}, // simple folding: no ß = ss
		{plan.FuncILike, "ΣΊΣΥΦΟΣ", "σίσυφος", true}, // final sigma
		{plan.FuncILike, "K", "k", true},             // Kelvin sign
		{plan.FuncIContains, "Привет МИР", "мир", true},
		{plan.FuncIContains, "ISTANBUL", "ı", false}, // no Turkic folding
		{plan.FuncContains, "Привет МИР", "мир", false},
		{plan.FuncContains, "anything", "", true},
		{plan.FuncLike, "", "%", true},
		{plan.FuncLike, "", "_", false},
		{plan.FuncLike, "日本", "__", true},
		{plan.FuncLike, "日本", "___", false},
		{plan.FuncLike, "aXb\nc", "a%c", true},
		{plan.FuncLike, "50%", `50\%`, true},
		{plan.FuncLike, "500", `50\%`, false},
		{plan.FuncILike, "É_x", `é\_%`, true},
	} {
		if got := textMatcher(c.fn, c.pattern)(c.text); got != c.want {
			t.Errorf("%s(%q, %q) = %v", c.fn, c.text, c.pattern, got)
		}
	}
}

func TestFold(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		want := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			want = min(want, f)
		}
		if got := Fold(string(r)); got != string(want) {
			t.Fatalf("Fold(%q) = %q, want %q", r, got, want)
		}
	}
	ascii := make([]byte, 128)
	for i := range ascii {
		ascii[i] = byte(i)
	}
	for from := range 16 { // eight at a time, from anywhere
		if s := string(ascii[from:]) + "é" + string(ascii); Fold(s) != strings.ToUpper(s) {
			t.Errorf("Fold(%q) = %q", s, Fold(s))
		}
	}
	if s := "a\xff\xfeé\xc3"; Fold(s) != "A\xff\xfeÉ\xc3" {
		t.Errorf("Fold(%q) = %q", s, Fold(s))
	}
}

func FuzzLike(f *testing.F) {
	f.Add("%a_b%", "xaybz")
	f.Add(`\%%`, "%\xff")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 12 || len(text) > 40 || strings.Count(pattern, "%") > 4 {
			return
		}
		got := textMatcher(plan.FuncLike, pattern)(text)
		if utf8.ValidString(pattern) && utf8.ValidString(text) && got != likeByDefinition([]rune(pattern), []rune(text)) {
			t.Errorf("%q LIKE %q is %v", text, pattern, got)
		}
		textMatcher(plan.FuncILike, pattern)(text)
	})
}
