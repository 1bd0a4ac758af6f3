package function_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
)

// TestRegularExpressions: patterns are those of RE2, replacements those of PostgreSQL.
func TestRegularExpressions(t *testing.T) {
	check(t, [][3]string{
		{"~", "'thomas', 't.*ma'", "TRUE"},
		{"~", "'thomas', 'T.*ma'", "FALSE"},
		{"regexp_like", "'Hello World', 'world$', 'i'", "TRUE"},
		{"regexp_like", "'a\nb', '^b'", "FALSE"},
		{"regexp_like", "'a\nb', '^b', 'm'", "TRUE"},
		{"regexp_like", "'a\nb', 'a.b'", "FALSE"},
		{"regexp_like", "'a\nb', 'a.b', 's'", "TRUE"},
		{"regexp_like", "'a', 'a', 'x'", "ERROR: unknown flag 'x': expected i, m, s or g"},
		{"~", "'日本', '^..$'", "TRUE"},
		{"~", "'a', '(a'", "ERROR: malformed pattern: missing closing ): `(a`"},
		{"~", "'a', '(?=a)'", "ERROR: malformed pattern: invalid or unsupported Perl syntax: `(?=`"},
		{"~", "'a', '(abcdefghijklmnopqrstuvwxyz){1000}'", "ERROR: the pattern is too large: it has 28000 states, and 2000 are the most"},
		{"~", "'a', '((a{100}){100}){10}'", "ERROR: malformed pattern: invalid repeat count*"},
		{"~", "NULL, '('", "NULL"},
		{"regexp_extract", "'foobarbequebaz', 'bar.*que'", "'barbeque'"},
		{"regexp_extract", "'foobarbequebaz', 'ba(r|z)', 1", "'r'"},
		{"regexp_extract", "'ab', '(x)?b', 1", "NULL"},
		{"regexp_extract", "'ab', 'a', 1", "ERROR: the pattern has no group 1"},
		{"regexp_extract", "'ab', 'a', -1", "ERROR: the pattern has no group -1"},
		{"regexp_extract_all", "'#go and #sql', '#[a-z]+'", `["#go","#sql"]`},
		{"regexp_extract_all", "'x', 'y'", "[]"},
		{"regexp_replace", "'foobarbaz', 'b..', 'X'", "'fooXbaz'"},
		{"regexp_replace", "'foobarbaz', 'b..', 'X', 'g'", "'fooXX'"},
		{"regexp_replace", `'foobarbaz', 'b(..)', 'X\1Y', 'g'`, "'fooXarYXazY'"},
		{"regexp_replace", `'abc', 'B', '[\&]', 'i'`, "'a[b]c'"},
		{"regexp_replace", `'abc', 'b', '$0\\\9'`, `'a$0\c'`},
		{"regexp_replace", "'abc', '', '-', 'g'", "'-a-b-c-'"},
		{"regexp_replace", `'a', 'a', '\'`, `'\'`},
		{"regexp_count", "'ABCABCAXYaxy', 'A.'", "3"},
		{"regexp_count", "'ABCABCAXYaxy', 'A.', 'i'", "4"},
		{"regexp_split_to_array", `'hello world', '\s+'`, `["hello","world"]`},
		{"regexp_split_to_array", "'abc', ''", `["a","b","c"]`},
	})
}

// TestPatternsOverLongTexts: what a match may have to look at is bounded by the pattern and
// the text alone, and a pattern that may fail for it says so.
func TestPatternsOverLongTexts(t *testing.T) {
	match, _ := function.Resolve("~", []record.Type{record.VarcharType, record.VarcharType})
	for _, c := range []struct {
		repeats, bytes int // a repeated class counts two
		want           string
		fails          bool
	}{
		{45, 2 << 20, "FALSE", false}, // of any length
		{500, 99_000, "FALSE", true},
		{500, 100_000, "ERROR: the pattern has 1002 states, too many for a text of 100000 bytes: the product may be 100000000 at most", true},
	} {
		pattern := record.Text(fmt.Sprintf("[ab]{%d}c", c.repeats))
		text := record.Text(strings.Repeat("a", c.bytes))
		for name, consts := range map[string][]*record.Value{"constant": {nil, &pattern}, "computed": {nil, nil}} {
			eval, err := match.Func.Prepare(match.Args, consts)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if v, err := eval([]record.Value{text, pattern}); err != nil {
				got = "ERROR: " + err.Error()
			} else {
				got = v.String()
			}
			if got != c.want {
				t.Errorf("%s pattern of %d repeats, %d bytes: %s, want %s", name, c.repeats, c.bytes, got, c.want)
			}
		}
		if got := match.Func.MayFail(match.Args, []*record.Value{nil, &pattern}); got != c.fails {
			t.Errorf("a pattern of %d repeats may fail: %v", c.repeats, got)
		}
	}
}
