package reference_test

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/integration/reference"
)

func rowsOf(t *testing.T, ranked bool, lines ...string) []reference.Row {
	t.Helper()
	var out []reference.Row
	for i, l := range lines {
		r, err := reference.ParseRow([]byte(l))
		if err != nil {
			t.Fatal(err)
		}
		if ranked {
			r.Rank = i + 1
		}
		out = append(out, r)
	}
	return out
}

func TestDiff(t *testing.T) {
	const (
		en1 = `{"query":"q","key":["en"],"row":{"n":1}}`
		en2 = `{"query":"q","key":["en"],"row":{"n":2}}`
		ja1 = `{"query":"q","key":["ja"],"row":{"n":1}}`
		x   = `{"query":"q","key":[],"row":{"id":1}}`
		y   = `{"query":"q","key":[],"row":{"id":2}}`
		w1  = `{"query":"q","key":[],"row":{"n":1},"window":{"start":0,"end":1}}`
		w2  = `{"query":"q","key":[],"row":{"n":1},"window":{"start":1,"end":2}}`
	)
	lines := func(ls ...string) []string { return ls }
	tests := []struct {
		name      string
		ranked    bool
		got, want []string
		err       string // the lines of the error after the first; "" for equal
	}{
		{"nothing", false, nil, nil, ""},
		{"same", false, lines(en1, ja1), lines(en1, ja1), ""},
		{"order does not matter", false, lines(ja1, en1), lines(en1, ja1), ""},
		{"order matters where it is asked for", true, lines(ja1, en1), lines(en1, ja1), "- " + en1 + "\n+ " + ja1 + "\n- " + ja1 + "\n+ " + en1},
		{"a row is missing", false, lines(en1), lines(en1, ja1), "- " + ja1},
		{"a row is too many", false, lines(en1, ja1), lines(ja1), "+ " + en1},
		{"the last of ranked rows is missing", true, lines(en1), lines(en1, ja1), "- " + ja1},
		{"another value", false, lines(en2, ja1), lines(en1, ja1), "- " + en1 + "\n+ " + en2},
		{"multiset", false, lines(x, y, x), lines(y, x, x), ""},
		{"multiset with another count", false, lines(x, y, y), lines(y, x, x), "- " + x + "\n+ " + y},
		{"another window", false, lines(w1), lines(w2), "+ " + w1 + "\n- " + w2},
		{"no window", false, lines(`{"query":"q","key":[],"row":{"n":1}}`), lines(w1), "+ " + `{"query":"q","key":[],"row":{"n":1}}` + "\n- " + w1},
		{"another query", false, lines(strings.Replace(x, `"q"`, `"p"`, 1)), lines(x), "+ " + strings.Replace(x, `"q"`, `"p"`, 1) + "\n- " + x},
		{
			"spelling does not matter", false,
			lines(`{"query":"q","key":["\u0065n"],"row":{"a":"\u003c","b":[ 1 ]}}`),
			lines(`{"query":"q","key":["en"],"row":{"a":"<","b":[1]}}`), "",
		},
		{
			"the order of columns does", false,
			lines(`{"query":"q","key":[],"row":{"b":1,"a":2}}`), lines(`{"query":"q","key":[],"row":{"a":2,"b":1}}`),
			"- " + `{"query":"q","key":[],"row":{"a":2,"b":1}}` + "\n+ " + `{"query":"q","key":[],"row":{"b":1,"a":2}}`,
		},
		{"doubles that are close", false, lines(`{"query":"q","key":[],"row":{"a":0.30000000000000004}}`), lines(`{"query":"q","key":[],"row":{"a":0.3}}`), ""},
		{"a double spelled without a point", false, lines(`{"query":"q","key":[],"row":{"a":3.0000000000000004}}`), lines(`{"query":"q","key":[],"row":{"a":3}}`), ""},
		{
			"text that looks like numbers", false,
			lines(`{"query":"q","key":[],"row":{"a":"0.30000000000000004"}}`), lines(`{"query":"q","key":[],"row":{"a":"0.3"}}`),
			"- " + `{"query":"q","key":[],"row":{"a":"0.3"}}` + "\n+ " + `{"query":"q","key":[],"row":{"a":"0.30000000000000004"}}`,
		},
		{
			"big integers are exact", false,
			lines(`{"query":"q","key":[],"row":{"a":9007199254740993}}`), lines(`{"query":"q","key":[],"row":{"a":9007199254740992}}`),
			"- " + `{"query":"q","key":[],"row":{"a":9007199254740992}}` + "\n+ " + `{"query":"q","key":[],"row":{"a":9007199254740993}}`,
		},
		{
			"NULL is not zero", false,
			lines(`{"query":"q","key":[],"row":{"a":null}}`), lines(`{"query":"q","key":[],"row":{"a":0.0}}`),
			"- " + `{"query":"q","key":[],"row":{"a":0.0}}` + "\n+ " + `{"query":"q","key":[],"row":{"a":null}}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := reference.Diff(rowsOf(t, false, tt.got...), rowsOf(t, tt.ranked, tt.want...))
			got := ""
			if err != nil {
				_, got, _ = strings.Cut(err.Error(), "\n")
			}
			if got != tt.err {
				t.Errorf("differences:\n%s\nexpected:\n%s", got, tt.err)
			}
		})
	}
}

// TestDiffOfDoublesSpelledAsIntegers shows that the reference's types decide.
func TestDiffOfDoublesSpelledAsIntegers(t *testing.T) {
	want := rowsOf(t, false, `{"query":"q","key":[],"row":{"a":450000000000000000}}`)
	got := rowsOf(t, false, `{"query":"q","key":[],"row":{"a":450000000000000064}}`)
	if reference.Diff(got, want) == nil {
		t.Error("integers compare with a tolerance")
	}
	want[0].Doubles = []string{"a"}
	if err := reference.Diff(got, want); err != nil {
		t.Error(err)
	}
}

func TestDiffShowsTheFirst(t *testing.T) {
	var lines []string
	for range 20 {
		lines = append(lines, `{"query":"q","key":[],"row":{"id":1}}`)
	}
	err := reference.Diff(nil, rowsOf(t, false, lines...))
	if err == nil || !strings.HasPrefix(err.Error(), "0 rows, expected 20;") || !strings.HasSuffix(err.Error(), "… and 12 more") {
		t.Errorf("%v", err)
	}
}

func TestDiffRefusesWhatIsNoRow(t *testing.T) {
	for _, row := range []string{`[1]`, `{"a":}`, `{"a":1} {}`, ``} {
		bad := []reference.Row{{Query: "q", Key: []byte("[]"), Row: []byte(row)}}
		if reference.Diff(bad, nil) == nil || reference.Diff(bad, bad) == nil {
			t.Errorf("%q passes as a row", row)
		}
	}
}
