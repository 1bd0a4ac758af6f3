package reference

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
)

// TestTruthTables holds the written-out tables against their definition by
// ranks, and De Morgan's laws.
func TestTruthTables(t *testing.T) {
	andRank := []truth{no, failed, unknown, yes}
	orRank := []truth{no, unknown, failed, yes}
	for _, a := range andRank {
		for _, b := range andRank {
			least := andRank[min(slices.Index(andRank, a), slices.Index(andRank, b))]
			if got := andTable[a][b]; got != least {
				t.Errorf("%d AND %d is %d, expected %d", a, b, got, least)
			}
			greatest := orRank[max(slices.Index(orRank, a), slices.Index(orRank, b))]
			if got := orTable[a][b]; got != greatest {
				t.Errorf("%d OR %d is %d, expected %d", a, b, got, greatest)
			}
			if notTable[andTable[a][b]] != orTable[notTable[a]][notTable[b]] {
				t.Errorf("NOT (%d AND %d) breaks De Morgan's law", a, b)
			}
		}
	}
}

func TestTruthIsThatOfRecord(t *testing.T) {
	theirs := map[truth]record.Truth{no: record.False, unknown: record.Null, failed: record.Error, yes: record.True}
	for a, ra := range theirs {
		if theirs[notTable[a]] != ra.Not() {
			t.Errorf("NOT %s differs", ra)
		}
		for b, rb := range theirs {
			if theirs[andTable[a][b]] != ra.And(rb) || theirs[orTable[a][b]] != ra.Or(rb) {
				t.Errorf("%s and %s: the tables differ", ra, rb)
			}
		}
	}
}

// matchSlowly is LIKE by definition, for patterns without escapes.
func matchSlowly(pattern, text []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(text) == 0
	case pattern[0] == '%':
		return matchSlowly(pattern[1:], text) || len(text) > 0 && matchSlowly(pattern, text[1:])
	case len(text) == 0:
		return false
	case pattern[0] == '_' || pattern[0] == text[0]:
		return matchSlowly(pattern[1:], text[1:])
	default:
		return false
	}
}

func TestLikeIsItsDefinition(t *testing.T) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, 0))
	draw := func(alphabet []rune, most int) []rune {
		out := make([]rune, r.IntN(most+1))
		for i := range out {
			out[i] = alphabet[r.IntN(len(alphabet))]
		}
		return out
	}
	hits := 0
	for range 50_000 {
		pattern, text := draw([]rune("ab水%%_"), 7), draw([]rune("aab水"), 9)
		p, err := compilePattern(string(pattern), '\\', false)
		if err != nil {
			t.Fatal(err)
		}
		want := matchSlowly(pattern, text)
		if want {
			hits++
		}
		if got := p.match(string(text)); got != want {
			t.Fatalf("seed %d: %q LIKE %q is %t", seed, string(text), string(pattern), got)
		}
	}
	if hits < 1000 {
		t.Errorf("only %d matches", hits)
	}
}

func TestLikeEscapes(t *testing.T) {
	tests := []struct {
		pattern string
		escape  rune
		text    string
		want    bool
	}{
		{`a\%`, '\\', "a%", true},
		{`a\%`, '\\', "ab", false},
		{`\_\\`, '\\', `_\`, true},
		{`\a`, '\\', "a", true},
		{`!%!!`, '!', "%!", true},
		{`\%`, '!', `\x`, true},
		{`a\%`, 0, `a\b`, true},
		{`水水_`, '水', "水x", true},
	}
	for _, tt := range tests {
		p, err := compilePattern(tt.pattern, tt.escape, false)
		if err != nil {
			t.Errorf("%q: %v", tt.pattern, err)
			continue
		}
		if got := p.match(tt.text); got != tt.want {
			t.Errorf("%q LIKE %q ESCAPE %q is %t", tt.text, tt.pattern, tt.escape, got)
		}
	}
	if _, err := compilePattern(`a\`, '\\', false); err == nil {
		t.Error("a pattern that ends with its escape character is accepted")
	}
}

// TestFoldIsEqualFold holds that two texts fold to the same if and only if the
// standard library finds them equal under simple folding.
func TestFoldIsEqualFold(t *testing.T) {
	interesting := []rune("kK\u212asS\u017fßẞiIİıσςΣåÅ\u212bǆǅǄ水aA")
	for _, a := range interesting {
		for _, b := range interesting {
			if got, want := fold(string(a)) == fold(string(b)), strings.EqualFold(string(a), string(b)); got != want {
				t.Errorf("%q and %q fold alike: %t, expected %t", a, b, got, want)
			}
		}
	}
	for r := rune(0); r < 0x1FFFF; r++ {
		if f := foldRune(r); foldRune(f) != f {
			t.Errorf("%U folds to %U, which folds on", r, f)
		}
	}
}

// TestComparisonIsThatOfRecord tries every pair of numbers at the edges.
func TestComparisonIsThatOfRecord(t *testing.T) {
	var vs []record.Value
	for _, n := range []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, 1<<53 - 1, 1 << 53, 1<<53 + 1, math.MaxInt64 - 1, math.MaxInt64} {
		vs = append(vs, record.Int(n), record.Float(float64(n)))
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 0.5, -0.5, math.SmallestNonzeroFloat64, math.MaxFloat64} {
		vs = append(vs, record.Float(f))
	}
	for i := range vs {
		for j := range vs {
			if got, want := compareValues(&vs[i], &vs[j]), record.Compare(vs[i], vs[j]); got != want {
				t.Errorf("%s against %s is %d, expected %d", vs[i], vs[j], got, want)
			}
		}
	}
}

func TestSums(t *testing.T) {
	ints := func(ns ...int64) []record.Value {
		var out []record.Value
		for _, n := range ns {
			out = append(out, record.Int(n))
		}
		return out
	}
	floats := func(fs ...float64) []record.Value {
		var out []record.Value
		for _, f := range fs {
			out = append(out, record.Float(f))
		}
		return out
	}
	const big = math.MaxInt64
	tests := []struct {
		name string
		in   []record.Value
		sum  string // "" for ERROR
		avg  string
	}{
		{"none", nil, "NULL", "NULL"},
		{"NULLs", []record.Value{record.NullOf(record.BigIntType)}, "NULL", "NULL"},
		{"small", ints(1, 2, 4), "7", "2.3333333333333335"},
		{"there and back", ints(big, big, -big, -big, 3), "3", "0.6"},
		{"too big", ints(big, 1), "", "4611686018427388000"},
		{"too small", ints(math.MinInt64, -1), "", "-4611686018427388000"},
		{"just fits", ints(1<<62, 1<<62-1), "9223372036854775807", "4611686018427388000"},
		{"exact doubles", floats(1e100, 1, -1e100), "1", "0.3333333333333333"},
		{"tenths", floats(0.1, 0.2, 0.3), "0.6", "0.2"},
		{"infinity", floats(1, math.Inf(1)), `"Infinity"`, `"Infinity"`},
		{"both infinities", floats(math.Inf(-1), math.Inf(1)), `"NaN"`, `"NaN"`},
	}
	for _, tt := range tests {
		typ := record.BigIntType
		if len(tt.in) > 0 {
			typ = tt.in[0].Type()
		}
		s, a := newAccumulator("sum", false, typ), newAccumulator("avg", false, record.DoubleType)
		for i := range tt.in {
			s.add(&tt.in[i])
			a.add(&tt.in[i])
		}
		if got := spelled(s.result()); got != tt.sum {
			t.Errorf("%s: sum is %s, expected %s", tt.name, got, tt.sum)
		}
		if got := spelled(a.result()); got != tt.avg {
			t.Errorf("%s: avg is %s, expected %s", tt.name, got, tt.avg)
		}
	}
}

func spelled(v *record.Value) string {
	if v == nil {
		return ""
	}
	return v.String()
}
