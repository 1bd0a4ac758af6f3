package table_test

import (
	"strings"
	"testing"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/services/millrace/internal/table"
)

func TestWrite(t *testing.T) {
	var b strings.Builder
	err := table.Write(&b, []string{"lang", "n", "text"}, [][]string{
		{"日本語", "3", "a\tb\r\nc"},
		{"en", "12345", "\x1b[2J\u202etxt\x00"},
		{"", "", strings.Repeat("水", 40)},
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := `lang    n      text
----    -      ----
日本語  3      a b  c
en      12345  ·[2J·txt·
               ` + strings.Repeat("水", 29) + "…\n"
	if b.String() != want {
		t.Errorf("\n%s\nwant\n%s", b.String(), want)
	}
}

func TestNarrow(t *testing.T) {
	head := []string{"id", "owner", "a long name of a column", "n"}
	rows := [][]string{{"782007217581721984", "日本語のとても長い名前", "x", "12345"}}
	for width, want := range map[int]string{
		80: `
id                  owner                   a long name of a column  n
--                  -----                   -----------------------  -
782007217581721984  日本語のとても長い名前  x                        12345`,
		60: `
id                 owner             a long name of …  n
--                 -----             ----------------  -
7820072175817219…  日本語のとても…   x                 12345`,
		30: `
id       owner   a lon…  n
--       -----   ------  -
782007…  日本…   x       12345`,
		10: `
id      o…
--      -…
78200…  …`,
	} {
		lines := table.Lines(head, rows, width)
		if got := "\n" + strings.Join(lines, "\n"); got != want {
			t.Errorf("%d:%s\nwant%s", width, got, want)
		}
	}
	if lines := table.Lines(nil, nil, 10); len(lines) != 2 || lines[0] != "" {
		t.Errorf("%q", lines)
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"日本", 3, "日…"}, {"日本", 2, "…"}, {"👩‍👩‍👧‍👧!!", 3, "👩‍👩‍👧‍👧…"}, {"abc", 1, "…"}, {"", 0, ""},
	} {
		if got := table.Fit(c.text, c.width); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

func TestCell(t *testing.T) {
	for value, want := range map[string]string{
		`"a\"b"`: `a"b`, `null`: "NULL", `""`: "", `"NULL"`: "NULL",
		`2.5`: "2.5", `12.3456789012`: "12.3457", `1234567.891`: "1234567.89", `3.0`: "3.0", `-0.00012345678`: "-0.000123457",
		`1e+21`: "1e+21", `0.1`: "0.1", `0.30000000000000004`: "0.3", `1E3`: "1000.0", `-0.0`: "-0.0", `[1.23456789]`: "[1.23456789]", `9223372036854775807`: "9223372036854775807", `["a",1]`: `["a",1]`, `true`: "true", ``: "",
	} {
		if got := table.Cell(json.RawMessage(value)); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}
