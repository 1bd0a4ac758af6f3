package function

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
)

// TestMoreMatches: what is found while reading is counted is what is found without.
func TestMoreMatches(t *testing.T) {
	patterns := []string{
		"", "a", "a*", "a+?", "a|b", "ab|a", "a.*b|a", "(a)|(b)", "(a*)(b?)", "^a", "a$", "^", "$", `\b`, `\B`, `\ba`, `a\b`, `\b\w`,
		"(?m)^", "(?m)$", "(?m)^.", "(?s).", `\z`, `\A.`, "é|b", "[^a]", "(?i)A", `x?\n?`, "((a)b?)*", `\Qa`, `a|\Qb`, `\Qa\E|b`, "(?U)a+", "日*", `(?:\b|é)a?`,
	}
	r := rand.New(rand.NewPCG(5, 6))
	letters := []rune("aaabbé日 \n.x\uFFFD")
	matches := 0
	for _, pattern := range patterns {
		e, err := compile(pattern, "", MostStates)
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			text := make([]rune, r.IntN(12))
			for i := range text {
				text[i] = letters[r.IntN(len(letters))]
			}
			s := string(text)
			if r.IntN(10) == 0 {
				s += "\xff" + s // not UTF-8
			}
			want := e.FindAllStringSubmatchIndex(s, -1)
			matches += len(want)
			for n := 1; n <= len(want); n++ {
				got, err := e.more(s, e.FindAllStringSubmatchIndex(s, n), -1, 1<<20)
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("%q in %q, from match %d on: %v, %v, want %v", pattern, s, n, got, err, want)
				}
				some, err := e.more(s, e.FindAllStringSubmatchIndex(s, n), n+1, 1<<20)
				if err != nil || !reflect.DeepEqual(some, want[:min(n+1, len(want))]) {
					t.Fatalf("%q in %q, one more than %d: %v, %v, want %v", pattern, s, n, some, err, want)
				}
			}
			if parts, want := split(s, want, 1<<20), e.Split(s, -1); s != "" && !reflect.DeepEqual(parts, want) && len(parts)+len(want) > 0 {
				t.Fatalf("%q split at %q: %q, want %q", s, pattern, parts, want)
			}
		}
	}
	if matches < 1000 {
		t.Errorf("only %d matches", matches)
	}
}

// TestAllMatchesOfLongTexts: where each match is decided by the end of the text only, all of
// them are an ERROR; where a text is gone through once, they are found, however many.
func TestAllMatchesOfLongTexts(t *testing.T) {
	const length = 1 << 20
	as := strings.Repeat("a", length)
	for _, c := range []struct {
		text, pattern string
		want          int // matches; -1: ERROR
	}{
		{as, "a.*b|a", -1},
		{as[:1<<18], "a(.*b)?", -1},
		{as + "b", "a.*b|a", 1},
		{as[:300], "a.*b|a", 300},
		{as, "a", length},
		{as, "b", 0},
		{as[:1<<17], ".", 1 << 17},
		{as[:1<<17], "a|b|c|d|e|f|g|h|i|j", 1 << 17},
		{as[:1<<18], "a+?", 1 << 18},
		{as[:1<<18], "b*", 1<<18 + 1},
		{strings.Repeat("ab, ", length/4), `\w+`, length / 4},
		{strings.Repeat("ab, ", length/4), `\s*,\s*`, length / 4},
		{strings.Repeat("é", length/2), `\b|.`, length / 2},
		{strings.Repeat("<p>x</p>", length/8), "<[^>]*>", length / 4},
		{strings.Repeat("<", length), "<[^>]*>", 0}, // one search
	} {
		name := fmt.Sprintf("%q in %d bytes %.4q…", c.pattern, len(c.text), c.text)
		count := evaluated(t, "regexp_count", record.Text(c.text), record.Text(c.pattern))
		if c.want < 0 {
			if !strings.HasPrefix(count, "ERROR: the pattern has ") || !strings.Contains(count, "takes too long") {
				t.Errorf("%s: %s", name, count)
			}
			if len(c.text) < length {
				continue
			}
			for _, f := range []string{"regexp_extract_all", "regexp_split_to_array"} {
				if got := evaluated(t, f, record.Text(c.text), record.Text(c.pattern)); got != count {
					t.Errorf("%s of %s: %.200s", f, name, got)
				}
			}
			if got := evaluated(t, "regexp_replace", record.Text(c.text), record.Text(c.pattern), record.Text(""), record.Text("g")); got != count {
				t.Errorf("replace %s: %.200s", name, got)
			}
			continue
		}
		if want := fmt.Sprint(c.want); count != want {
			t.Errorf("%s: %s, want %s", name, count, want)
		}
	}
	one := evaluated(t, "regexp_replace", record.Text(as[:9000]), record.Text("a.*b|a"), record.Text(""))
	if want := "'" + as[:8999] + "'"; one != want {
		t.Errorf("the first match replaced: %.100s", one)
	}
}

// TestPatternsThatAreRegistered: a constant pattern that was taken once is answered; one
// that is computed is not, nor is any in a query that is submitted.
func TestPatternsThatAreRegistered(t *testing.T) {
	f, _ := LookupScalar(RegexpMatch)
	types := []record.Type{record.VarcharType, record.VarcharType}
	pattern, text := record.Text("(ab?){1000}"), record.Text(strings.Repeat("ab", 1000))
	eval, err := f.Prepare(types, []*record.Value{nil, &pattern})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := eval([]record.Value{text, pattern}); err != nil || !v.Bool() {
		t.Errorf("%v, %v", v, err)
	}
	if got, want := evaluated(t, RegexpMatch, text, pattern), "ERROR: the pattern is too large: it has 6000 states, and 2000 are the most"; got != want {
		t.Error(got)
	}
	if _, err := States(pattern.Str()); err == nil {
		t.Error("it is taken")
	}
	if n, err := States("(ab?){100}"); n != 600 || err != nil {
		t.Errorf("%d states, %v", n, err)
	}
}

// TestFoldedPatterns: what may take long is not computed while a query is read.
func TestFoldedPatterns(t *testing.T) {
	count, _ := LookupScalar("regexp_count")
	match, _ := LookupScalar(RegexpMatch)
	for _, c := range []struct {
		f      *Scalar
		length int
		folded bool
	}{
		{count, 50, true}, {count, 1000, false}, {match, 1000, true}, {match, 100_000, false},
	} {
		v, err := c.f.Fold([]record.Value{record.Text(strings.Repeat("a", c.length)), record.Text("a.*b|a")})
		if (err == nil) != c.folded {
			t.Errorf("%s of %d bytes: %v, %v", c.f.Name, c.length, v, err)
		}
	}
}

func evaluated(t *testing.T, name string, args ...record.Value) string {
	t.Helper()
	f, ok := LookupScalar(name)
	if !ok {
		t.Fatal(name)
	}
	v, err := f.Eval(args)
	if err != nil {
		return "ERROR: " + err.Error()
	}
	return v.String()
}
